"""The runs in the file of a SQLite journal, as its writer has them: where each stands, and whose it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from braid.journal.blobs import BlobStore
from braid.journal.errors import JournalCorruptError, RunOwnedError, RunUnknownError
from braid.journal.memory import head_of
from braid.journal.owner import Owner
from braid.journal.sqlite_file import translated_os
from braid.journal.sqlite_replies import Reply
from braid.journal.sqlite_rows import EncodedEvent, Row, RowError, event_rows, head_row, sealed, unsealed
from braid.machine.events import Event

_INSERT: Final = "INSERT INTO events (run, seq, data, blob) VALUES (?, ?, ?, ?)"


class Batch(msgspec.Struct, eq=False):
    """An append."""

    run_id: str
    first: Event
    events: Sequence[EncodedEvent]
    reply: Reply = msgspec.field(default_factory=Reply)


class RunState(NamedTuple):
    """Where a run stands in the file; `owner` as in its row: what this journal believes to be there."""

    key: int
    events: int
    chain: int
    owner: bytes | None


class RunTable:
    """What is done inside a transaction; for whoever has the writer's turn.

    Attributes:
        connection: The one that writes.
        states: Of runs that were written to, or are owned here. Changed only after a commit.
        after: What a job wants done when its transaction has been committed.
    """

    def __init__(self, path: Path, blobs: BlobStore) -> None:
        self.path = path
        self.blobs = blobs
        self.connection: sqlite3.Connection
        self.states: dict[str, RunState] = {}
        self.after: list[Callable[[], None]] = []

    def enter(self, ready: Sequence[tuple[Batch, Sequence[bytes | None]]]) -> dict[str, RunState]:
        """Enter batches with the digests of their large values.

        Returns:
            Where their runs stand when this has been committed. A batch that was refused has its error.
        """
        staged: dict[str, RunState] = {}
        rows: list[Row] = []
        for batch, blobs in ready:
            try:
                rows += self._entered(batch, blobs, staged)
            except (RunOwnedError, RunUnknownError) as error:
                batch.reply.error = error
        self.connection.executemany(_INSERT, rows)
        return staged

    def put_blobs(self, batch: Batch) -> list[bytes | None] | None:
        """The digests of a batch's large values, now on the disk; None when it was refused."""
        try:
            return [None if event.large is None else self.blobs.put(event.large) for event in batch.events]
        except OSError as error:
            batch.reply.error = translated_os(error, self.path)
            return None

    def _entered(self, batch: Batch, blobs: Sequence[bytes | None], staged: dict[str, RunState]) -> list[Row]:
        """Enter a batch's events into their run; gives the rows that are to follow in the same transaction.

        Raises:
            RunOwnedError: The run isn't this journal's to write; nothing was entered.
            RunUnknownError: It was forgotten; nothing was entered.
        """
        run_id = batch.run_id
        state = staged.get(run_id) or self.states.get(run_id) or self._found_or_made(batch)
        staged[run_id], rows = self._advanced(run_id, state, batch.events, blobs)
        return rows

    def _advanced(
        self, run_id: str, state: RunState, events: Sequence[EncodedEvent], blobs: Sequence[bytes | None]
    ) -> tuple[RunState, list[Row]]:
        """Where a run stands after these events, entered into its row; and their own rows.

        Raises:
            RunOwnedError: The run isn't this journal's to write; nothing was entered.
        """
        key, seq = state.key, state.events + len(events)
        rows, chain = event_rows(key, state.events, state.chain, events, blobs)
        # The conditions refuse whoever goes on after another process has claimed the run.
        changed = self.connection.execute(
            "UPDATE runs SET events = ?, chain = ? WHERE key = ? AND events = ? AND owner IS ? AND id = ?",
            (seq, chain, key, state.events, state.owner, run_id),
        )
        if changed.rowcount != 1:
            raise RunOwnedError(run_id, self.owner(run_id))
        if any(blobs):
            self._put_again(events, blobs)
        return RunState(key, seq, chain, state.owner), rows

    def _put_again(self, events: Sequence[EncodedEvent], blobs: Sequence[bytes | None]) -> None:
        """Between `put_blobs` and the transaction another process may have swept what no event named yet."""
        for event, digest in zip(events, blobs, strict=True):
            if event.large is None or digest is None or self.blobs.has(digest, len(event.large)):
                continue
            try:
                self.blobs.put(event.large)
            except OSError as error:
                raise translated_os(error, self.path) from error

    def _found_or_made(self, batch: Batch) -> RunState:
        row = self.connection.execute(
            "SELECT key, events, chain, owner, ending FROM runs WHERE id = ?", (batch.run_id,)
        ).fetchone()
        if row is None:
            head = sealed(head_row(head_of(batch.run_id, batch.first)))
            return self.make(batch.run_id, head, None)
        key, events, chain, owner, ending = row
        if owner is not None or ending is not None:
            raise RunOwnedError(batch.run_id, self.owner(batch.run_id))
        return RunState(key, events, chain, None)

    # For jobs.

    def make(self, run_id: str, head: bytes, owner: bytes | None) -> RunState:
        """A new run."""
        made = self.connection.execute(
            "INSERT INTO runs (id, events, chain, head, owner) VALUES (?, 0, 0, ?, ?)", (run_id, head, owner)
        )
        assert made.lastrowid is not None
        return RunState(made.lastrowid, 0, 0, owner)

    def added(self, run_id: str, state: RunState, events: Sequence[EncodedEvent]) -> RunState:
        """Where a run stands with these events, which are in the same transaction."""
        if not events:
            return state
        try:
            blobs = [None if event.large is None else self.blobs.put(event.large) for event in events]
        except OSError as error:
            raise translated_os(error, self.path) from error
        state, rows = self._advanced(run_id, state, events, blobs)
        self.connection.executemany(_INSERT, rows)
        return state

    def owner(self, run_id: str) -> Owner | None:
        """Whose a run is now.

        Raises:
            RunUnknownError: There is no such run.
            JournalCorruptError: The owner can't be read.
        """
        row = self.connection.execute("SELECT owner FROM runs WHERE id = ?", (run_id,)).fetchone()
        if row is None:
            raise RunUnknownError(run_id)
        try:
            return None if row[0] is None else unsealed(row[0], Owner)
        except RowError as error:
            raise JournalCorruptError(f"run `{run_id}` in {self.path} can't be read: {error}", run_id) from error

    def drop(self, run_ids: Sequence[str]) -> None:
        """Runs that aren't owned here any more."""
        for run_id in run_ids:
            self.states.pop(run_id, None)
