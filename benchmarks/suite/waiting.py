"""W5: how much longer sleeps take than they must."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from suite import floors, shapes
from suite.measuring import Measure, Row, at_most, interleaved, median, timed_each
from suite.setting import Setting

COUNT = 200
SECONDS = 0.05
LIMIT = 50
IDEAL_SECONDS = COUNT * SECONDS / LIMIT
IDEALS_MAX = 1.03


def sleeps(setting: Setting) -> Iterator[Row]:
    """Sleeps of steps, and the engine's own."""
    blocking = setting.plan("sleeps-sync", shapes.sleeps(COUNT, SECONDS, LIMIT, "bench_steps:blocking_sleep"))
    steps = setting.plan("sleeps", shapes.sleeps(COUNT, SECONDS, LIMIT))
    timers = setting.plan("delays", shapes.delays(COUNT, round(SECONDS * 1e3), LIMIT))
    measures: dict[str, Measure] = {
        "floor": timed_each(lambda: asyncio.run(floors.sleeps_at_once(COUNT, SECONDS, LIMIT)), 1),
        "steps": timed_each(setting.in_memory(steps), 1),
        "blocking": timed_each(setting.in_memory(blocking), 1),
        "timers": timed_each(setting.in_memory(timers), 1),
    }
    for measure in measures.values():
        measure()
    makespan = {name: median(of) for name, of in interleaved(measures, setting.repetitions).items()}
    floor = f"{IDEAL_SECONDS:.3f} s ideal; asyncio itself {makespan['floor'] / IDEAL_SECONDS:.3f} of it"
    for name, what in (("steps", "sleeping steps"), ("timers", "`delay` steps")):
        ratio = makespan[name] / IDEAL_SECONDS
        yield Row(
            workload="W5",
            what=f"{COUNT} {what} of {SECONDS * 1e3:.0f} ms, limit {LIMIT}",
            ratio=ratio,
            figure=f"{makespan[name]:.4f} s makespan",
            sync=f"{makespan['blocking'] / IDEAL_SECONDS:.3f} × ideal" if name == "steps" else "",
            floor=floor,
            repetitions=setting.repetitions,
            targets=[at_most(ratio, IDEALS_MAX, "≤ 1.03 × the ideal")],
        )
