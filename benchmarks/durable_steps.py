"""What a durable step costs, in bare SQLite commits of the same process and minutes, on the same disk.

    python benchmarks/durable_steps.py [--repetitions 7] [--steps 1000] [--folder DIR]

Sequential: a list of async no-op steps. Concurrent: one parallel block of them, 100 at once. Each runs with its journal
and without one, so that the journal's own share can be told from the engine's. A bare commit is one row of the size of
a step's event. The shapes are interleaved; figures are medians, and ratios are medians of the ratios within a round.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import shutil
import sqlite3
import statistics
import tempfile
import time
from pathlib import Path

import braid
from braid.journal.codec import encode_event
from braid.machine.events import TaskSucceeded

LIMIT = 100
STEP = 'python: {call: "noop:noop"}'
SHAPES = ("sequential", "concurrent")


def workflow(shape: str, steps: int) -> str:
    """The text of a file."""
    if shape == "sequential":
        return "\n".join(["name: sequential", "steps:", *(f"  - {STEP}" for _ in range(steps))])
    head = ["name: concurrent", "steps:", "  - parallel:", f"      max_concurrency: {LIMIT}", "      branches:"]
    return "\n".join([*head, *(f"        - [{{{STEP}}}]" for _ in range(steps))])


def bare_commit(folder: Path, durability: str, commits: int) -> float:
    """Seconds for each commit of one row, as synchronous as the journal's."""
    row = encode_event(
        TaskSucceeded(time=1.7e9, address="parallel-1/999/python-1", attempt=1, value=None, started=1.7e9)
    )
    with contextlib.closing(sqlite3.connect(folder / "bare.sqlite", isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(f"PRAGMA synchronous = {durability}")
        database.execute("CREATE TABLE events (seq INTEGER PRIMARY KEY, data BLOB)")
        began = time.perf_counter()
        for _ in range(commits):
            database.execute("BEGIN IMMEDIATE")
            database.execute("INSERT INTO events (data) VALUES (?)", (row,))
            database.execute("COMMIT")
        seconds = (time.perf_counter() - began) / commits
    for path in folder.glob("bare.sqlite*"):
        path.unlink()
    return seconds


def run(plan: braid.Plan, folder: Path, durability: str | None) -> float:
    """Seconds of a whole run, its start and its end included."""
    state = folder / "state"
    gc.collect()
    began = time.perf_counter()
    if durability is None:
        braid.run(plan, env={}, no_journal=True, raise_on_failure=True)
    else:
        braid.run(plan, env={}, state=state, durability=durability, raise_on_failure=True)
    seconds = time.perf_counter() - began
    shutil.rmtree(state, ignore_errors=True)
    return seconds


def measure(folder: Path, durability: str, steps: int, repetitions: int) -> dict[str, list[float]]:
    """Seconds for each commit or step, of each round."""
    (folder / "noop.py").write_text("async def noop():\n    pass\n")
    plans = {}
    for shape in SHAPES:
        path = folder / f"{shape}.braid.yaml"
        path.write_text(workflow(shape, steps))
        plans[shape] = braid.load(path)
        run(plans[shape], folder, None)  # imports and compiled code
    rounds: dict[str, list[float]] = {"bare": []}
    for _ in range(repetitions):
        rounds["bare"].append(bare_commit(folder, durability, steps))
        for shape in SHAPES:
            for name, kept in ((f"{shape} durable", durability), (f"{shape} in memory", None)):
                rounds.setdefault(name, []).append(run(plans[shape], folder, kept) / steps)
    return rounds


def show(durability: str, rounds: dict[str, list[float]]) -> None:
    """A line for each shape."""
    bare = rounds["bare"]
    print(f"{durability}: a bare commit takes {statistics.median(bare) * 1e6:.0f} µs")
    for shape in SHAPES:
        durable, memory = rounds[f"{shape} durable"], rounds[f"{shape} in memory"]
        whole = statistics.median(step / commit for step, commit in zip(durable, bare, strict=True))
        journal = statistics.median(
            (step - without) / commit for step, without, commit in zip(durable, memory, bare, strict=True)
        )
        print(
            f"  {shape:10}  {statistics.median(durable) * 1e6:6.0f} µs a step ({statistics.median(memory) * 1e6:.0f} "
            f"without a journal) = {whole:.2f} bare commits; its journal alone {journal:.2f}"
        )


def main() -> None:
    """Measure both durabilities."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--steps", type=int, default=1_000)
    parser.add_argument("--folder", type=Path, help="on the disk to measure; default: the folder for temporary files")
    options = parser.parse_args()
    for durability in ("full", "normal"):
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            show(durability, measure(Path(folder), durability, options.steps, options.repetitions))


if __name__ == "__main__":
    main()
