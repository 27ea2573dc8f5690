"""Writes to a SQLite journal: a thread, which puts what came meanwhile into its next transaction together.

Where a commit costs less than going to that thread and back, the loop's own thread commits; see decision 0015.
"""

from __future__ import annotations

import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from braid.journal.blobs import BlobStore
from braid.journal.errors import (
    JournalCorruptError,
    JournalError,
    JournalLockedError,
    JournalLostError,
    RunOwnedError,
    RunUnknownError,
)
from braid.journal.memory import head_of
from braid.journal.owner import Owner
from braid.journal.sqlite_file import (
    WAL_BYTES_KEPT,
    check_pages,
    check_runs,
    connect,
    set_patience,
    translated,
    translated_os,
    translating,
)
from braid.journal.sqlite_replies import Reply, Result, refuse, tell
from braid.journal.sqlite_rows import EncodedEvent, Row, RowError, event_rows, head_row, sealed, unsealed
from braid.machine.events import Event

CHECKED_BYTES_MAX: Final = 64 << 20
"""A larger file isn't looked through before it is written to: up to this size that takes less than 0.1 s."""
GROUP_BYTES_MAX: Final = 16 << 20
"""A transaction takes no further batch when those in it have this many bytes."""
AT_ONCE_BYTES_MAX: Final = 32 << 10
"""A loop itself commits batches up to this size, in less than a millisecond."""
AT_ONCE_RUNS_MAX: Final = 4
"""With more runs at once, one commit of the thread for all of them is cheaper than one each."""
AT_ONCE_COMMITS_MAX: Final = 1_000
"""After so many the thread has a turn, which takes the write-ahead log into the file when it is long; of commits of one
small event each it has 4 MiB by then, and 40 MiB at most.
"""

_INSERT: Final = "INSERT INTO events (run, seq, data, blob) VALUES (?, ?, ?, ?)"


@dataclass(slots=True)
class Batch:
    """An append."""

    run_id: str
    first: Event
    events: Sequence[EncodedEvent]
    reply: Reply = field(default_factory=Reply)


@dataclass(slots=True)
class Job:
    """Anything else, in a transaction of its own. `work` is given the writer, inside the transaction."""

    work: Callable[[Writer], Result]
    reply: Reply = field(default_factory=Reply)


class RunState(NamedTuple):
    """Where a run stands in the file; `owner` as in its row: what this journal believes to be there."""

    key: int
    events: int
    chain: int
    owner: bytes | None


