"""Going on with runs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from braid.api.running import GRACE_SECONDS, finished
from braid.api.workflows import Workflow, load
from braid.language.plan import Plan
from braid.machine.observer import Observer
from braid.report.run_result import RunResult
from braid.report.run_tree import RunTree

if TYPE_CHECKING:
    from braid.execution.own_loop import Interruptible
    from braid.execution.resumption import Resumption
    from braid.journal.protocol import Journal


def resume(
    run: str,
    *,
    workflow: Workflow | None = None,
    edited: bool = False,
    from_step: str | None = None,
    secrets: Mapping[str, str] | None = None,
    secrets_dir: str | os.PathLike[str] | None = None,
    env: Mapping[str, str] | None = None,
    observer: Observer | None = None,
    journal: Journal | None = None,
    state: str | os.PathLike[str] | None = None,
    durability: str = "full",
    allow_path: bool = False,
    grace: float = GRACE_SECONDS,
    raise_on_failure: bool = False,
) -> RunResult:
    """Go on with a run that was interrupted, or whose process died: what was recorded isn't done again.

    Signals are handled as by `run`, which has what isn't told here.

    Args:
        run: Its id, a unique beginning of one, or `last`.
        workflow: Its workflow, when it was built in Python or its file has moved; by default the recorded one.
        edited: Go on with the workflow as it is now. Results of steps whose kind and resolved arguments are the same
            are kept; what changed, what depends on it, and what did not succeed runs again.
        from_step: Go on as with `edited`, and run this step (an id or address) and all that comes after it again.
        observer: Is told of what is replayed, too, with the recorded times.
        state: The state folder; by default `$BRAID_STATE`, else the nearest `.braid` in the current folder or upwards.

    Raises:
        DiagnosticsError: The workflow has errors; nothing ran.
        ResumeError: The run has ended, or its file was edited; nothing ran.
        RunOwnedError: A living process runs it.
        JournalError: There is no such run, or the journal can't be used.
        SecretsError: Declared secrets have no value; nothing ran.
        RunFailedError: See `raise_on_failure`.
        RuntimeError: An event loop runs in this thread: await `aresume` instead.
    """
    from braid.execution.own_loop import run_in_own_loop

    plan = None if workflow is None else load(workflow, allow_path=allow_path)
    tree = RunTree()

    async def main(interruptible: Interruptible) -> RunResult:
        async with _journal(journal, state, durability, plan) as kept:
            resumption = _resumption(
                kept, run, plan, edited, from_step, secrets, secrets_dir, env, tree, observer, allow_path, grace
            )
            return await finished(resumption, tree, kept, interruptible.attached)

    result = run_in_own_loop(main, grace)
    if raise_on_failure:
        result.raise_for_status()
    return result


async def aresume(
    run: str,
    *,
    workflow: Workflow | None = None,
    edited: bool = False,
    from_step: str | None = None,
    secrets: Mapping[str, str] | None = None,
    secrets_dir: str | os.PathLike[str] | None = None,
    env: Mapping[str, str] | None = None,
    observer: Observer | None = None,
    journal: Journal | None = None,
    state: str | os.PathLike[str] | None = None,
    durability: str = "full",
    allow_path: bool = False,
    grace: float = GRACE_SECONDS,
    raise_on_failure: bool = False,
) -> RunResult:
    """As `resume`, on the running event loop; see `arun`."""
    plan = None if workflow is None else load(workflow, allow_path=allow_path)
    tree = RunTree()
    async with _journal(journal, state, durability, plan) as kept:
        resumption = _resumption(
            kept, run, plan, edited, from_step, secrets, secrets_dir, env, tree, observer, allow_path, grace
        )
        result = await finished(resumption, tree, kept)
    if raise_on_failure:
        result.raise_for_status()
    return result


def _resumption(
    journal: Journal,
    run: str,
    workflow: Plan | None,
    edited: bool,
    from_step: str | None,
    secrets: Mapping[str, str] | None,
    secrets_dir: str | os.PathLike[str] | None,
    env: Mapping[str, str] | None,
    tree: RunTree,
    observer: Observer | None,
    allow_path: bool,
    grace: float,
) -> Resumption:
    from braid.execution.means import Setting
    from braid.execution.reopening import reopened

    setting = Setting(
        secrets=secrets or {},
        secrets_dir=None if secrets_dir is None else Path(secrets_dir),
        env=env,
        observers=(tree,) if observer is None else (tree, observer),
        allow_path=allow_path,
        grace=grace,
    )
    found = reopened(journal, run, workflow, allow_path=allow_path)
    if edited or from_step is not None:
        return found.with_edits(journal, setting, from_step).resumption
    return found.as_it_is(setting)


def _journal(
    journal: Journal | None, state: str | os.PathLike[str] | None, durability: str, plan: Plan | None
) -> AbstractAsyncContextManager[Journal]:
    if journal is not None:
        return nullcontext(journal)
    from braid.execution.journals import journal_in
    from braid.journal.errors import JournalAccessError
    from braid.journal.sqlite import Durability
    from braid.journal.state_folder import nearest_state_folder

    start = Path.cwd() if plan is None else plan.folder
    folder = nearest_state_folder(start, None if state is None else Path(state), os.environ)
    if folder is None:
        raise JournalAccessError(f"there is no .braid in {start} or above it: no workflow was run there")
    return journal_in(folder, Durability(durability), create=False)
