"""W9: the graphs of workflows that really ran, as long as they took (scaled), and with steps that take no time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from suite import floors, shapes
from suite.measuring import Measure, Row, at_most, interleaved, median, median_ratio, micro, timed, timed_each
from suite.setting import Setting
from suite.traces import Trace, list_schedule, traces

WORKERS = 4
SCHEDULE_SECONDS = 5.0
SCHEDULE_SECONDS_OF_MANY = 10.0
"""Of traces with more than a thousand steps: asyncio itself comes up to 1 ms late to each."""
SCHEDULES_MAX = 1.03
GROWTH_MAX = 1.3


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
    measures: dict[str, Measure] = {}
    for trace in found:
        plan = setting.plan(trace.name, shapes.graph(trace.parents))
        measures[trace.name] = timed_each(setting.in_memory(plan), trace.steps)
        measures[f"{trace.name} floor"] = _floor(trace)
    for measure in measures.values():
        measure()
    rounds = interleaved(measures, setting.repetitions)
    # The cost of a run's start and end is shared by so few steps that these can't be compared with.
    little = min((trace for trace in found if trace.steps > 20), key=lambda trace: trace.steps)
    most = max(found, key=lambda trace: trace.steps)
    for trace in found:
        steps, floor = rounds[trace.name], rounds[f"{trace.name} floor"]
        growth = median_ratio(steps, rounds[little.name])
        yield Row(
            workload="W9",
            what=f"{trace.name} ({origin}), {trace.steps:,} steps of no length",
            ratio=median_ratio(steps, floor),
            figure=f"{micro(median(steps))} a step, {growth:.2f} × that of {little.steps} steps",
            floor=f"{micro(median(floor))}: asyncio, a task a step",
            repetitions=setting.repetitions,
            targets=[at_most(growth, GROWTH_MAX, f"≤ 1.3 × that of {little.steps}")] if trace is most else [],
        )


def _floor(trace: Trace) -> Measure:
    return timed_each(lambda: asyncio.run(floors.tasks_of_graph(_runnable(trace))), trace.steps)


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
