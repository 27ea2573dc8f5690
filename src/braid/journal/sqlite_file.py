"""The file of the SQLite journal: its tables, how it comes to be, how it is opened, and what its errors mean."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from braid.journal.blobs import sync_folder
from braid.journal.errors import (
    JournalAccessError,
    JournalCorruptError,
    JournalError,
    JournalFullError,
    JournalLockedError,
    JournalLostError,
    JournalVersionError,
)
from braid.journal.owner import exists

FILE_NAME: Final = "journal.sqlite"
APPLICATION_ID: Final = 0x42524149
"""`BRAI`, in the header of the file: see https://sqlite.org/fileformat2.html#application_id."""
BUSY_SECONDS: Final = 15.0
"""How long another writer may hold the journal before this one gives up."""
PAGE_BYTES: Final = 2_048
"""Of a new journal. A commit writes whole pages, mostly two: with SQLite's 4,096 a step of a chain at `normal` takes
150 µs instead of 130, and a value of 2,000 bytes takes 4.7 KB of the file instead of 2.4.
"""
WAL_BYTES_KEPT: Final = 16 << 20
CHECKPOINT_PAGES: Final = 4_000
"""With so many pages in it, the write-ahead log is taken into the file. With SQLite's 1,000 the disk is waited for four
times as often.
"""

_TABLES = """
CREATE TABLE runs (
  key    INTEGER PRIMARY KEY,
  id     TEXT NOT NULL UNIQUE,
  events INTEGER NOT NULL,
  chain  INTEGER NOT NULL,
  head   BLOB NOT NULL,
  owner  BLOB,
  ending BLOB
);
CREATE TABLE events (
  run  INTEGER NOT NULL,
  seq  INTEGER NOT NULL,
  data BLOB NOT NULL,
  blob BLOB,
  PRIMARY KEY (run, seq)
) WITHOUT ROWID;
CREATE INDEX events_blob ON events (blob) WHERE blob IS NOT NULL;
CREATE TABLE sources (
  digest BLOB PRIMARY KEY,
  text   TEXT NOT NULL
) WITHOUT ROWID;
"""

Migration = Callable[[sqlite3.Connection], None]
MIGRATIONS: Final[dict[int, Migration]] = {}
"""From a version to the next one; each runs inside a transaction. Never changed once released."""
SCHEMA_VERSION: Final = 1

_FULL_CODES = (
    sqlite3.SQLITE_IOERR_WRITE,  # over quota, or over the limit of the file's size: SQLite calls only ENOSPC "full"
    sqlite3.SQLITE_IOERR_SHMSIZE,
)
_CUT_CODES = (sqlite3.SQLITE_IOERR_SHORT_READ, sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_CORRUPTFS)
_LOG_FIELDS: Final = slice(18, 20)
"""In the header of the file; 2 stands for a write-ahead log."""
_PAGE_SIZE_FIELD: Final = slice(16, 18)
"""In the header of the file; 1 stands for 65,536: see https://sqlite.org/fileformat2.html#page_size."""
_NEW: Final = ".new"
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def prepare(path: Path, version: int = SCHEMA_VERSION, migrations: dict[int, Migration] = MIGRATIONS) -> None:
    """See to it that there is a journal of this version.

    Raises:
        JournalError: Any of its kinds, but for those of runs.
    """
    try:
        _sweep(path)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                made = _create(path)
            except FileNotFoundError:
                # Swept by a process that can't see this one: in another container, say.
                made = _create(path)
            if made and version == SCHEMA_VERSION:
                return
    except OSError as error:
        raise translated_os(error, path) from error
    with contextlib.closing(connect(path, at_most=version)) as connection, translating(path):
        found = _version(connection)
        if found == version:
            return
        connection.execute("BEGIN IMMEDIATE")
        for step in range(_version(connection), version):
            migrations[step](connection)
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("COMMIT")


def connect(path: Path, *, at_most: int = SCHEMA_VERSION) -> sqlite3.Connection:
    """A connection to a journal that is there, of a version of at most this one.

    Raises:
        JournalError: Any of its kinds, but for those of runs.
    """
    with translating(path):
        _look_at(path)
        try:
            connection = _connect(path, "rw")
        except sqlite3.OperationalError:
            # In a folder that can't be written to, SQLite can't open a journal with a write-ahead log, though it is
            # empty: https://sqlite.org/wal.html#read_only_databases
            if not _is_read_only(path) or _holds_something(path.with_name(f"{path.name}-wal")):
                raise
            connection = _connect(path, "ro&immutable=1")
        try:
            found = _version(connection)
            if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
                raise JournalVersionError(f"{path} is a database, but no journal of Braid; use another state folder")
            if found > at_most:
                raise JournalVersionError(
                    f"{path} was written by a later Braid: its version is {found}, this Braid knows {at_most}; "
                    "use that Braid, or another state folder"
                )
        except BaseException:
            connection.close()
            raise
        return connection


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        # A damaged cell is told, not followed out of its page.
        connection.execute("PRAGMA cell_size_check = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def set_patience(connection: sqlite3.Connection, patient: bool) -> None:
    """Whether a connection may take its time: wait for other writers, and take the write-ahead log into the file."""
    connection.execute(f"PRAGMA busy_timeout = {round(BUSY_SECONDS * 1_000) if patient else 0}")
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES if patient else 0}")


def _create(path: Path) -> bool:
    """Make an empty journal under another name first: a journal is there wholly or not at all.

    Returns:
        Whether it has its name: false where another process made one at the same time.
    """
    new = path.with_name(f"{_new_names(path)}{os.getpid()}{_NEW}")
    with translating(path):
        content = _empty()
    try:
        with new.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        named = _name(new, path)
        sync_folder(path.parent)
        return named
    finally:
        new.unlink(missing_ok=True)


