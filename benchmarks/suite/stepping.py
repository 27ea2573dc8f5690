"""W1–W4 and W8: what a step costs in memory, by the shape it stands in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any

from suite import floors, shapes
from suite.measuring import (
    Measure,
    Row,
    Target,
    at_most,
    interleaved,
    median,
    median_processor,
    median_ratio,
    micro,
    timed_each,
)
from suite.setting import Setting

STEP_SECONDS_MAX = 20e-6
FLOORS_MAX = 2.0
GROWTH_MAX = 1.3
EDGES = 5_000


@dataclass(frozen=True, slots=True)
class Shape:
    """A workflow of steps that do nothing.

    Attributes:
        text: Of its file, for the function that its steps call.
        floor: The same without an engine.
        by_floor: Whether the target is a multiple of the floor, too.
    """

    workload: str
    what: str
    steps: int
    text: Callable[[str], str]
    floor: Callable[[], Coroutine[Any, Any, object]]
    by_floor: bool = False


def _graph_shape() -> Shape:
    parents = shapes.layered(1_000, EDGES)
    return Shape(
        "W8",
        f"random layered graph, 1,000 nodes, {EDGES:,} edges",
        1_000,
        lambda call: shapes.graph(parents, call=call),
        lambda: floors.tasks_of_graph(parents),
    )


SHAPES = (
    Shape(
        "W1",
        "chain of 1,000",
        1_000,
        lambda call: shapes.chain(1_000, call),
        lambda: floors.tasks_in_turn(1_000),
    ),
    Shape(
        "W2",
        "parallel, 1,000 branches, limit 100",
        1_000,
        lambda call: shapes.parallel(1_000, call=call),
        lambda: floors.tasks_at_once(1_000),
        by_floor=True,
    ),
    Shape(
        "W3",
        "parallel, 100 branches × 10 steps, limit 10",
        1_000,
        lambda call: shapes.parallel(100, 10, 10, call),
        lambda: floors.chains_at_once(100, 10, 10),
    ),
    Shape(
        "W4",
        "foreach, 10,000 items, limit 100",
        10_000,
        lambda call: shapes.foreach(10_000, call=call),
        lambda: floors.tasks_at_once(10_000),
        by_floor=True,
    ),
    _graph_shape(),
)
ITEMS_MORE = (100_000, 1_000_000)
ITEMS_OF_FLOOR = 10_000
"""A million tasks at once slow each other down by their memory alone; that would be no floor."""


def short_shapes(workloads: set[str], setting: Setting) -> Iterator[Row]:
    """A row for each shape, all of them interleaved."""
    wanted = [shape for shape in SHAPES if shape.workload in workloads]
    measures: dict[str, Measure] = {}
    for shape in wanted:
        measures |= _measures(shape, setting)
    for measure in measures.values():
        measure()  # imports and compiled code
    rounds = interleaved(measures, setting.repetitions)
    for shape in wanted:
        steps, floor, sync = (rounds[f"{shape.workload} {column}"] for column in ("braid", "floor", "sync"))
        seconds, ratio = median(steps), median_ratio(steps, floor)
        targets = [at_most(seconds, STEP_SECONDS_MAX, "≤ 20 µs a step")]
        if shape.by_floor:
            targets.append(at_most(ratio, FLOORS_MAX, "≤ 2 × the floor"))
        yield Row(
            workload=shape.workload,
            what=shape.what,
            ratio=ratio,
            figure=f"{micro(seconds)} a step (processor {micro(median_processor(steps))})",
            sync=micro(median(sync)),
            floor=f"{micro(median(floor))}: asyncio, a task a step",
            repetitions=setting.repetitions,
            targets=targets,
        )


def _measures(shape: Shape, setting: Setting) -> dict[str, Measure]:
    blocking = setting.plan(f"{shape.workload}-sync", shape.text(shapes.SYNC))
    plan = setting.plan(shape.workload, shape.text(shapes.ASYNC))
    return {
        f"{shape.workload} braid": timed_each(setting.in_memory(plan), shape.steps),
        f"{shape.workload} floor": timed_each(lambda: asyncio.run(shape.floor()), shape.steps),
        f"{shape.workload} sync": timed_each(setting.in_memory(blocking), shape.steps),
    }


def many_items(setting: Setting) -> Iterator[Row]:
    """W4 with more items, and how the cost of one grows."""
    counts = ITEMS_MORE[: 1 if setting.quick else None]
    measures: dict[str, Measure] = {
        "floor": timed_each(lambda: asyncio.run(floors.tasks_at_once(ITEMS_OF_FLOOR)), ITEMS_OF_FLOOR)
    }
    for count in (10_000, *counts):
        plan = setting.plan(f"foreach-{count}", shapes.foreach(count))
        measures[f"{count}"] = timed_each(setting.in_memory(plan), count)
    measures["10000"]()
    rounds = interleaved(measures, setting.repetitions_of_long)
    for count in counts:
        items = rounds[f"{count}"]
        growth = median_ratio(items, rounds["10000"])
        ratio = median_ratio(items, rounds["floor"])
        targets: list[Target] = [
            at_most(median(items), STEP_SECONDS_MAX, "≤ 20 µs a step"),
            at_most(ratio, FLOORS_MAX, "≤ 2 × the floor"),
        ]
        if count == ITEMS_MORE[-1]:
            targets.append(at_most(growth, GROWTH_MAX, "≤ 1.3 × an item of 10,000"))
        yield Row(
            workload="W4",
            what=f"foreach, {count:,} items, limit 100",
            ratio=ratio,
            figure=f"{micro(median(items))} a step, {growth:.2f} × an item of 10,000",
            floor=f"{micro(median(rounds['floor']))}: asyncio, a task a step, {ITEMS_OF_FLOOR:,} of them",
            repetitions=setting.repetitions_of_long,
            targets=targets,
        )
