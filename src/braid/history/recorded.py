"""The plan of a recorded run, as it was when the run began: no file is read."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from braid.diagnostics import DiagnosticsError
from braid.journal.records import RunHead, WorkflowFile
from braid.language.load import load
from braid.language.plan import Plan, TaskNode
from braid.language.plan_walk import nodes_of, reachable_plans
from braid.language.task_kind import TaskRegistry
from braid.language.task_kind import registry as installed

KINDS_NOTE: Final = "kinds"
"""In the notes of a run: the task kinds that its plan uses."""
FUNCTIONS_NOTE: Final = "functions"
"""In the notes of a run: steps whose function only the program that built the workflow has."""


def workflow_files(plan: Plan) -> tuple[WorkflowFile, ...]:
    """The texts that a plan was made of: its own first, then those of the files that it calls."""
    files = {id(plan): _file(plan, _own_path(plan))}
    for caller in reachable_plans(plan):
        for call in caller.calls:
            target = call.target()
            if id(target) not in files:
                files[id(target)] = _file(target, os.path.realpath(caller.folder / call.workflow))
    return tuple(files.values())


def kinds_of(plan: Plan) -> list[str]:
    """The task kinds that a plan and the workflows it calls use, sorted."""
    return sorted({kind for each in reachable_plans(plan) for kind in each.task_kinds})


def functions_of(plan: Plan) -> list[str]:
    """Steps whose function can't be found by its name in another process, sorted."""
    if workflow_files(plan)[0].path:
        # Only a program can put functions into a workflow.
        return []
    nodes = (node for each in reachable_plans(plan) for node in nodes_of(each))
    return sorted(node.key for node in nodes if isinstance(node, TaskNode) and _is_local(node.function))


def recorded_plan(files: Sequence[WorkflowFile], registry: TaskRegistry = installed) -> Plan:
    """The plan of a run's files.

    Raises:
        DiagnosticsError: They have errors today: a kind that they use isn't installed, or this Braid refuses what an
            earlier one took.
    """
    own = files[0]
    called = {Path(file.path): file.text for file in files if file.path}
    # Bytes: a text without a line break would be taken for a path.
    loaded = load(own.text.encode(), registry=registry, folder=Path(own.folder), name=own.name, called=called)
    if loaded.plan is None:
        raise DiagnosticsError(loaded.diagnostics)
    return loaded.plan


def same_files(first: Sequence[WorkflowFile], second: Sequence[WorkflowFile]) -> bool:
    """Whether these are the same files with the same texts."""
    return {(file.path, file.text) for file in first} == {(file.path, file.text) for file in second}


def kinds_noted(head: RunHead) -> list[str]:
    """The task kinds that a run used when it began."""
    found = head.notes.get(KINDS_NOTE, [])
    return [str(name) for name in found] if isinstance(found, list) else []


def functions_noted(head: RunHead) -> list[str]:
    """The steps whose function another process can't find."""
    found = head.notes.get(FUNCTIONS_NOTE, [])
    return [str(name) for name in found] if isinstance(found, list) else []


def _is_local(function: Callable[..., Any] | None) -> bool:  # Any: the author's own function
    if function is None:
        return False
    # An object that can be called has no name of its own.
    name = getattr(function, "__qualname__", "<object>")
    return "<" in name or getattr(function, "__module__", "__main__") == "__main__"


def _file(plan: Plan, path: str) -> WorkflowFile:
    return WorkflowFile(plan.source.name, str(plan.folder), plan.source.text, path)


def _own_path(plan: Plan) -> str:
    path = os.path.realpath(plan.folder / Path(plan.source.name).name)
    return path if os.path.isfile(path) else ""
