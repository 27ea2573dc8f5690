"""The same work without an engine: an asyncio.Task a step, and a semaphore where there is a limit."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from braid.journal.codec import encode_event
from braid.machine.events import TaskSucceeded
from suite.shapes import LIMIT, Parents


async def noop() -> None:
    """Does nothing."""


async def tasks_in_turn(steps: int) -> None:
    """A chain."""
    create = asyncio.get_running_loop().create_task
    for _ in range(steps):
        await create(noop())


async def tasks_at_once(steps: int, limit: int = LIMIT) -> list[None]:
    """A fan-out; results in order."""
    semaphore = asyncio.Semaphore(limit)

    async def one() -> None:
        async with semaphore:
            await noop()

    create = asyncio.get_running_loop().create_task
    return list(await asyncio.gather(*[create(one()) for _ in range(steps)]))


async def chains_at_once(branches: int, steps: int, limit: int) -> None:
    """Some chains."""
    semaphore = asyncio.Semaphore(limit)

    async def one() -> None:
        async with semaphore:
            await tasks_in_turn(steps)

    create = asyncio.get_running_loop().create_task
    await asyncio.gather(*[create(one()) for _ in range(branches)])


async def sleeps_at_once(count: int, seconds: float, limit: int) -> None:
    """A fan-out of sleeps."""
    semaphore = asyncio.Semaphore(limit)

    async def one() -> None:
        async with semaphore:
            await asyncio.sleep(seconds)

    await asyncio.gather(*[asyncio.create_task(one()) for _ in range(count)])


async def tasks_of_graph(
    parents: Parents, limit: int = LIMIT, work: Callable[[str], Coroutine[Any, Any, None]] | None = None
) -> None:
    """Each task awaits those that it needs."""
    semaphore = asyncio.Semaphore(limit)
    made: dict[str, asyncio.Task[None]] = {}

    async def one(name: str, needs: Sequence[str]) -> None:
        for need in needs:
            await made[need]
        async with semaphore:
            await (noop() if work is None else work(name))

    create = asyncio.get_running_loop().create_task
    for name, needs in parents.items():
        made[name] = create(one(name, needs))
    await asyncio.gather(*made.values())


def bare_commits(folder: Path, durability: str, commits: int) -> None:
    """Transactions of one row of the size of a step's event, as synchronous as the journal's."""
    row = encode_event(
        TaskSucceeded(time=1.7e9, address="parallel-1/999/python-1", attempt=1, value=None, started=1.7e9)
    )
    with contextlib.closing(sqlite3.connect(folder / "bare.sqlite", isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(f"PRAGMA synchronous = {durability}")
        database.execute("CREATE TABLE events (seq INTEGER PRIMARY KEY, data BLOB)")
        for _ in range(commits):
            database.execute("BEGIN IMMEDIATE")
            database.execute("INSERT INTO events (data) VALUES (?)", (row,))
            database.execute("COMMIT")
    for path in folder.glob("bare.sqlite*"):
        path.unlink()
