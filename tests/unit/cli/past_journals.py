"""Journals of runs that are over, for the commands that look back."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
from click.testing import CliRunner, Result

from braid.cli.main import cli
from braid.journal.owner import Owner
from braid.journal.sqlite import SqliteJournal
from braid.testing.past_run import PastRun

TWO = """\
name: two
steps:
  - id: first
    shell: "true"
  - id: second
    shell: "false"
"""


def braid(*arguments: str, stdin: str | None = None) -> tuple[Any, Result]:
    """A command's exit code, and what it printed."""
    result = CliRunner().invoke(cli, arguments, input=stdin, standalone_mode=False)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.return_value, result


def keep(folder: Path, past: PastRun, status: str, ended: float | None = None, *, owner: Owner | None = None) -> None:
    """Write a run into the folder's journal."""

    async def write() -> None:
        journal = SqliteJournal(folder / ".braid")
        await past.keep(journal, status, ended, owner=owner or Owner.here())
        await journal.close()

    asyncio.run(write())


def dead_owner() -> Owner:
    """A process that had this one's number before it."""
    return msgspec.structs.replace(Owner.here(), started="1", token="dead")


def damage(folder: Path, run_id: str, seq: int) -> None:
    """Change an event of a run behind its journal's back."""
    with sqlite3.connect(folder / ".braid" / "journal.sqlite") as connection:
        connection.execute(
            "UPDATE events SET data = x'00112233' WHERE seq = ? AND run = (SELECT key FROM runs WHERE id = ?)",
            (seq, run_id),
        )
    connection.close()


def succeeded(run_id: str) -> PastRun:
    past = PastRun(TWO, run_id=run_id)
    past.succeed(1, "first", {"stdout": "hello"})
    past.succeed(3, "second")
    return past


def failed(run_id: str) -> PastRun:
    past = PastRun(TWO, run_id=run_id)
    past.succeed(1, "first")
    past.fail(3, "second", "no luck")
    return past


def begun(run_id: str) -> PastRun:
    past = PastRun(TWO, run_id=run_id)
    past.succeed(1, "first")
    return past
