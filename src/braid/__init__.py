"""Braid: one readable workflow file, run to the end.

`import braid` costs next to nothing: what a name needs is imported when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from braid.api import (
        InputsError,
        ResumeError,
        RunFailedError,
        RunResult,
        SecretsError,
        StepReport,
        TaskKindError,
        aresume,
        arun,
        check,
        load,
        resume,
        run,
        task,
    )
    from braid.diagnostics import DiagnosticsError
    from braid.language.ast import (
        Break,
        Case,
        Catch,
        Continue,
        Defaults,
        Fallback,
        Foreach,
        Goto,
        Graph,
        Group,
        If,
        Loop,
        Parallel,
        Pool,
        Retry,
        Return,
        Step,
        Switch,
        Task,
        Try,
        Workflow,
    )
    from braid.language.plan import Plan
    from braid.language.task_kind import (
        ActiveTask,
        Effect,
        FieldRule,
        Interpolation,
        Placement,
        PureTask,
        TaskContext,
        TaskError,
        TaskFields,
        TaskKind,
        TimerTask,
        Value,
        described,
    )

__all__ = [
    "ActiveTask",
    "Break",
    "Case",
    "Catch",
    "Continue",
    "Defaults",
    "DiagnosticsError",
    "Effect",
    "Fallback",
    "FieldRule",
    "Foreach",
    "Goto",
    "Graph",
    "Group",
    "If",
    "InputsError",
    "Interpolation",
    "Loop",
    "Parallel",
    "Placement",
    "Plan",
    "Pool",
    "PureTask",
    "ResumeError",
    "Retry",
    "Return",
    "RunFailedError",
    "RunResult",
    "SecretsError",
    "Step",
    "StepReport",
    "Switch",
    "Task",
    "TaskContext",
    "TaskError",
    "TaskFields",
    "TaskKind",
    "TaskKindError",
    "TimerTask",
    "Try",
    "Value",
    "Workflow",
    "aresume",
    "arun",
    "check",
    "described",
    "load",
    "resume",
    "run",
    "task",
]

_KINDS = "braid.language.task_kind"
_MODULES = {
    "ActiveTask": _KINDS,
    "DiagnosticsError": "braid.diagnostics",
    "Effect": _KINDS,
    "FieldRule": _KINDS,
    "Interpolation": _KINDS,
    "Placement": _KINDS,
    "Plan": "braid.language.plan",
    "PureTask": _KINDS,
    "TaskContext": _KINDS,
    "TaskError": _KINDS,
    "TaskFields": _KINDS,
    "TaskKind": _KINDS,
    "TimerTask": _KINDS,
    "Value": _KINDS,
    "described": _KINDS,
}

_SYNTAX = frozenset(
    (
        *("Break", "Case", "Catch", "Continue", "Defaults", "Fallback", "Foreach", "Goto", "Graph", "Group", "If"),
        *("Loop", "Parallel", "Pool", "Retry", "Return", "Step", "Switch", "Task", "Try", "Workflow"),
    )
)


def __getattr__(name: str) -> Any:  # Any: whatever has this name
    if name not in __all__:
        raise AttributeError(f"module 'braid' has no attribute {name!r}")
    module = _MODULES.get(name) or ("braid.language.ast" if name in _SYNTAX else "braid.api")
    value = getattr(importlib.import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
