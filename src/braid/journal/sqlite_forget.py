"""Deleting runs from a SQLite journal, with what only they needed."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence

from braid.journal.errors import RunOwnedError
from braid.journal.sqlite_rows import HeadRow, unsealed
from braid.journal.sqlite_runs import RunTable


def delete_runs(runs: RunTable, run_ids: Sequence[str]) -> None:
    """Delete runs and their events.

    Raises:
        RunOwnedError: One of them is running, or its owner is on another machine.
    """
    connection = runs.connection
    keys = []
    for run_id in run_ids:
        row = connection.execute("SELECT key FROM runs WHERE id = ?", (run_id,)).fetchone()
        if row is None:
            continue
        holder = runs.owner(run_id)
        if holder is not None and holder.alive() is not False:
            raise RunOwnedError(run_id, holder)
        keys.append(row)
    connection.executemany("DELETE FROM events WHERE run = ?", keys)
    connection.executemany("DELETE FROM runs WHERE key = ?", keys)
    heads = connection.execute("SELECT head FROM runs").fetchall()
    used = {file.digest for (head,) in heads for file in unsealed(head, HeadRow).files}
    sources = connection.execute("SELECT digest FROM sources").fetchall()
    connection.executemany("DELETE FROM sources WHERE digest = ?", [row for row in sources if row[0] not in used])
    runs.after.append(lambda: runs.drop(run_ids))


def sweep(runs: RunTable) -> None:
    """Delete the blobs that no event names, and give free pages back to the disk.

    In a transaction after the one that deleted the events: were a crash to come between the two, blobs without an event
    would be left, which the next sweep finds; the other order could leave events without their blobs. The transaction's
    lock keeps other processes from naming a blob meanwhile.
    """
    connection = runs.connection
    runs.blobs.sweep(
        lambda digest: (
            connection.execute("SELECT 1 FROM events WHERE blob = ? LIMIT 1", (digest,)).fetchone() is not None
        )
    )
    runs.after.append(lambda: _give_back(connection))


def _give_back(connection: sqlite3.Connection) -> None:
    # For each step of this statement SQLite frees one page; only `executescript` takes all steps of one without rows.
    # What can't be given back now is used again by later runs.
    with contextlib.suppress(sqlite3.Error):
        connection.executescript("PRAGMA incremental_vacuum")
