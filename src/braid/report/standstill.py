"""When nothing of a run was executed although something was to be: its process was gone.

No event says that a run was stopped and resumed. But the steps that were executing then have left no answer, and begin
anew after it: between what is recorded before and after, nobody executes anything.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final

from braid.report.spans import StepSpan, Stretch

GAP_SECONDS_MIN: Final = 2.0
"""A shorter one is no sign of anything: a worker process that is started, a slow disk, a busy machine."""

Gap = tuple[float, float]


def standstills(spans: Iterable[StepSpan]) -> list[Gap]:
    """The gaps of a run, in epoch seconds and in order; what its stretches lost in them is written down in these."""
    stretches = [stretch for span in spans for stretch in span.stretches]
    # What waits when a gap begins waits until it ends, as nothing begins meanwhile. Hardly any run has such a wait, and
    # sorting without one takes 0.2 s for 100,000 steps.
    gaps = _gaps(stretches) if any(stretch.began - stretch.asked >= GAP_SECONDS_MIN for stretch in stretches) else []
    for stretch in stretches:
        if stretch.due is not None:
            # A timer that fired late: nobody was there when it was due.
            late = (stretch.due if stretch.ended is None else stretch.ended) - max(stretch.due, stretch.asked)
            stretch.stopped = late if late >= GAP_SECONDS_MIN and stretch.status == "succeeded" else 0.0
        elif gaps and stretch.kind == "task":
            stretch.stopped = sum(end - start for start, end in within(gaps, stretch.asked, stretch.began))
    return gaps


def within(gaps: Sequence[Gap], start: float, end: float) -> list[Gap]:
    """The parts of the gaps that lie between two times."""
    found = []
    place = max(bisect_left(gaps, (start, start)) - 1, 0)
    while place < len(gaps) and gaps[place][0] < end:
        first, last = max(gaps[place][0], start), min(gaps[place][1], end)
        if last > first:
            found.append((first, last))
        place += 1
    return found


def _gaps(stretches: Iterable[Stretch]) -> list[Gap]:
    """Where tasks had been asked for, none was executing, and no rate of a pool made them wait."""
    changes: list[tuple[float, int, int]] = []
    for stretch in stretches:
        if stretch.kind != "task" or stretch.ended is None:
            continue
        changes += [(stretch.began, 1, 0), (stretch.ended, -1, 0)]
        if stretch.pool is None or stretch.pool.rate is None:
            changes += [(stretch.asked, 0, 1), (stretch.began, 0, -1)]
    changes.sort()
    gaps: list[Gap] = []
    executing = waiting = 0
    since = None
    for time, begun, asked in changes:
        executing += begun
        waiting += asked
        if since is not None and (executing or not waiting):
            if time - since >= GAP_SECONDS_MIN:
                gaps.append((since, time))
            since = None
        elif since is None and waiting and not executing:
            since = time
    return gaps
