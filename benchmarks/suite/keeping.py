"""W7: what a durable step costs, in bare SQLite commits of the same process and minutes, on the same disk."""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from unittest import mock

import braid
from braid.journal.sqlite import Durability, SqliteJournal
from braid.machine.events import TaskSucceeded
from suite import floors, shapes
from suite.measuring import (
    Measure,
    Rounds,
    Row,
    Seconds,
    Target,
    at_most,
    interleaved,
    median,
    median_ratio,
    micro,
    timed,
    timed_each,
)
from suite.setting import Setting

COMMITS = {"full": 300, "normal": 1_000}
"""In a round, by durability: a disk may take milliseconds for each."""
COMMITS_A_STEP_OF_CHAIN_MAX = 1.5
COMMITS_A_STEP_MAX = 0.05
STEP_SECONDS_MAX = 70e-6
RUNS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Shape:
    """A workflow of async steps that do nothing."""

    name: str
    what: str
    text: str
    steps: int

    def targets(self, durability: str, ratio: float, seconds: float, commits: float) -> Iterator[Target]:
        """What its row is held to."""
        if self.name == "chain":
            yield at_most(ratio, COMMITS_A_STEP_OF_CHAIN_MAX, "≤ 1.5 raw commits a step")
        elif self.name != "grid":
            if durability == "full":
                yield at_most(seconds, STEP_SECONDS_MAX, "≤ 70 µs a step")
            yield at_most(commits, COMMITS_A_STEP_MAX, "≤ 0.05 commits a step")


SHAPES = (
    Shape("chain", "chain of 1,000", shapes.chain(1_000), 1_000),
    Shape("parallel", "parallel, 1,000 branches, limit 100", shapes.parallel(1_000), 1_000),
    Shape("grid", "100 branches × 10 steps, limit 10", shapes.parallel(100, 10, 10), 1_000),
    Shape("foreach", "foreach, 10,000 items, limit 100", shapes.foreach(10_000), 10_000),
)


def durable_steps(setting: Setting) -> Iterator[Row]:
    """Each shape at both durabilities, and with no journal, so that the journal's share can be told."""
    plans = {shape.name: setting.plan(f"durable-{shape.name}", shape.text) for shape in SHAPES}
    for plan in plans.values():
        setting.in_memory(plan)()
    for durability in ("full", "normal"):
        measures: dict[str, Measure] = {"bare": _bare(setting, durability)}
        for shape in SHAPES:
            plan = plans[shape.name]
            measures[shape.name] = _kept(setting, plan, durability, shape.steps)
            measures[f"{shape.name} in memory"] = timed_each(setting.in_memory(plan), shape.steps)
        rounds = interleaved(measures, setting.repetitions)
        for shape in SHAPES:
            commits = commits_of(setting.journaled(plans[shape.name], durability)) / shape.steps
            setting.forget()
            yield _row(shape, durability, rounds, commits, setting.repetitions)


def _bare(setting: Setting, durability: str) -> Measure:
    commits = COMMITS[durability]
    return timed_each(lambda: floors.bare_commits(setting.folder, durability, commits), commits)


def _kept(setting: Setting, plan: braid.Plan, durability: str, steps: int) -> Measure:
    run = setting.journaled(plan, durability)

    def measure() -> Seconds:
        seconds = timed(run).each(steps)
        setting.forget()
        return seconds

    return measure


def _row(shape: Shape, durability: str, rounds: Rounds, commits: float, repetitions: int) -> Row:
    steps, bare, memory = rounds[shape.name], rounds["bare"], rounds[f"{shape.name} in memory"]
    seconds, ratio = median(steps), median_ratio(steps, bare)
    share = statistics.median(
        (kept.wall - without.wall) / commit.wall for kept, without, commit in zip(steps, memory, bare, strict=True)
    )
    return Row(
        workload="W7",
        what=f"{shape.what}, journal at `{durability}`",
        ratio=ratio,
        figure=f"{micro(seconds)} a step ({micro(median(memory))} without a journal, whose share is {share:.2f} "
        f"raw commits); {commits:.4f} commits a step",
        floor=f"{micro(median(bare))}: a raw commit",
        repetitions=repetitions,
        targets=list(shape.targets(durability, ratio, seconds, commits)),
    )


def commits_of(work: Callable[[], object]) -> int:
    """How many transactions of SQLite a piece of work commits, whoever begins them."""
    commits = 0
    connect = sqlite3.connect

    def note(statement: str) -> None:
        nonlocal commits
        commits += statement.lstrip().upper().startswith("COMMIT")

    # Whatever `sqlite3.connect` takes.
    def counted(*given: Any, **named: Any) -> sqlite3.Connection:
        connection = connect(*given, **named)
        connection.set_trace_callback(note)
        return connection

    with mock.patch("sqlite3.connect", counted):
        work()
    return commits


def appends(setting: Setting) -> Iterator[Row]:
    """The journal alone: one event an append, of one run and of many at once."""
    for durability in Durability:
        measures: dict[str, Measure] = {
            "bare": _bare(setting, durability.value),
            "one run": _appended(setting, durability, 1, COMMITS[durability.value]),
            f"{RUNS_AT_ONCE} runs at once": _appended(setting, durability, RUNS_AT_ONCE, 5_000),
        }
        rounds = interleaved(measures, setting.repetitions)
        bare = rounds["bare"]
        for name, seconds in rounds.items():
            if seconds is bare:
                continue
            yield Row(
                workload="W7",
                what=f"appends alone, {name}, journal at `{durability.value}`",
                ratio=median_ratio(seconds, bare),
                figure=f"{micro(median(seconds))} an event",
                floor=f"{micro(median(bare))}: a raw commit",
                repetitions=setting.repetitions,
            )


def _appended(setting: Setting, durability: Durability, runs: int, events: int) -> Measure:
    async def append_all(journal: SqliteJournal) -> None:
        async def one(run_id: str) -> None:
            for number in range(events // runs):
                await journal.append(run_id, [_event(number)])

        await asyncio.gather(*(one(f"run-{number}") for number in range(runs)))

    async def main() -> Seconds:
        setting.state.mkdir()
        journal = SqliteJournal(setting.state, durability=durability)
        await journal.append("first", [_event(0)])
        began = time.perf_counter()
        await append_all(journal)
        seconds = Seconds(time.perf_counter() - began)
        await journal.close()
        return seconds.each(events)

    def measure() -> Seconds:
        seconds = asyncio.run(main())
        setting.forget()
        return seconds

    return measure


def _event(number: int) -> TaskSucceeded:
    return TaskSucceeded(
        time=1.7e9 + number, address=f"parallel-1/{number}/python-1", attempt=1, value=None, started=1.7e9
    )
