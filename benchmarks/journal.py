"""What an append costs: in commits of bare SQLite in the same process, on the same disk.

    python benchmarks/journal.py [--appends 500] [--folder DIR]

Sequential: one run, one event at a time. Concurrent: 200 runs at once. A bare commit is one row of the same size in a
table of the same shape, with the same settings. The shapes are interleaved in rounds, so that a slow moment of the
machine hits all of them; figures are medians of the rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sqlite3
import statistics
import tempfile
import time
from pathlib import Path

from braid.journal.codec import encode_event
from braid.journal.sqlite import Durability, SqliteJournal
from braid.machine.events import TaskSucceeded

ROUNDS = 5
CONCURRENT_RUNS = 200


def event(number: int) -> TaskSucceeded:
    """The answer of a step that did nothing."""
    return TaskSucceeded(
        time=1_764_000_000.5 + number,
        address=f"gather/weather/forecasts/{number}/forecast",
        attempt=1,
        value=None,
        started=1_764_000_000.25 + number,
    )


def bare(folder: Path, durability: Durability, appends: int, offset: int) -> float:
    """Seconds for each commit of one row."""
    with contextlib.closing(sqlite3.connect(folder / "bare.sqlite", isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(f"PRAGMA synchronous = {durability.name}")
        database.execute(
            "CREATE TABLE IF NOT EXISTS events "
            "(run INTEGER, seq INTEGER, data BLOB, PRIMARY KEY (run, seq)) WITHOUT ROWID"
        )
        began = time.perf_counter()
        for number in range(offset, offset + appends):
            database.execute("BEGIN IMMEDIATE")
            database.execute("INSERT INTO events VALUES (1, ?, ?)", (number, encode_event(event(number))))
            database.execute("COMMIT")
        return (time.perf_counter() - began) / appends


async def sequential(journal: SqliteJournal, appends: int, offset: int) -> float:
    """Seconds for each append of one run."""
    await journal.append("sequential", [event(-1)])
    began = time.perf_counter()
    for number in range(offset, offset + appends):
        await journal.append("sequential", [event(number)])
    return (time.perf_counter() - began) / appends


async def concurrent(journal: SqliteJournal, appends: int, offset: int) -> float:
    """Seconds for each append, 200 runs at once."""
    each = max(1, appends // 20)

    async def run(name: str) -> None:
        for number in range(offset, offset + each):
            await journal.append(name, [event(number)])

    began = time.perf_counter()
    await asyncio.gather(*(run(f"run-{number}") for number in range(CONCURRENT_RUNS)))
    return (time.perf_counter() - began) / (each * CONCURRENT_RUNS)


async def measure(folder: Path, durability: Durability, appends: int) -> dict[str, float]:
    """Medians, in seconds."""
    journal = SqliteJournal(folder, durability=durability)
    rounds: dict[str, list[float]] = {"bare": [], "sequential": [], "concurrent": []}
    for offset in range(0, ROUNDS * appends, appends):
        rounds["bare"].append(bare(folder, durability, appends, offset))
        rounds["sequential"].append(await sequential(journal, appends, offset))
        rounds["concurrent"].append(await concurrent(journal, appends, offset))
    await journal.close()
    return {name: statistics.median(seconds) for name, seconds in rounds.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--appends", type=int, default=500, help="in each round")
    parser.add_argument("--folder", type=Path, help="on the disk to measure; default: the folder for temporary files")
    options = parser.parse_args()
    print(f"{'durability':10}  {'bare commit':>12}  {'sequential append':>24}  {'concurrent append':>24}")
    for durability in Durability:
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            found = asyncio.run(measure(Path(folder), durability, options.appends))
        cells = [f"{found['bare'] * 1e6:9.0f} µs"]
        for name in ("sequential", "concurrent"):
            cells.append(f"{found[name] * 1e6:9.0f} µs = {found[name] / found['bare']:4.2f} bare")
        print(f"{durability.value:10}  {cells[0]:>12}  {cells[1]:>24}  {cells[2]:>24}")


if __name__ == "__main__":
    main()
