"""W9: the graphs of workflows that really ran, as long as they took (scaled), and with steps that take no time."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Callable, Iterator

from suite import floors, shapes
from suite.measuring import Measure, Row, at_most, interleaved, median, median_ratio, micro, timed, timed_each
from suite.setting import Setting
from suite.traces import Trace, list_schedule, traces

WORKERS = 4
SCHEDULE_SECONDS = 5.0
SCHEDULE_SECONDS_OF_MANY = 20.0
"""Of traces with more than a thousand steps: asyncio itself comes up to 1 ms late to each."""
SCHEDULES_MAX = 1.03
GROWTH_MAX = 1.3
STEPS_COMPARED_MIN = 20
STEPS_A_ROUND_MIN = 500
"""Small traces run several times a round."""


def recorded_workflows(setting: Setting) -> Iterator[Row]:
    """Both ways; a row that says so where there are no traces."""
    try:
        found, origin = traces()
    except FileNotFoundError as error:
        yield Row(workload="W9", what="traces", ratio=None, figure=f"not measured: {error}")
        return
    yield from _zero_length(found, origin, setting)
    if not setting.quick:
        for trace in found:
            yield _sleeping(trace, setting)


def _zero_length(found: list[Trace], origin: str, setting: Setting) -> Iterator[Row]:
    one = setting.in_memory(setting.plan("one", shapes.chain(1)))
    measures: dict[str, Measure] = {"one": _each_run(one, STEPS_A_ROUND_MIN // 10)}
    for trace in found:
        run = setting.in_memory(setting.plan(trace.name, shapes.graph(trace.parents)))
        times = -(-STEPS_A_ROUND_MIN // trace.steps)
        measures[trace.name] = _each_run(run, times)
        measures[f"{trace.name} floor"] = _each_run(_floor(trace), times)
    for measure in measures.values():
        measure()
    rounds = interleaved(measures, setting.repetitions)
    # Without the start and the end of a run, which small ones share among few steps: they would hide any growth.
    further = {
        trace.name: statistics.median(
            (whole.wall - single.wall) / (trace.steps - 1)
            for whole, single in zip(rounds[trace.name], rounds["one"], strict=True)
        )
        for trace in found
    }
    little = min((trace for trace in found if trace.steps > STEPS_COMPARED_MIN), key=lambda trace: trace.steps)
    most = max(found, key=lambda trace: trace.steps)
    for trace in found:
        whole, floor = rounds[trace.name], rounds[f"{trace.name} floor"]
        growth = further[trace.name] / further[little.name]
        yield Row(
            workload="W9",
            what=f"{trace.name} ({origin}), {trace.steps:,} steps of no length",
            ratio=median_ratio(whole, floor),
            figure=f"{micro(median(whole) / trace.steps)} a step; after the first {micro(further[trace.name])}, "
            f"{growth:.2f} × that of {little.steps} steps",
            floor=f"{micro(median(floor) / trace.steps)}: asyncio, a task a step",
            repetitions=setting.repetitions,
            targets=[at_most(growth, GROWTH_MAX, f"≤ 1.3 × that of {little.steps}")] if trace is most else [],
        )


def _each_run(run: Callable[[], object], times: int) -> Measure:
    def several() -> None:
        for _ in range(times):
            run()

    return timed_each(several, times)


def _floor(trace: Trace) -> Callable[[], object]:
    parents = _runnable(trace)
    return lambda: asyncio.run(floors.tasks_of_graph(parents))


def _runnable(trace: Trace) -> shapes.Parents:
    """In an order in which each step comes after what it needs."""
    ordered: dict[str, None] = {}

    def add(name: str) -> None:
        if name not in ordered:
            for need in trace.parents[name]:
                add(need)
            ordered[name] = None

    for name in trace.parents:
        add(name)
    return {name: trace.parents[name] for name in ordered}


def _sleeping(trace: Trace, setting: Setting) -> Row:
    """Written in the order of the longest remaining path: steps that are ready start in the order of the file."""
    wanted = SCHEDULE_SECONDS if trace.steps < 1_000 else SCHEDULE_SECONDS_OF_MANY
    trace = trace.longest_path_first()
    trace = trace.scaled(wanted / list_schedule(trace, WORKERS))
    ideal = list_schedule(trace, WORKERS)
    text = shapes.graph(trace.parents, WORKERS, "bench_steps:sleep", trace.seconds)
    run = setting.in_memory(setting.plan(f"{trace.name}-sleeping", text))
    rounds = interleaved({"braid": lambda: timed(run)}, setting.repetitions_of_long)
    bare = timed(lambda: asyncio.run(_bare(trace)))
    makespan = median(rounds["braid"])
    return Row(
        workload="W9",
        what=f"{trace.name}, {trace.steps:,} sleeping steps, limit {WORKERS}",
        ratio=makespan / ideal,
        figure=f"{makespan:.3f} s makespan",
        floor=f"{ideal:.3f} s: list schedule; asyncio itself {bare.wall / ideal:.3f} of it",
        repetitions=setting.repetitions_of_long,
        targets=[at_most(makespan / ideal, SCHEDULES_MAX, "≤ 1.03 × the list schedule")],
    )


async def _bare(trace: Trace) -> None:
    await floors.tasks_of_graph(_runnable(trace), WORKERS, lambda name: asyncio.sleep(trace.seconds[name]))
