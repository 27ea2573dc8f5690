"""Task kinds and plans made by hand, for tests of executors and runners: no file, no checker, no built-in kind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

# Any, throughout: values of a workflow, fields structs, and settings passed on as they are.
from braid.diagnostics import Source
from braid.language.plan import Body, ForeachNode, Node, ParallelNode, Plan, PoolSpec, TaskNode
from braid.language.task_kind import ActiveTask, Placement, TaskContext, TaskFields, described


class Constant:
    """A Resolvable without expressions."""

    constant = True

    def __init__(self, value: Any) -> None:
        self.value = value

    def evaluate(self, scope: Any) -> Any:
        return self.value


class CallFields(TaskFields, frozen=True, kw_only=True):
    value: Annotated[Any, described("What it works on.")] = None
    seconds: Annotated[float, described("How long.")] = 0.0


class OnLoop(ActiveTask):
    """Awaits the step's function."""

    name = "on_loop"
    fields = CallFields
    summary = result = example = ""

    async def run(self, fields: Any, context: TaskContext) -> Any:
        assert context.function is not None
        return await context.function(fields, context)


class InThread(ActiveTask):
    """Calls the step's function."""

    name = "in_thread"
    fields = CallFields
    summary = result = example = ""

    def placement(self, fields: Any, context: TaskContext) -> Placement:
        return Placement.THREAD

    def run_blocking(self, fields: Any, context: TaskContext) -> Any:
        assert context.function is not None
        return context.function(fields, context)


class InProcess(InThread):
    name = "in_process"

    def placement(self, fields: Any, context: TaskContext) -> Placement:
        return Placement.PROCESS


KINDS = {kind.name: kind for kind in (OnLoop(), InThread(), InProcess())}


def step(kind: str, function: Callable[..., Any], key: str = "a", **more: Any) -> TaskNode:
    arguments = {name: more.pop(name) for name in ("value", "seconds") if name in more}
    timeout = Constant(f"{more.pop('timeout') * 1000:.0f}ms") if "timeout" in more else None
    return TaskNode(
        key=key,
        kind=kind,
        id=key,
        task=KINDS[kind],
        arguments=Constant(arguments),
        function=function,
        timeout=timeout,
        **more,
    )


def body(*steps: Node) -> Body:
    return Body(steps=steps, positions={node.id: index for index, node in enumerate(steps) if node.id})


def parallel(*steps: Node, limit: int = 100, **more: Any) -> ParallelNode:
    return ParallelNode(
        key="p",
        kind="parallel",
        id="p",
        branches=tuple(body(s) for s in steps),
        names=None,
        limit=Constant(limit),
        **more,
    )


def foreach(items: list[Any], inner: Node, limit: int = 1, **more: Any) -> ForeachNode:
    return ForeachNode(
        key="f",
        kind="foreach",
        id="f",
        items=Constant(items),
        variable="item",
        limit=Constant(limit),
        body=body(inner),
        **more,
    )


def plan(*steps: Node, folder: Path = Path(), pools: dict[str, PoolSpec] | None = None, **more: Any) -> Plan:
    settings: dict[str, Any] = {
        "name": "test",
        "source": Source("test.braid.yaml", ""),
        "folder": folder,
        "version": None,
        "description": None,
        "inputs": {},
        "variables": {},
        "secrets": (),
        "env": (),
        "max_concurrency": 10,
        "pools": pools or {},
        "timeout": None,
        "body": body(*steps),
        "on_failure": None,
        "finally_": None,
        "output": None,
        "definition": {},
        "steps_total": len(steps),
    }
    return Plan(**{**settings, **more})


# Functions for steps; at module level, so that worker processes find them.


async def give(fields: Any, context: TaskContext) -> Any:
    return fields.value


async def sleep(fields: Any, context: TaskContext) -> Any:
    await asyncio.sleep(fields.seconds)
    return fields.value


async def swallow(fields: Any, context: TaskContext) -> None:
    while True:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(60)


def give_blocking(fields: Any, context: TaskContext) -> Any:
    return fields.value


def spin(fields: Any, context: TaskContext) -> None:
    while True:
        pass


def heed(fields: Any, context: TaskContext) -> str:
    while not context.cancelled:
        time.sleep(0.001)
    return "ended by itself"


def stuck_in_c(fields: Any, context: TaskContext) -> None:
    time.sleep(fields.seconds)


def own_pid(fields: Any, context: TaskContext) -> int:
    return os.getpid()


def die(fields: Any, context: TaskContext) -> None:
    os._exit(7)


def fail(fields: Any, context: TaskContext) -> None:
    raise LookupError(f"no {fields.value}")


def leave(fields: Any, context: TaskContext) -> None:
    sys.exit(3)


def talk(fields: Any, context: TaskContext) -> None:
    print("to stdout")
    print("to stderr", file=sys.stderr)
    context.log("warning", "to the log")


def start_child(fields: Any, context: TaskContext) -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    Path(fields.value).write_text(f"{os.getpid()} {child.pid}")
    while True:
        time.sleep(0.01)


def ignore_signals(fields: Any, context: TaskContext) -> None:
    Path(fields.value).write_text(str(os.getpid()))
    while True:
        with contextlib.suppress(BaseException):
            time.sleep(0.01)
