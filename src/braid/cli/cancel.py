"""`braid cancel`: a run ends, here or in another process."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from braid.cli import collector, exit_codes
from braid.cli.state import existing_journal, found_run, run_argument, state_option
from braid.cli.terminal import err, out_json

if TYPE_CHECKING:
    from braid.journal.records import Request, RunRecord
    from braid.journal.sqlite import SqliteJournal

LOOK_SECONDS = 0.1


@click.command(epilog="Example: braid cancel last")
@run_argument
@state_option
@click.option("--reason", default="", metavar="TEXT", help="Why; it is kept with the run.")
@click.option("--no-wait", is_flag=True, help="Ask for it, and don't wait for the end of the run.")
@click.option("--json", "as_json", is_flag=True, help='Print one JSON document: {"run_id", "status"}.')
def cancel(name: str, state: Path | None, reason: str, no_wait: bool, as_json: bool) -> int:
    """Cancel a run, whichever process of this machine runs it.

    Its running steps are cancelled and awaited, its `finally` runs, and its status is `cancelled`; it can't be resumed
    then. A run that nobody runs (it was interrupted, or its process died) is taken up to be cancelled by this command.

    Exits with 0 when the run was cancelled, now or before, with 1 when it ended otherwise, and with 2 when it can't be
    taken up, as when a secret has no value.
    """
    journal = existing_journal(state)
    record = found_run(journal, name)
    if record.status in ("succeeded", "failed", "cancelled"):
        return _told(
            record.id, record.status, as_json, f"run {record.id} has ended already: it {_words(record.status)}"
        )
    request = _asked(record, journal, reason)
    if record.status != "running":
        return _taken_up(record.id, journal, request, as_json)
    if no_wait:
        return _told(record.id, "running", as_json, f"run {record.id} was asked to end", code=exit_codes.SUCCESS)
    return _told(record.id, _awaited(record.id, journal), as_json, "")


def _asked(record: RunRecord, journal: SqliteJournal, reason: str) -> Request:
    import asyncio
    import os

    from braid.journal.records import Request

    request = Request(id=os.urandom(8).hex(), kind="cancel", time=time.time(), reason=reason)
    asyncio.run(journal.ask(record.id, request))
    return request


def _awaited(run_id: str, journal: SqliteJournal) -> str:
    """The status of the run when its owner has given it up, or is gone."""
    told = False
    while (now := journal.run(run_id)) is not None and now.status == "running":
        if not told:
            err(f"waiting for {now.owner} to end run {run_id}…")
            told = True
        time.sleep(LOOK_SECONDS)
    return now.status if now is not None else "cancelled"


def _taken_up(run_id: str, journal: SqliteJournal, request: Request, as_json: bool) -> int:
    """Cancel a run that nobody runs, and tell what became of it; its `finally` may need what isn't there."""
    from braid.api import ResumeError, SecretsError
    from braid.cli.files import show_problems
    from braid.cli.outcome import refused
    from braid.diagnostics import DiagnosticsError
    from braid.journal.errors import RunOwnedError

    try:
        return _told(run_id, _cancelled_here(run_id, journal), as_json, "")
    except RunOwnedError:
        # Somebody resumed it in this moment, and has heard of the request, or will.
        return _told(run_id, _awaited(run_id, journal), as_json, "")
    except DiagnosticsError as error:
        show_problems(error.diagnostics, as_json=as_json)
    except ResumeError as error:
        refused("not-resumed", [str(error)], as_json=as_json)
    except SecretsError as error:
        refused("missing-secret", error.problems, as_json=as_json)
    # Nothing came of it, and nothing shall when the run is resumed some day.
    journal.answered(run_id, request)
    return exit_codes.USAGE


def _cancelled_here(run_id: str, journal: SqliteJournal) -> str:
    """Take up a run that nobody runs, which then hears that it was asked to end."""
    from braid.api.running import finished
    from braid.execution.journals import journal_in
    from braid.execution.means import GRACE_SECONDS, Setting
    from braid.execution.own_loop import Interruptible, run_in_own_loop
    from braid.execution.reopening import reopened
    from braid.report.run_tree import RunTree

    tree = RunTree()

    async def main(interruptible: Interruptible) -> str:
        async with journal_in(journal.path.parent, create=False) as kept:
            resumption = reopened(kept, run_id).to_cancel(Setting(observers=(tree,)))
            return (await finished(resumption, tree, kept, interruptible.attached)).status

    collector.search_from_here()
    return run_in_own_loop(main, GRACE_SECONDS)


def _told(run_id: str, status: str, as_json: bool, message: str, code: int | None = None) -> int:
    if as_json:
        out_json({"run_id": run_id, "status": status})
    else:
        err(message or f"run {run_id} {_words(status)}")
    if code is not None:
        return code
    return exit_codes.SUCCESS if status == "cancelled" else exit_codes.FAILED


def _words(status: str) -> str:
    return {"cancelled": "was cancelled", "interrupted": "was interrupted"}.get(status, status)
