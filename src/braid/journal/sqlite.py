"""The journal in a SQLite database, with large values in files beside it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path

from braid.journal.blobs import BlobStore
from braid.journal.errors import (
    JournalAccessError,
    JournalCorruptError,
    JournalError,
    RunExistsError,
    RunOwnedError,
    RunUnknownError,
)
from braid.journal.mailbox import Mailbox
from braid.journal.owner import Owner
from braid.journal.records import Request, RunEnding, RunHead, RunRecord
from braid.journal.sqlite_file import FILE_NAME, prepare, translated_os
from braid.journal.sqlite_reader import JournalHealth, Reader
from braid.journal.sqlite_rows import RowError, encode, head_row, sealed
from braid.journal.sqlite_runs import Batch, RunState, RunTable
from braid.journal.sqlite_writer import Job, Writer
from braid.machine.events import Event, RunEdited


class Durability(StrEnum):
    """What an event survives once its append has returned; the file stays whole either way."""

    FULL = "full"
    """A power cut."""
    NORMAL = "normal"
    """The death of the process, not a power cut: that may take the last events of a run."""


class SqliteJournal:
    """A journal that many processes of one machine may use at once. Its methods are for any thread and loop.

    `journal.sqlite` in the folder is the database, `blobs/` holds values over 64 KiB, `requests/` what other processes
    ask of those that run a run. The folder must be on a disk of
    this machine: SQLite's write-ahead log doesn't work over a network.

    Args:
        folder: Where the files are; made when needed.
        durability: What an event survives once its append has returned.
        create: Whether to make a journal where there is none.
        bytes_max: The database may not grow beyond this; `JournalFullError` then.

    Raises:
        JournalAccessError: The folder can't be used, or `create` is false and there is no journal.
        JournalVersionError: A later Braid wrote it.
        JournalCorruptError: It is no database any more.
        JournalLockedError: Another process kept it locked for 15 seconds.
        JournalFullError: There is no room to make it.
    """

    def __init__(
        self,
        folder: Path,
        *,
        durability: Durability = Durability.FULL,
        create: bool = True,
        bytes_max: int | None = None,
    ) -> None:
        self.path = folder / FILE_NAME
        self._blobs = BlobStore(folder / "blobs")
        self._mailbox = Mailbox(folder / "requests")
        self._durability = durability
        # At `full` a commit waits for the disk, and the loop must not.
        self._at_once = durability is Durability.NORMAL
        self._bytes_max = bytes_max
        self._process = os.getpid()
        self._writer: Writer | None = None
        self._lock = threading.Lock()
        self._closed = False
        if not create and not self.path.exists():
            raise JournalAccessError(f"there is no journal in {folder}")
        prepare(self.path)
        self._reader = Reader(self.path, self._blobs)

    async def begin(self, head: RunHead, owner: Owner, events: Sequence[Event] = ()) -> None:
        row, claim = sealed(head_row(head)), sealed(owner)
        encoded = [encode(event) for event in events]
        texts = [(bytes.fromhex(file.digest), file.text) for file in head.files]

        def work(runs: RunTable) -> None:
            if runs.connection.execute("SELECT 1 FROM runs WHERE id = ?", (head.id,)).fetchone():
                raise RunExistsError(head.id)
            runs.connection.executemany("INSERT OR IGNORE INTO sources (digest, text) VALUES (?, ?)", texts)
            state = runs.added(head.id, runs.make(head.id, row, claim), encoded)
            runs.after.append(lambda: runs.states.update({head.id: state}))

        await self._do(work)

    async def append(self, run_id: str, events: Sequence[Event]) -> None:
        if not events:
            return
        batch, writer = Batch(run_id, events[0], [encode(event) for event in events]), self._writing()
        if not writer.write_at_once(batch):
            await writer.done(batch)

    def append_now(self, run_id: str, events: Sequence[Event]) -> bool:
        if not self._at_once or not events:
            return False
        try:
            batch = Batch(run_id, events[0], [encode(event) for event in events])
            return self._writing().write_at_once(batch)
        except JournalError:
            # Nothing was written, or never will be again: `append` tells.
            return False

    async def claim(self, run_id: str, owner: Owner, *, take: bool = False) -> None:
        claim = sealed(owner)

        def work(runs: RunTable) -> None:
            holder = runs.owner(run_id)
            if holder not in (None, owner) and not take and holder.alive() is not False:
                raise RunOwnedError(run_id, holder)
            connection = runs.connection
            connection.execute("UPDATE runs SET owner = ?, ending = NULL WHERE id = ?", (claim, run_id))
            key, events, chain = connection.execute(
                "SELECT key, events, chain FROM runs WHERE id = ?", (run_id,)
            ).fetchone()
            runs.after.append(lambda: runs.states.update({run_id: RunState(key, events, chain, claim)}))

        await self._do(work)

    async def release(self, run_id: str, owner: Owner, ending: RunEnding) -> None:
        row = sealed(ending)

        def work(runs: RunTable) -> None:
            holder = runs.owner(run_id)
            if holder != owner:
                raise RunOwnedError(run_id, holder)
            runs.connection.execute("UPDATE runs SET owner = NULL, ending = ? WHERE id = ?", (row, run_id))
            runs.after.append(lambda: runs.drop([run_id]))

        await self._do(work)

    async def forget(self, run_ids: Sequence[str]) -> None:
        from braid.journal.sqlite_forget import delete_runs, sweep

        await self._do(lambda runs: delete_runs(runs, run_ids))
        await self._do(sweep)
        self._mailbox.forget(run_ids)

    async def ask(self, run_id: str, request: Request) -> None:
        if self._reader.run(run_id) is None:
            raise RunUnknownError(run_id)
        try:
            self._mailbox.put(run_id, request)
        except OSError as error:
            raise translated_os(error, self.path) from error

    def asked(self, run_id: str) -> Sequence[Request]:
        return self._mailbox.waiting(run_id)

    def answered(self, run_id: str, request: Request) -> None:
        self._mailbox.drop(run_id, request)

    def events(self, run_id: str) -> Iterator[Event]:
        return self._reader.events(run_id)

    def last_edit(self, run_id: str) -> tuple[int, RunEdited] | None:
        return self._reader.last_edit(run_id)

    def runs(self) -> Iterable[RunRecord]:
        return self._reader.runs()

    def run(self, run_id: str) -> RunRecord | None:
        return self._reader.run(run_id)

    def head(self, run_id: str) -> RunHead | None:
        return self._reader.head(run_id)

    def check(self) -> JournalHealth:
        """Read all there is and say what is damaged. Takes about a second for each 100 MiB.

        Raises:
            JournalCorruptError: It is no database any more.
        """
        return self._reader.check()

    async def close(self) -> None:
        self._closed = True
        if self._process != os.getpid():
            # The thread and the connection are the parent's: a child that closed the file would break its locks.
            return
        with self._lock:
            writer, self._writer = self._writer, None
        if writer is not None:
            await writer.stop()

    async def _do(self, work: Callable[[RunTable], None]) -> None:
        def checked(runs: RunTable) -> None:
            try:
                work(runs)
            except RowError as error:
                raise JournalCorruptError(f"a run in {self.path} can't be read: {error}") from error

        await self._writing().done(Job(checked))

    def _writing(self) -> Writer:
        """The writer, started when the first thing is to be written: who only reads needs no thread."""
        assert not self._closed, "wrote to a closed journal"
        if self._process != os.getpid():
            raise JournalAccessError(f"{self.path} was opened by the parent of this process; open it again here")
        if self._writer is not None:
            return self._writer
        with self._lock:
            if self._writer is None:
                self._writer = Writer(
                    self.path,
                    self._blobs,
                    self._durability.name,
                    self._bytes_max,
                    at_once=self._at_once,
                )
            return self._writer
