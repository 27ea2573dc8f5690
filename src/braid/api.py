"""Braid in Python: load, check and run workflows, and make task kinds of functions.

What is heavy (asyncio, the executor) is imported when something runs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, overload

from braid.diagnostics import Diagnostic, DiagnosticsError
from braid.execution.refusals import InputsError, SecretsError
from braid.language import ast
from braid.language.load import check as check_workflow
from braid.language.load import load_plan
from braid.language.plan import Plan
from braid.language.task_kind import Effect, TaskKindError, Value, registry
from braid.machine.observer import Observer
from braid.report.run_result import RunFailedError, RunResult, status_of
from braid.report.run_tree import RunTree, StepReport

if TYPE_CHECKING:
    from braid.execution.launch import Run
    from braid.execution.own_loop import Interruptible
    from braid.journal.protocol import Journal

__all__ = [
    "DiagnosticsError",
    "InputsError",
    "RunFailedError",
    "RunResult",
    "SecretsError",
    "StepReport",
    "TaskKindError",
    "Workflow",
    "arun",
    "check",
    "load",
    "run",
    "task",
]

Workflow = str | os.PathLike[str] | ast.Workflow | Plan
"""A file's path, a workflow built of the classes of `braid`, or a plan that `load` gave."""

GRACE_SECONDS = 5.0
"""How long a cancelled step has before it is reported as not ending."""

Function = TypeVar("Function", bound=Callable[..., Any])  # Any: the author's own function


def load(workflow: Workflow, *, allow_path: bool = False) -> Plan:
    """Read and check a workflow.

    Args:
        workflow: A path, or a workflow built in Python (relative paths in it start at the current folder).
        allow_path: Files that it calls may lie outside of its folder.

    Raises:
        DiagnosticsError: It has errors: all of them, with their places.
    """
    if isinstance(workflow, Plan):
        return workflow
    return load_plan(_loadable(workflow), allow_path=allow_path)


def check(workflow: Workflow, *, allow_path: bool = False) -> list[Diagnostic]:
    """All that is wrong with a workflow and the files it calls; empty when there is nothing, not even a warning."""
    if isinstance(workflow, Plan):
        return list(workflow.warnings)
    return check_workflow(_loadable(workflow), allow_path=allow_path)


def run(
    workflow: Workflow,
    inputs: Mapping[str, Value] | None = None,
    *,
    max_concurrency: int | None = None,
    secrets: Mapping[str, str] | None = None,
    secrets_dir: str | os.PathLike[str] | None = None,
    env: Mapping[str, str] | None = None,
    run_id: str | None = None,
    observer: Observer | None = None,
    journal: Journal | None = None,
    allow_path: bool = False,
    grace: float = GRACE_SECONDS,
    raise_on_failure: bool = False,
) -> RunResult:
    """Run a workflow to its end.

    In the main thread Ctrl-C and SIGTERM interrupt the run: its steps are cancelled and awaited, and the result's
    status is `interrupted`; the second time it ends at once. The handlers that were there before come back.

    Args:
        workflow: A path, a workflow built in Python, or a plan.
        inputs: By name; defaults are filled in.
        max_concurrency: Branches in progress in a block that has no limit of its own; wins over the file's default.
        secrets: Values of declared secrets; they win over the environment, that over `.env` beside the workflow, and
            that over `secrets_dir`.
        secrets_dir: A folder with one file a secret, named like it.
        env: Stands for the process's environment.
        run_id: Names the run; a new name by default.
        observer: Told of every step as it happens. One that fails is told nothing more.
        journal: Keeps the run's events and stays open; by default nothing is kept.
        allow_path: Paths of the workflow may leave its folder.
        grace: Seconds a cancelled step has before it is reported as not ending and the run goes on without it.
        raise_on_failure: Raise RunFailedError unless the run succeeds.

    Raises:
        DiagnosticsError: The workflow has errors; nothing ran.
        InputsError: The inputs don't fit; nothing ran.
        SecretsError: Declared secrets have no value; nothing ran.
        RunFailedError: See `raise_on_failure`.
        RuntimeError: An event loop runs in this thread: await `arun` instead.
    """
    from braid.execution.own_loop import run_in_own_loop

    run, tree = _prepared(
        workflow, inputs, max_concurrency, secrets, secrets_dir, env, run_id, observer, journal, allow_path, grace
    )

    async def main(interruptible: Interruptible) -> RunResult:
        return await _result(run, tree, interruptible)

    result = run_in_own_loop(main, grace)
    if raise_on_failure:
        result.raise_for_status()
    return result


