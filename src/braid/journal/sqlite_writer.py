"""The one thread that writes to a SQLite journal. What comes meanwhile goes into its next transaction together."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from braid.journal.blobs import BlobStore
from braid.journal.errors import JournalCorruptError, JournalError, JournalLostError, RunOwnedError, RunUnknownError
from braid.journal.memory import head_of
from braid.journal.owner import Owner
from braid.journal.sqlite_file import (
    WAL_BYTES_KEPT,
    check_pages,
    check_runs,
    connect,
    translated,
    translated_os,
    translating,
)
from braid.journal.sqlite_rows import EncodedEvent, RowError, chained, event_row, head_row, sealed, unsealed
from braid.machine.events import Event

CHECKED_BYTES_MAX: Final = 64 << 20
"""A larger file isn't looked through before it is written to: up to this size that takes less than 0.1 s."""
GROUP_BYTES_MAX: Final = 16 << 20
"""A transaction takes no further batch when those in it have this many bytes."""

_INSERT: Final = "INSERT INTO events (run, seq, data, blob) VALUES (?, ?, ?, ?)"

Row = tuple[int, int, bytes, bytes | None]
Result = Any  # what a job returns is its caller's business


class Reply:
    """Where an answer is awaited: one future of one loop."""

    __slots__ = ("error", "future", "loop", "result")

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Result] = self.loop.create_future()
        self.result: Result = None
        self.error: BaseException | None = None

    def tell(self) -> None:
        """On the loop's thread: hand the answer over, unless the caller has gone."""
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)


@dataclass(slots=True)
class Batch:
    """An append."""

    run_id: str
    first: Event
    events: Sequence[EncodedEvent]
    reply: Reply


@dataclass(slots=True)
class Job:
    """Anything else, in a transaction of its own. `work` is given the writer, inside the transaction."""

    work: Callable[[Writer], Result]
    reply: Reply


class RunState(NamedTuple):
    """Where a run stands in the file; `owner` as in its row: what this journal believes to be there."""

    key: int
    events: int
    chain: int
    owner: bytes | None


class Writer:
    """Owns the connection that writes. `submit` and `stop` are for the loops' threads, the rest for its own.

    Attributes:
        connection: Only for jobs.
        states: Of runs that were written to, or are owned here. Changed only after a commit.
        after: What a job wants done when its transaction has been committed.
    """

    def __init__(self, path: Path, blobs: BlobStore, synchronous: str, pages_max: int | None) -> None:
        self.path = path
        self.blobs = blobs
        self.connection: sqlite3.Connection
        self.states: dict[str, RunState] = {}
        self.after: list[Callable[[], None]] = []
        self._synchronous = synchronous
        self._pages_max = pages_max
        self._items: queue.SimpleQueue[Batch | Job | None] = queue.SimpleQueue()
        self._lost: JournalError | None = None
        self._stopped: Reply | None = None
        # A daemon: a journal that nobody closed must not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name="braid-journal", daemon=True)
        self._thread.start()

    def submit(self, item: Batch | Job) -> None:
        """Have something written; its reply tells when it is."""
        self._items.put(item)

    async def stop(self) -> None:
        """Write what was submitted, close the connection, and return when the thread has ended."""
        self._stopped = Reply()
        self._items.put(None)
        await self._stopped.future
        self._thread.join()

    def _run(self) -> None:
        try:
            self.connection = self._open()
        except (JournalError, OSError) as error:
            self._lost = error if isinstance(error, JournalError) else translated_os(error, self.path)
            self._serve()
        else:
            self._serve()
            # Closing the last connection also takes the write-ahead log into the file and deletes it.
            self.connection.close()
        if self._stopped is not None:
            _tell([self._stopped])

    def _open(self) -> sqlite3.Connection:
        connection = connect(self.path)
        try:
            if self.path.stat().st_size <= CHECKED_BYTES_MAX:
                check_pages(connection, self.path)
            check_runs(connection, self.path)
            with translating(self.path):
                connection.execute(f"PRAGMA synchronous = {self._synchronous}")
                connection.execute(f"PRAGMA journal_size_limit = {WAL_BYTES_KEPT}")
                if self._pages_max is not None:
                    connection.execute(f"PRAGMA max_page_count = {self._pages_max}")
        except BaseException:
            connection.close()
            raise
        return connection

    def _serve(self) -> None:
        left: Batch | Job | None = None
        while (item := left or self._items.get()) is not None:
            if isinstance(item, Job):
                left = None
                self._attempt([item.reply], item)
                continue
            batches, left, ended = self._group(item)
            self._attempt([batch.reply for batch in batches], batches)
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
            _refuse(replies, error)
        except Exception as error:
            self._lost = JournalLostError(f"{self.path} could not be written: {error!r}; end this process and resume")
            self._lost.__cause__ = error
            _refuse(replies, self._lost)
        _tell(replies)

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
        key, seq, chain = state.key, state.events, state.chain
        rows: list[Row] = []
        for event, blob in zip(events, blobs, strict=True):
            row = event_row(key, seq, event.body, blob)
            chain = chained(chain, row)
            rows.append((key, seq, row, blob))
            seq += 1
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


def _refuse(replies: Sequence[Reply], error: JournalError) -> None:
    for reply in replies:
        # One exception for each: a traceback is added to it wherever it is raised.
        if reply.error is None:
            reply.error = error if len(replies) == 1 else _copy(error)


def _copy(error: JournalError) -> JournalError:
    copy = type(error).__new__(type(error))
    copy.args = error.args
    copy.__dict__.update(error.__dict__)
    copy.__cause__ = error.__cause__
    return copy


def _tell(replies: Sequence[Reply]) -> None:
    """Wake each loop once, however many of its futures are answered."""
    loops = {id(reply.loop): reply.loop for reply in replies}
    for key, loop in loops.items():
        mine = [reply for reply in replies if id(reply.loop) == key]
        # A loop that is closed has nobody left who waits.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(_tell_all, mine)


def _tell_all(replies: Sequence[Reply]) -> None:
    for reply in replies:
        reply.tell()
