"""pydantic-graph: steps of a built graph in turn; a mapping edge to one step and a join.

It has no limit on how many steps are at once.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from peer import report, shape
from pydantic_graph import Graph, GraphBuilder, StepContext, reduce_list_append

STEPS = 1_000


@dataclass
class State:
    """Nothing."""


def chain() -> Graph:
    """A node a step."""
    builder = GraphBuilder(state_type=State, input_type=int, output_type=int, auto_instrument=False)

    async def noop(context: StepContext[State, None, int]) -> int:
        return context.inputs

    before = builder.start_node
    edges = []
    for number in range(STEPS):
        step = builder.step(noop, node_id=f"n{number}")
        edges.append(builder.edge_from(before).to(step))
        before = step
    builder.add(*edges, builder.edge_from(before).to(builder.end_node))
    return builder.build()


def fan_out() -> Graph:
    """A task an item."""
    builder = GraphBuilder(state_type=State, input_type=list[int], output_type=list[int], auto_instrument=False)

    async def noop(context: StepContext[State, None, int]) -> int:
        return context.inputs

    step = builder.step(noop, node_id="noop")
    join = builder.join(reduce_list_append, initial_factory=list[int])
    builder.add(
        builder.edge_from(builder.start_node).map().to(step),
        builder.edge_from(step).to(join),
        builder.edge_from(join).to(builder.end_node),
    )
    return builder.build()


async def main() -> None:
    """Measure one of them."""
    graph, inputs = (chain(), 0) if shape() == "chain" else (fan_out(), list(range(STEPS)))
    await report("pydantic-graph", "in memory", STEPS, lambda: graph.run(state=State(), inputs=inputs))


asyncio.run(main())
