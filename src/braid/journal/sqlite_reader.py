"""Reading a SQLite journal: short transactions, so that no reader holds up a writer, and nothing believed unchecked."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from braid.journal.blobs import BlobStore
from braid.journal.codec import CodecError, decode_value
from braid.journal.errors import JournalCorruptError
from braid.journal.owner import Owner
from braid.journal.records import RunEnding, RunHead, RunRecord, WorkflowFile
from braid.journal.sqlite_file import check_runs, connect, found_by, translated, translating
from braid.journal.sqlite_rows import FileReference, HeadRow, Reading, RowError, read_one, unsealed
from braid.machine.events import Event, RunEdited

PAGE_ROWS: Final = 256
"""Events read at once: with large values inline, 16 MiB."""
PROBLEMS_MAX: Final = 10
_COLUMNS: Final = "key, id, events, chain, head, owner, ending"

Row = tuple[Any, ...]  # whatever stands in a file that may be damaged


class RunHealth(msgspec.Struct, frozen=True):
    """How much of a run can be read. `problem` is "" when all of it can."""

    id: str
    events: int
    readable: int
    problem: str


class JournalHealth(msgspec.Struct, frozen=True):
    """What is wrong with a journal as a whole, in words, and what can be read of each run."""

    problems: tuple[str, ...]
    runs: tuple[RunHealth, ...]

    @property
    def whole(self) -> bool:
        return not self.problems and not any(run.problem for run in self.runs)


class Reader:
    """Reads with connections of its own, one for each call; for any thread."""

    def __init__(self, path: Path, blobs: BlobStore) -> None:
        self._path = path
        self._blobs = blobs

    def events(self, run_id: str) -> Iterator[Event]:
        """See `Journal.events`."""
        with contextlib.closing(connect(self._path)) as connection:
            row = self._row(connection, run_id)
            if row is None:
                return
            key, _, count, chain, *_ = row
            reading = Reading(key, self._blobs)
            problem = ""
            try:
                while reading.seq < count and not reading.damage:
                    yield from self._page(connection, key, count, reading)
            except sqlite3.Error as error:
                problem = str(translated(error, self._path))
            else:
                problem = reading.damage
                if not problem and reading.chain != chain:
                    problem = "the events together aren't what was written"
            if problem:
                raise self._damaged(run_id, reading.seq, count, problem)

    def last_edit(self, run_id: str) -> tuple[int, RunEdited] | None:
        """See `Journal.last_edit`."""
        with contextlib.closing(connect(self._path)) as connection:
            row = self._row(connection, run_id)
            if row is None:
                return None
            key, _, count, *_ = row
            with translating(self._path):
                # Of the events that are written in version 2 of the encoding: one in a run that was never edited nor
                # reuses another. SQLite looks at 100,000 rows in 25 ms, which takes 150 to read.
                rows = connection.execute(
                    "SELECT seq, data, blob FROM events WHERE run = ? AND seq < ? AND substr(data, 5, 1) = x'02' "
                    "ORDER BY seq DESC",
                    (key, count),
                )
                for found in rows:
                    try:
                        event = read_one(key, found[0], found, self._blobs)
                    except RowError as error:
                        raise self._damaged(run_id, found[0], count, str(error)) from error
                    if isinstance(event, RunEdited):
                        return found[0], event
        return None

    def runs(self) -> Iterator[RunRecord]:
        """See `Journal.runs`."""
        with contextlib.closing(connect(self._path)) as connection, translating(self._path):
            # A page that lost its rows looks like one that has none.
            check_runs(connection, self._path)
            rows = connection.execute(f"SELECT {_COLUMNS} FROM runs ORDER BY key DESC").fetchall()
        damaged: list[JournalCorruptError] = []
        for row in rows:
            try:
                record = self._record(row)
            except JournalCorruptError as error:
                damaged.append(error)
                continue
            yield record
        if damaged:
            more = f" (and {len(damaged) - 1} more)" if len(damaged) > 1 else ""
            raise JournalCorruptError(f"{damaged[0]}{more}", damaged[0].run_id) from damaged[0]

    def run(self, run_id: str) -> RunRecord | None:
        """See `Journal.run`."""
        with contextlib.closing(connect(self._path)) as connection:
            row = self._row(connection, run_id)
        return None if row is None else self._record(row)

    def head(self, run_id: str) -> RunHead | None:
        """See `Journal.head`."""
        with contextlib.closing(connect(self._path)) as connection:
            row = self._row(connection, run_id)
            if row is None:
                return None
            try:
                head = unsealed(row[4], HeadRow)
                files = tuple(self._file(connection, reference) for reference in head.files)
                notes = decode_value(head.notes) if head.notes else {}
            except (RowError, CodecError) as error:
                raise self._unreadable(run_id, str(error)) from error
        return RunHead(id=head.id, workflow=head.workflow, started=head.started, files=files, notes=notes)

    def check(self) -> JournalHealth:
        """Read all there is. Takes about a second for each 100 MiB."""
        with contextlib.closing(connect(self._path)) as connection, translating(self._path):
            problems = found_by(connection, f"integrity_check({PROBLEMS_MAX})")
            try:
                ids = [str(row[0]) for row in connection.execute("SELECT id FROM runs ORDER BY key")]
            except sqlite3.Error as error:
                return JournalHealth((*problems, str(error)), ())
        return JournalHealth(tuple(problems), tuple(self._health(run_id) for run_id in ids))

    def _health(self, run_id: str) -> RunHealth:
        events = readable = 0
        try:
            record = self.run(run_id)
            events = record.events if record is not None else 0
            for _ in self.events(run_id):
                readable += 1
            self.head(run_id)
        except JournalCorruptError as error:
            return RunHealth(run_id, events, readable, str(error))
        return RunHealth(run_id, events, readable, "" if record is not None else "its row can't be found by its id")

    def _row(self, connection: sqlite3.Connection, run_id: str) -> Row | None:
        with translating(self._path):
            row: Row | None = connection.execute(f"SELECT {_COLUMNS} FROM runs WHERE id = ?", (run_id,)).fetchone()
        if row is None:
            # A run whose id is damaged isn't an unknown one.
            check_runs(connection, self._path)
            return None
        self._check_numbers(row)
        return row

    def _check_numbers(self, row: Row) -> None:
        if not all(isinstance(number, int) for number in (row[0], row[2], row[3])):
            raise self._unreadable(str(row[1]), "its numbers aren't what was written")

    def _page(self, connection: sqlite3.Connection, key: int, count: int, reading: Reading) -> list[Event]:
        rows = connection.execute(
            "SELECT seq, data, blob FROM events WHERE run = ? AND seq >= ? AND seq < ? ORDER BY seq LIMIT ?",
            (key, reading.seq, count, PAGE_ROWS),
        ).fetchall()
        if not rows:
            reading.damage = "it is missing"
        return reading.read(rows)

    def _record(self, row: Row) -> RunRecord:
        run_id = str(row[1])
        self._check_numbers(row)
        try:
            head = unsealed(row[4], HeadRow)
            owner = None if row[5] is None else unsealed(row[5], Owner)
            ending = None if row[6] is None else unsealed(row[6], RunEnding)
        except RowError as error:
            raise self._unreadable(run_id, str(error)) from error
        if head.id != run_id:
            raise self._unreadable(run_id, f"it was written as `{head.id}`")
        return RunRecord(
            id=run_id, workflow=head.workflow, started=head.started, ending=ending, owner=owner, events=row[2]
        )

    def _file(self, connection: sqlite3.Connection, found: FileReference) -> WorkflowFile:
        with translating(self._path):
            row = connection.execute("SELECT text FROM sources WHERE digest = ?", (found.digest,)).fetchone()
        text = row[0] if row is not None and isinstance(row[0], str) else ""
        file = WorkflowFile(found.name, found.folder, text, found.path)
        if row is None or file.digest != found.digest.hex():
            raise RowError(f"the text of {found.name} {'is missing' if row is None else 'is not what was written'}")
        return file

    def _unreadable(self, run_id: str, problem: str) -> JournalCorruptError:
        return JournalCorruptError(f"run `{run_id}` in {self._path} can't be read: {problem}", run_id)

    def _damaged(self, run_id: str, seq: int, count: int, problem: str) -> JournalCorruptError:
        can = "none can be read" if seq == 0 else f"the {seq:,} before it can be read"
        which = f"event {seq + 1:,} of {count:,}" if seq < count else "the list of events"
        return JournalCorruptError(
            f"run `{run_id}` in {self._path} is damaged at {which}: {problem}; {can}", run_id, seq
        )
