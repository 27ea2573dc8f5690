"""Writes to a SQLite journal: a thread, which puts what came meanwhile into its next transaction together.

Where a commit costs less than going to that thread and back, the loop's own thread commits; see decision 0015.
"""

from __future__ import annotations

import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from braid.journal.blobs import BlobStore
from braid.journal.errors import (
    JournalError,
    JournalLockedError,
    JournalLostError,
)
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
from braid.journal.sqlite_runs import Batch, RunTable

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


class Job(msgspec.Struct, eq=False):
    """Anything else, in a transaction of its own. `work` is done inside it."""

    work: Callable[[RunTable], Result]
    reply: Reply = msgspec.field(default_factory=Reply)


class Writer:
    """Owns the connection that writes. `done`, `write_at_once` and `stop` are for the loops' threads, the rest is for
    whoever has the turn: the writer's own thread, or a loop that needn't wait for it.

    Args:
        at_once: Whether a commit waits for no disk, so that a loop may do it itself.
    """

    def __init__(self, path: Path, blobs: BlobStore, synchronous: str, bytes_max: int | None, at_once: bool) -> None:
        self._path = path
        self._runs = RunTable(path, blobs)
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
        if not self._at_once or len(self._runs.states) > AT_ONCE_RUNS_MAX:
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
            self._runs.connection = self._open()
        except (JournalError, OSError) as error:
            self._lost = error if isinstance(error, JournalError) else translated_os(error, self._path)
            self._serve()
        else:
            self._ready = True
            self._serve()
            # Closing the last connection also takes the write-ahead log into the file and deletes it.
            self._runs.connection.close()
        if self._stopped is not None:
            tell([self._stopped])

    def _open(self) -> sqlite3.Connection:
        connection = connect(self._path)
        try:
            if self._path.stat().st_size <= CHECKED_BYTES_MAX:
                check_pages(connection, self._path)
            check_runs(connection, self._path)
            with translating(self._path):
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
            set_patience(self._runs.connection, patient)
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
            self._lost = JournalLostError(f"{self._path} could not be written: {error!r}; end this process and resume")
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
        connection = self._runs.connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            result = work()
            connection.execute("COMMIT")
        except BaseException as error:
            self._roll_back()
            if isinstance(error, sqlite3.Error) and not isinstance(error, sqlite3.ProgrammingError):
                raise translated(error, self._path) from error
            raise
        return result

    def _roll_back(self) -> None:
        if self._runs.connection.in_transaction:
            # Where it fails, SQLite has rolled back by itself: https://sqlite.org/lang_transaction.html
            with contextlib.suppress(sqlite3.Error):
                self._runs.connection.execute("ROLLBACK")

    def _do(self, job: Job) -> Result:
        self._runs.after = []
        result = self._commit(lambda: job.work(self._runs))
        for act in self._runs.after:
            act()
        return result

    def _write(self, batches: Sequence[Batch]) -> None:
        ready = [(batch, blobs) for batch in batches if (blobs := self._runs.put_blobs(batch)) is not None]
        if ready:
            self._runs.states.update(self._commit(lambda: self._runs.enter(ready)))