def _empty() -> bytes:
    """The file of an empty journal.

    Made in memory: SQLite itself would wait for the disk five times, and make and delete a log (4 ms instead of 1).
    """
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.executescript(_TABLES)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        for step in range(1, SCHEMA_VERSION):
            MIGRATIONS[step](connection)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        content = bytearray(connection.serialize())
    content[_LOG_FIELDS] = bytes((2, 2))
    return bytes(content)


def _new_names(path: Path) -> str:
    return f".{path.name}."


def _name(new: Path, path: Path) -> bool:
    # Unlike a rename, a link doesn't replace the journal that another process made at the same time.
    try:
        os.link(new, path)
    except FileExistsError:
        return False
    except FileNotFoundError:
        raise
    except OSError:
        # Some file systems know no links.
        new.rename(path)
    return True


def _sweep(path: Path) -> None:
    """Delete what a process left that was killed while it made a journal."""
    start = _new_names(path)
    with contextlib.suppress(OSError):
        for name in os.listdir(path.parent):
            if name.startswith(start) and _NEW in name and not _lives(name[len(start) :].partition(".")[0]):
                path.with_name(name).unlink(missing_ok=True)


def _lives(process: str) -> bool:
    return not process.isdecimal() or exists(int(process))


def _look_at(path: Path) -> None:
    """Tell in words what SQLite would tell by number, or not at all.

    Raises:
        JournalError: There is no file that could be a journal.
    """
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder", str(path))
        with path.open("rb") as file:
            start = file.read(_PAGE_SIZE_FIELD.stop)
    except OSError as error:
        raise translated_os(error, path) from error
    # SQLite takes an empty file for a new database; ours are never empty, see `_create`.
    if size == 0 or not start.startswith(b"SQLite format 3\0"):
        what = "it is empty" if size == 0 else "it doesn't begin like a database"
        raise _corrupt(path, what)
    # SQLite takes a page that is there by a part for one that ends in zeros. While there is a write-ahead log, such a
    # page may be one that found no room; the log has it then.
    page_bytes = int.from_bytes(start[_PAGE_SIZE_FIELD], "big")
    if page_bytes > 1 and size % page_bytes and not _holds_something(path.with_name(f"{path.name}-wal")):
        raise _corrupt(path, "its end is missing")


def check_pages(connection: sqlite3.Connection, path: Path) -> None:
    """See that each page of the file is where it belongs; about a second for each GiB.

    Raises:
        JournalCorruptError: One isn't.
    """
    _check(connection, path, "quick_check(1)")


def check_runs(connection: sqlite3.Connection, path: Path) -> None:
    """See that the list of runs is whole, and that each can be found by its id.

    Raises:
        JournalCorruptError: It isn't.
    """
    _check(connection, path, "integrity_check(runs)")


def _check(connection: sqlite3.Connection, path: Path, pragma: str) -> None:
    with translating(path):
        problems = found_by(connection, pragma)
    if problems:
        raise _corrupt(path, problems[0])


def found_by(connection: sqlite3.Connection, pragma: str) -> list[str]:
    """What SQLite finds wrong: see https://sqlite.org/pragma.html#pragma_integrity_check."""
    found = connection.execute(f"PRAGMA {pragma}").fetchall()
    return [] if found == [("ok",)] else [" ".join(str(row[0]).split()) for row in found]


def _version(connection: sqlite3.Connection) -> int:
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return found


def _is_read_only(path: Path) -> bool:
    unwritable = not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK)
    return unwritable or bool(os.statvfs(path).f_flag & os.ST_RDONLY)


def _holds_something(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


@contextlib.contextmanager
def translating(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into a journal's."""
    try:
        yield
    except sqlite3.ProgrammingError:
        # Ours, not the file's.
        raise
    except sqlite3.Error as error:
        raise translated(error, path) from error


def translated(error: sqlite3.Error, path: Path) -> JournalError:
    """A journal's error for one of SQLite's."""
    extended: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    code = extended & 0xFF
    if code == sqlite3.SQLITE_FULL or extended in _FULL_CODES:
        return JournalFullError(f"there is no room to write to {path}; make some, and try again")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return JournalLockedError(f"another process kept {path} locked for more than {BUSY_SECONDS:g} seconds")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH, sqlite3.SQLITE_CANTOPEN):
        return JournalAccessError(f"{path} can't be used: {error}; give write permission, or use another state folder")
    if code == sqlite3.SQLITE_IOERR and extended not in _CUT_CODES:
        return JournalLostError(
            f"the disk failed while {path} was used ({getattr(error, 'sqlite_errorname', error)}); "
            "end this process and resume the run"
        )
    # The schema itself may be what is damaged: then tables and columns are missing, or hold what they can't.
    return _corrupt(path, str(error))


def translated_os(error: OSError, path: Path) -> JournalError:
    """A journal's error for one of the operating system's."""
    if error.errno in _NO_ROOM:
        return JournalFullError(f"there is no room to write beside {path}; make some, and try again")
    if error.errno == errno.EIO:
        return JournalLostError(f"the disk failed while {path} was used; end this process and resume the run")
    if error.errno == errno.ENOENT:
        return JournalAccessError(f"there is no journal at {path}")
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return JournalAccessError(f"{path.parent} isn't a folder; use another state folder")
    reason = error.strerror or str(error)
    return JournalAccessError(f"{path} can't be used: {reason}; give permission, or use another state folder")


def _corrupt(path: Path, problem: str) -> JournalCorruptError:
    return JournalCorruptError(
        f"{path} is damaged: {problem}; keep a copy, and move it away to begin a new one "
        f"(`sqlite3 {path.name} .recover` may get more out of it)"
    )