class Writer:
    """Owns the connection that writes. `done`, `write_at_once` and `stop` are for the loops' threads, the rest is for
    whoever has the turn: the writer's own thread, or a loop that needn't wait for it.

    Args:
        at_once: Whether a commit waits for no disk, so that a loop may do it itself.

    Attributes:
        connection: Only for jobs.
        states: Of runs that were written to, or are owned here. Changed only after a commit.
        after: What a job wants done when its transaction has been committed.
    """

    def __init__(self, path: Path, blobs: BlobStore, synchronous: str, bytes_max: int | None, at_once: bool) -> None:
        self.path = path
        self.blobs = blobs
        self.connection: sqlite3.Connection
        self.states: dict[str, RunState] = {}
        self.after: list[Callable[[], None]] = []
        self._synchronous = synchronous
        self._bytes_max = bytes_max
        self._items: queue.SimpleQueue[Batch | Job | None] = queue.SimpleQueue()
        self._lost: JournalError | None = None
        self._stopped: Reply | None = None
        self._turn = threading.Lock()
        self._unanswered: set[Reply] = set()
        self._at_once = at_once
        self._ready = False
        self._patient = True
        self._commits_at_once = 0
        self._thread_turns = 0
        # A daemon: a journal that nobody closed must not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name="braid-journal", daemon=True)
        self._thread.start()

    async def done(self, item: Batch | Job) -> None:
        """Have something written by the thread, and return when it is."""
        answer = item.reply.expect()
        self._unanswered.add(item.reply)
        self._items.put(item)
        await answer

    def write_at_once(self, batch: Batch) -> bool:
        """Write a batch on this thread, if nothing has to be waited for.

        Returns:
            False if something has; then nothing was written.

        Raises:
            JournalError: Of any kind that `Journal.append` names.
        """
        # What waits for the thread goes first: a caller that was cancelled may have left a batch of the same run there.
        if not self._is_small(batch) or self._unanswered or not self._turn.acquire(blocking=False):
            return False
        try:
            if not self._ready or self._thread_turns:
                return False
            self._set_patience(False)
            self._attempt([batch.reply], [batch])
            self._commits_at_once += 1
            if self._commits_at_once >= AT_ONCE_COMMITS_MAX:
                # Two, as both wait for the disk: one takes the log into the file, the next begins a new log.
                self._commits_at_once, self._thread_turns = 0, 2
        finally:
            self._turn.release()
        error = batch.reply.error
        if isinstance(error, JournalLockedError):
            batch.reply.error = None
            return False
        if error is not None:
            raise error
        return True

    def _is_small(self, batch: Batch) -> bool:
        if not self._at_once or len(self.states) > AT_ONCE_RUNS_MAX:
            return False
        size = 0
        for event in batch.events:
            size += len(event.body)
            if size > AT_ONCE_BYTES_MAX or event.large is not None:
                return False
        return True

    async def stop(self) -> None:
        """Write what was submitted, close the connection, and return when the thread has ended."""
        self._stopped = Reply()
        answer = self._stopped.expect()
        self._items.put(None)
        await answer
        self._thread.join()

    def _run(self) -> None:
        try:
            self.connection = self._open()
        except (JournalError, OSError) as error:
            self._lost = error if isinstance(error, JournalError) else translated_os(error, self.path)
            self._serve()
        else:
            self._ready = True
            self._serve()
            # Closing the last connection also takes the write-ahead log into the file and deletes it.
            self.connection.close()
        if self._stopped is not None:
            tell([self._stopped])

    def _open(self) -> sqlite3.Connection:
        connection = connect(self.path)
        try:
            if self.path.stat().st_size <= CHECKED_BYTES_MAX:
                check_pages(connection, self.path)
            check_runs(connection, self.path)
            with translating(self.path):
                connection.execute(f"PRAGMA synchronous = {self._synchronous}")
                connection.execute(f"PRAGMA journal_size_limit = {WAL_BYTES_KEPT}")
                if self._bytes_max is not None:
                    # Of whatever size they are in this file.
                    page_bytes: int = connection.execute("PRAGMA page_size").fetchone()[0]
                    connection.execute(f"PRAGMA max_page_count = {max(1, self._bytes_max // page_bytes)}")
                set_patience(connection, True)
        except BaseException:
            connection.close()
            raise
        return connection

    def _serve(self) -> None:
        left: Batch | Job | None = None
        while (item := left or self._items.get()) is not None:
            if isinstance(item, Job):
                left = None
                self._take_turn([item.reply], item)
                continue
            batches, left, ended = self._group(item)
            self._take_turn([batch.reply for batch in batches], batches)
            if ended:
                return

    def _group(self, first: Batch) -> tuple[list[Batch], Job | None, bool]:
        """The batches that wait by now, the job that came after them, and whether the end did."""
        batches, size = [first], 0
        while True:
            size += sum(len(event.body) for event in batches[-1].events)
            if size > GROUP_BYTES_MAX:
                return batches, None, False
            try:
                item = self._items.get_nowait()
            except queue.Empty:
                return batches, None, False
            if not isinstance(item, Batch):
                return batches, item, item is None
            batches.append(item)

    def _take_turn(self, replies: list[Reply], work: Job | list[Batch]) -> None:
        with self._turn:
            if self._ready:
                self._set_patience(True)
            self._attempt(replies, work)
            self._thread_turns = max(self._thread_turns - 1, 0)
        self._unanswered.difference_update(replies)
        tell(replies)

    def _set_patience(self, patient: bool) -> None:
        if patient is not self._patient:
            set_patience(self.connection, patient)
            self._patient = patient

    def _attempt(self, replies: list[Reply], work: Job | list[Batch]) -> None:
        """Do one piece of work and answer for it, whatever happens: nobody may wait for ever."""
        try:
            if self._lost is not None:
                raise self._lost
            if isinstance(work, Job):
                work.reply.result = self._do(work)
            else:
                self._write(work)
        except JournalError as error:
            if isinstance(error, JournalLostError):
                self._lost = error
            refuse(replies, error)
        except BaseException as error:
            self._lost = JournalLostError(f"{self.path} could not be written: {error!r}; end this process and resume")
            self._lost.__cause__ = error
            refuse(replies, self._lost)
            if not isinstance(error, Exception):
                # Somebody interrupted the loop's thread.
                raise

    # Transactions.

    def _commit(self, work: Callable[[], Result]) -> Result:
        """Do the work in a transaction: all of it or nothing.

        Raises:
            JournalError: See `translated`.
            Exception: Of the work.
        """
        connection = self.connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            result = work()
            connection.execute("COMMIT")
        except BaseException as error:
            self._roll_back()
            if isinstance(error, sqlite3.Error) and not isinstance(error, sqlite3.ProgrammingError):
                raise translated(error, self.path) from error
            raise
        return result

    def _roll_back(self) -> None:
        if self.connection.in_transaction:
            # Where it fails, SQLite has rolled back by itself: https://sqlite.org/lang_transaction.html
            with contextlib.suppress(sqlite3.Error):
                self.connection.execute("ROLLBACK")

    def _do(self, job: Job) -> Result:
        self.after = []
        result = self._commit(lambda: job.work(self))
        for act in self.after:
            act()
        return result

    def _write(self, batches: Sequence[Batch]) -> None:
        ready = [(batch, blobs) for batch in batches if (blobs := self._put_blobs(batch)) is not None]
        staged: dict[str, RunState] = {}

        def insert() -> None:
            rows: list[Row] = []
            for batch, blobs in ready:
                try:
                    rows += self._entered(batch, blobs, staged)
                except (RunOwnedError, RunUnknownError) as error:
                    batch.reply.error = error
            self.connection.executemany(_INSERT, rows)

        if ready:
            self._commit(insert)
            self.states.update(staged)

    def _put_blobs(self, batch: Batch) -> list[bytes | None] | None:
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
        """Between `_put_blobs` and the transaction another process may have swept what no event named yet."""
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