async def arun(
    workflow: Workflow,
    inputs: Mapping[str, Value] | None = None,
    *,
    max_concurrency: int | None = None,
    secrets: Mapping[str, str] | None = None,
    secrets_dir: str | os.PathLike[str] | None = None,
    env: Mapping[str, str] | None = None,
    run_id: str | None = None,
    observer: Observer | None = None,
    journal: Journal | None = None,
    allow_path: bool = False,
    grace: float = GRACE_SECONDS,
    raise_on_failure: bool = False,
) -> RunResult:
    """As `run`, on the running event loop, whose signal handlers are left alone.

    When cancelled, the run is interrupted: the steps are cancelled and awaited before CancelledError goes on. A second
    cancellation ends the run at once.

    Raises:
        DiagnosticsError: See `run`.
        InputsError: See `run`.
        SecretsError: See `run`.
        RunFailedError: See `run`.
    """
    run, tree = _prepared(
        workflow, inputs, max_concurrency, secrets, secrets_dir, env, run_id, observer, journal, allow_path, grace
    )
    result = await _result(run, tree, None)
    if raise_on_failure:
        result.raise_for_status()
    return result


@overload
def task(function: Function, /) -> Function: ...


@overload
def task(*, name: str | None = None, effect: Effect = Effect.WRITES) -> Callable[[Function], Function]: ...


def task(
    function: Function | None = None, /, *, name: str | None = None, effect: Effect = Effect.WRITES
) -> Function | Callable[[Function], Function]:
    """Make a function a task kind of this process, for workflows in YAML and in Python.

    Its parameters, with their annotations, are the fields; a parameter `context` is given the TaskContext. The name is
    the function's unless one is given, the first line of its docstring is shown by `braid tasks`. A step may give the
    only required field without naming it. Async functions run on the event loop, others in a thread.

    ```python
    @braid.task
    async def greet(name: str, loud: bool = False) -> str:
        \"\"\"Says hello.\"\"\"
        return f"Hello, {name}{'!' if loud else '.'}"
    ```

    Raises:
        TaskKindError: The name is taken, or the function can't be a task kind.
    """
    from braid.execution.function_task import add_function

    if function is not None:
        return add_function(function, registry, name=name, effect=effect)
    return lambda given: add_function(given, registry, name=name, effect=effect)


def _loadable(workflow: str | os.PathLike[str] | ast.Workflow) -> Path | ast.Workflow:
    return workflow if isinstance(workflow, ast.Workflow) else Path(workflow)


def _prepared(
    workflow: Workflow,
    inputs: Mapping[str, Value] | None,
    max_concurrency: int | None,
    secrets: Mapping[str, str] | None,
    secrets_dir: str | os.PathLike[str] | None,
    env: Mapping[str, str] | None,
    run_id: str | None,
    observer: Observer | None,
    journal: Journal | None,
    allow_path: bool,
    grace: float,
) -> tuple[Run, RunTree]:
    from braid.execution.launch import Launch, Run

    tree = RunTree()
    launch = Launch(
        plan=load(workflow, allow_path=allow_path),
        inputs=inputs or {},
        max_concurrency=max_concurrency,
        secrets=secrets or {},
        secrets_dir=None if secrets_dir is None else Path(secrets_dir),
        env=env,
        run_id=run_id,
        observers=(tree,) if observer is None else (tree, observer),
        journal=journal,
        allow_path=allow_path,
        grace=grace,
    )
    return Run(launch), tree


async def _result(run: Run, tree: RunTree, interruptible: Interruptible | None) -> RunResult:
    ended = await run.execute(
        None if interruptible is None else lambda executor: interruptible.attach(executor.interrupt, executor.kill)
    )
    status, output, error = status_of(ended.outcome)
    tree.end(run.started_at + ended.duration)
    return RunResult(
        run_id=run.run_id,
        workflow=run.plan.name,
        status=status,
        output=run.masker.value(output),
        error=run.masker.failure(error) if error is not None else None,
        started_at=run.started_at,
        duration=ended.duration,
        steps=tree.steps,
        steps_counted=tree.steps_counted,
        leftovers=ended.leftovers,
    )
