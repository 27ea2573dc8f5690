"""Starting runs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from braid.api.workflows import Workflow, load
from braid.language.stored import isolated
from braid.language.task_kind import Value
from braid.machine.observer import Observer
from braid.report.run_result import RunResult, status_of
from braid.report.run_tree import RunTree

if TYPE_CHECKING:
    from braid.execution.launch import Attach, Launch, Run
    from braid.execution.own_loop import Interruptible
    from braid.execution.resumption import Resumption
    from braid.journal.protocol import Journal

GRACE_SECONDS = 5.0
"""How long a cancelled step has before it is reported as not ending."""


def run(
    workflow: Workflow,
    inputs: Mapping[str, Value] | None = None,
    *,
    max_concurrency: int | None = None,
    secrets: Mapping[str, str] | None = None,
    secrets_dir: str | os.PathLike[str] | None = None,
    env: Mapping[str, str] | None = None,
    run_id: str | None = None,
    reuse: str | None = None,
    observer: Observer | None = None,
    journal: Journal | None = None,
    no_journal: bool = False,
    state: str | os.PathLike[str] | None = None,
    durability: str = "full",
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
        reuse: An earlier run of the same journal (its id, a unique beginning of one, or `last`), of which results are
            taken where a step's kind and resolved arguments are the same. Its inputs are taken where none are given.
        observer: Told of every step as it happens. One that fails is told nothing more.
        journal: Keeps the run's events and stays open; by default that of the state folder does.
        no_journal: Nothing is kept; the run can't be resumed.
        state: The state folder; by default `$BRAID_STATE`, else `.braid` in the workflow's folder.
        durability: `full`: what was recorded survives a power cut. `normal`: the death of the process; quicker.
        allow_path: Paths of the workflow may leave its folder.
        grace: Seconds a cancelled step has before it is reported as not ending and the run goes on without it.
        raise_on_failure: Raise RunFailedError unless the run succeeds.

    Raises:
        DiagnosticsError: The workflow has errors; nothing ran.
        InputsError: The inputs don't fit; nothing ran.
        SecretsError: Declared secrets have no value; nothing ran.
        ResumeError: The run `reuse` has no workflow; nothing ran.
        JournalError: The journal can't be used. Steps that ran were cancelled, and the run can be resumed.
        RunFailedError: See `raise_on_failure`.
        RuntimeError: An event loop runs in this thread: await `arun` instead.
    """
    from braid.execution.own_loop import run_in_own_loop

    launch, tree = _prepared(
        workflow, inputs, max_concurrency, secrets, secrets_dir, env, run_id, observer, allow_path, grace
    )
    run = _run_of(launch, reuse, journal, state)

    async def main(interruptible: Interruptible) -> RunResult:
        async with kept_in(run, journal, no_journal, state, durability) as kept:
            return await finished(run, tree, kept, interruptible.attached)

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
    reuse: str | None = None,
    observer: Observer | None = None,
    journal: Journal | None = None,
    no_journal: bool = False,
    state: str | os.PathLike[str] | None = None,
    durability: str = "full",
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
        JournalError: See `run`.
        RunFailedError: See `run`.
    """
    launch, tree = _prepared(
        workflow, inputs, max_concurrency, secrets, secrets_dir, env, run_id, observer, allow_path, grace
    )
    run = _run_of(launch, reuse, journal, state)
    async with kept_in(run, journal, no_journal, state, durability) as kept:
        result = await finished(run, tree, kept)
    if raise_on_failure:
        result.raise_for_status()
    return result


def _prepared(
    workflow: Workflow,
    inputs: Mapping[str, Value] | None,
    max_concurrency: int | None,
    secrets: Mapping[str, str] | None,
    secrets_dir: str | os.PathLike[str] | None,
    env: Mapping[str, str] | None,
    run_id: str | None,
    observer: Observer | None,
    allow_path: bool,
    grace: float,
) -> tuple[Launch, RunTree]:
    from braid.execution.launch import Launch

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
        allow_path=allow_path,
        grace=grace,
    )
    return launch, tree


def _run_of(launch: Launch, reuse: str | None, journal: Journal | None, state: str | os.PathLike[str] | None) -> Run:
    from braid.execution.launch import Run
    from braid.execution.reopening import reused_run
    from braid.journal.sqlite import SqliteJournal

    if reuse is None:
        return Run(launch)
    earlier = journal or SqliteJournal(_state_folder(launch.plan.folder, state), create=False)
    return reused_run(launch, earlier, reuse)[0]


def kept_in(
    run: Run,
    journal: Journal | None,
    no_journal: bool,
    state: str | os.PathLike[str] | None,
    durability: str,
) -> AbstractAsyncContextManager[Journal | None]:
    """The journal that keeps a run: the one that is given, none, or that of the state folder."""
    if journal is not None or no_journal:
        return nullcontext(journal)
    from braid.execution.journals import journal_in
    from braid.journal.sqlite import Durability

    return journal_in(_state_folder(run.plan.folder, state), Durability(durability))


def _state_folder(workflow_folder: Path, state: str | os.PathLike[str] | None) -> Path:
    from braid.journal.state_folder import state_folder

    return state_folder(workflow_folder, None if state is None else Path(state), os.environ)


async def finished(
    run: Run | Resumption, tree: RunTree, journal: Journal | None = None, attach: Attach | None = None
) -> RunResult:
    """The result of a run, when it has ended or was interrupted."""
    ended = await run.execute(attach, journal)
    status, output, error = status_of(ended.outcome)
    tree.end(run.started_at + ended.duration)
    return RunResult(
        run_id=run.run_id,
        workflow=run.plan.name,
        status=status,
        # The caller's own: constants of the plan may be in it, and another run of the plan has them too.
        output=isolated(run.masker.value(output)),
        error=run.masker.failure(error) if error is not None else None,
        started_at=run.started_at,
        duration=ended.duration,
        steps=tree.steps,
        steps_counted=tree.steps_counted,
        leftovers=ended.leftovers,
    )
