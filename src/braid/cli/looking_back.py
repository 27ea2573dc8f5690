"""What the commands that look back share: a run of the journal, read, and lines on their way out."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from braid.cli import exit_codes
from braid.cli.state import existing_journal, found_run
from braid.cli.terminal import err, has_color, is_terminal, out, painted, width_of

if TYPE_CHECKING:
    from braid.journal.records import RunHead, RunRecord
    from braid.journal.sqlite import SqliteJournal
    from braid.report.progress_view import Line
    from braid.report.run_history import RunHistory

WIDTH_DEFAULT = 100
"""Columns where standard output is no terminal."""

WIDTH_MIN = 40


def read_run(state: Path | None, name: str, wanted: str = "", *, listed: bool = False) -> RunHistory:
    """All that the journal tells of a run.

    Args:
        wanted: Address or id of the steps whose arguments and output are kept.
        listed: Whether the steps are to be listed as in `run --json`.

    Raises:
        click.UsageError: There is no journal, or no such run.
        JournalError: The journal can't be read.
    """
    from braid.report.run_facts import RunFacts
    from braid.report.run_history import RunHistory

    journal = existing_journal(state)
    record = found_run(journal, name)
    head, problem = _head(journal, record)
    history = RunHistory(RunFacts.of(record), head, wanted, listed=listed).read(lambda: journal.events(record.id))
    history.damage = history.damage or problem
    return history


def finish(history: RunHistory) -> int:
    """Say what couldn't be read; gives the exit code."""
    if history.note:
        err(f"note: {history.note}")
    if history.damage:
        err(f"error: {history.damage}")
        return exit_codes.FAILED
    return exit_codes.SUCCESS


def columns_of_output() -> int:
    """How wide a line may be."""
    width = width_of(sys.stdout) if is_terminal(sys.stdout) else None
    return max(width or WIDTH_DEFAULT, WIDTH_MIN)


def print_lines(lines: Iterable[Line]) -> None:
    """Print lines, with colour where standard output takes it."""
    color = has_color(sys.stdout)
    text = "\n".join("".join(painted(piece.text, piece.style, color) for piece in line if piece.text) for line in lines)
    if text:
        out(text)


def now() -> float:
    """Epoch seconds."""
    return time.time()


def _head(journal: SqliteJournal, record: RunRecord) -> tuple[RunHead | None, str]:
    from braid.journal.errors import JournalCorruptError

    try:
        return journal.head(record.id), ""
    except JournalCorruptError as error:
        return None, str(error)
