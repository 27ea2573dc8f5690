"""Walks through plans: all steps of one, and the plans that a run may come to through `call`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from inspect import get_annotations
from pathlib import Path
from typing import Any

from braid.language.plan import Body, FallbackPolicy, Handler, Node, Plan, SwitchCase, TaskNode

_HOLDS_STEPS = re.compile("Body|Node|FallbackPolicy|Handler|SwitchCase")
_names: dict[type[Any], tuple[str, ...]] = {}  # Any: as in `_children`


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
                for name in _children(type(part)):
                    child = getattr(part, name)
                    if child:
                        waiting.append(child)
            case _:
                pass


def _children(cls: type[Any]) -> tuple[str, ...]:  # Any: one of the classes above
    """The fields of a part of a plan that may hold further steps, by what they are annotated with."""
    names = _names.get(cls)
    if names is None:
        annotated = {name: kind for base in reversed(cls.__mro__) for name, kind in get_annotations(base).items()}
        names = _names[cls] = tuple(name for name, kind in annotated.items() if _HOLDS_STEPS.search(str(kind)))
    return names


def reachable_plans(plan: Plan) -> list[Plan]:
    """The plan, and those that it calls, directly or not, each once."""
    found = {id(plan): plan}
    waiting = [plan]
    while waiting:
        for call in waiting.pop().calls:
            target = call.target()
            if id(target) not in found:
                found[id(target)] = target
                waiting.append(target)
    return list(found.values())


def folders_by_node(plans: list[Plan]) -> Mapping[int, Path]:
    """Identity of a task step → its file's folder, for the steps whose folder isn't that of the first plan."""
    return {
        id(node): plan.folder
        for plan in plans
        if plan.folder != plans[0].folder
        for node in nodes_of(plan)
        if isinstance(node, TaskNode)
    }
