"""Rounds in which everything is measured once, so that a slow moment of the machine hits all of it."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Seconds:
    """Of the wall and of this process's processor time."""

    wall: float
    processor: float = 0.0

    def each(self, count: int) -> Seconds:
        """For one of so many."""
        return Seconds(self.wall / count, self.processor / count)


Measure = Callable[[], Seconds]
Rounds = Mapping[str, Sequence[Seconds]]


def timed(work: Callable[[], object]) -> Seconds:
    """One call; what earlier ones left behind is collected before."""
    gc.collect()
    processor, wall = time.process_time(), time.perf_counter()
    work()
    return Seconds(time.perf_counter() - wall, time.process_time() - processor)


def timed_each(work: Callable[[], object], count: int) -> Measure:
    """A measure of what one of `count` costs."""
    return lambda: timed(work).each(count)


def interleaved(measures: Mapping[str, Measure], repetitions: int) -> Rounds:
    """Each measure once a round, always in the same order."""
    rounds: dict[str, list[Seconds]] = {name: [] for name in measures}
    for _ in range(repetitions):
        for name, measure in measures.items():
            rounds[name].append(measure())
    return rounds


def median(seconds: Sequence[Seconds]) -> float:
    """Of the wall times."""
    return statistics.median(one.wall for one in seconds)


def median_processor(seconds: Sequence[Seconds]) -> float:
    """Of the processor times."""
    return statistics.median(one.processor for one in seconds)


def median_ratio(seconds: Sequence[Seconds], floor: Sequence[Seconds]) -> float:
    """The median of the ratios within a round: steadier than the ratio of the medians."""
    return statistics.median(one.wall / other.wall for one, other in zip(seconds, floor, strict=True))


@dataclass(frozen=True, slots=True)
class Target:
    """What a row is held to."""

    text: str
    met: bool


def at_most(value: float, limit: float, text: str) -> Target:
    """A bound from above."""
    return Target(text, value <= limit)


def at_least(value: float, limit: float, text: str) -> Target:
    """A bound from below."""
    return Target(text, value >= limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the table.

    Attributes:
        workload: Its number, `W1` to `W12`.
        ratio: Of the floor; None where there is none.
        figure: Of Braid, with its unit.
        sync: The same with blocking steps.
        repetitions: Of which the figures are medians.
    """

    workload: str
    what: str
    ratio: float | None
    figure: str
    sync: str = ""
    floor: str = ""
    repetitions: int = 1
    targets: Sequence[Target] = field(default=())


def micro(seconds: float) -> str:
    """As µs, as exact as it deserves."""
    value = seconds * 1e6
    return f"{value:,.1f} µs" if value < 100 else f"{value:,.0f} µs"
