"""The journals of this process: runs of one state folder share one, and with it its writer's transactions."""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from braid.journal.errors import JournalError
from braid.journal.sqlite import Durability, SqliteJournal
from braid.journal.sqlite_file import FILE_NAME, translated_os
from braid.journal.state_folder import make_state_folder


class _Open(msgspec.Struct):
    journal: SqliteJournal
    users: int = 0


_open: dict[tuple[int, Path, Durability], _Open] = {}
_lock = threading.Lock()


@asynccontextmanager
async def journal_in(
    folder: Path, durability: Durability = Durability.FULL, *, create: bool = True
) -> AsyncIterator[SqliteJournal]:
    """The journal of a state folder; closed when the last of its users is done.

    Args:
        create: Whether to make what isn't there.

    Raises:
        JournalError: It can't be used.
    """
    # By process: a child that was forked has its parent's journals in here, and may not use them.
    key = (os.getpid(), _resolved(folder), durability)
    with _lock:
        shared = _open.get(key)
        if shared is None:
            shared = _open[key] = _Open(_opened(folder, durability, create))
        shared.users += 1
    try:
        yield shared.journal
    finally:
        with _lock:
            shared.users -= 1
            last = shared.users == 0
            if last:
                del _open[key]
        if last:
            await shared.journal.close()


def _resolved(folder: Path) -> Path:
    return Path(os.path.realpath(folder))


def _opened(folder: Path, durability: Durability, create: bool) -> SqliteJournal:
    if create:
        try:
            make_state_folder(folder)
        except OSError as error:
            problem: JournalError = translated_os(error, folder / FILE_NAME)
            raise problem from error
    return SqliteJournal(folder, durability=durability, create=create)
