"""The journal that a command without a file reads: `--state`, `BRAID_STATE`, or the nearest `.braid` upwards."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from braid.journal.records import RunRecord
    from braid.journal.sqlite import SqliteJournal

Function = TypeVar("Function", bound=Callable[..., Any])  # Any: a command's own function


def _state_option(otherwise: str) -> Callable[[Function], Function]:
    return click.option(
        "--state",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help=f"The folder of the journal, instead of $BRAID_STATE or {otherwise}.",
    )


state_option = _state_option("the nearest .braid/ upwards")
"""`--state DIR`, of a command that is given no file."""

state_beside_file_option = _state_option(".braid/ beside the workflow")
"""`--state DIR`, of a command that is given a file."""

durability_option = click.option(
    "--durability",
    type=click.Choice(["full", "normal"]),
    default="full",
    metavar="full|normal",
    help="What was recorded survives a power cut (full, the default), or the death of the process (normal, quicker).",
)


run_argument = click.argument("name", metavar="RUN")
"""A run id, a unique beginning of one, or `last`."""


def existing_journal(state: Path | None) -> SqliteJournal:
    """The journal of the nearest state folder; opened for reading until something is written.

    Raises:
        click.UsageError: There is none.
        JournalError: It can't be used.
    """
    from braid.journal.state_folder import nearest_state_folder

    folder = nearest_state_folder(Path.cwd(), state, os.environ)
    if folder is None:
        raise click.UsageError(
            "there is no .braid/ in this folder or above it: no workflow was run here; `--state DIR` names another"
        )
    return _journal_in(folder)


def journal_beside(workflow_folder: Path, state: Path | None) -> SqliteJournal:
    """The journal of a workflow's own state folder.

    Raises:
        click.UsageError: There is none.
        JournalError: It can't be used.
    """
    from braid.journal.state_folder import state_folder

    return _journal_in(state_folder(workflow_folder, state, os.environ))


def _journal_in(folder: Path) -> SqliteJournal:
    from braid.journal.sqlite import SqliteJournal
    from braid.journal.sqlite_file import FILE_NAME

    if not (folder / FILE_NAME).exists():
        raise click.UsageError(f"there is no journal in {folder}: no workflow was run there")
    return SqliteJournal(folder, create=False)


def found_run(journal: SqliteJournal, name: str) -> RunRecord:
    """The run of this name.

    Raises:
        click.UsageError: There is none, or more than one.
        JournalError: The journal can't be read.
    """
    from braid.journal.run_names import RunNameError, find_run

    try:
        return find_run(journal, name)
    except RunNameError as error:
        raise click.UsageError(str(error)) from None
