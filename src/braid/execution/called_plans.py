"""The plans that a run may come to, through `call`: whose secrets, variables and folders it needs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from braid.language.plan import Body, CallNode, FallbackPolicy, Handler, Node, Plan, SwitchCase, TaskNode


def nodes_of(plan: Plan) -> Iterator[Node]:
    """All steps of a plan, at any depth."""
    waiting: list[Any] = [plan.body, plan.on_failure, plan.finally_]  # Any: parts of a plan, told apart below
    while waiting:
        part = waiting.pop()
        match part:
            case tuple():
                waiting.extend(part)
            case Body() | Node() | FallbackPolicy() | Handler() | SwitchCase():
                if isinstance(part, Node):
                    yield part
                waiting.extend(getattr(part, field.name) for field in dataclasses.fields(part))
            case _:
                pass


def reachable_plans(plan: Plan) -> list[Plan]:
    """The plan, and those that it calls, directly or not, each once."""
    found = [plan]
    for current in found:
        for node in nodes_of(current):
            if isinstance(node, CallNode) and not any(node.target() is known for known in found):
                found.append(node.target())
    return found


def folders_by_node(plans: list[Plan]) -> Mapping[int, Path]:
    """Identity of a task step → its file's folder, for the steps whose folder isn't that of the first plan."""
    return {
        id(node): plan.folder
        for plan in plans
        if plan.folder != plans[0].folder
        for node in nodes_of(plan)
        if isinstance(node, TaskNode)
    }
