"""LangGraph: nodes of a StateGraph in turn; `Send` to one node. No checkpointer."""

from __future__ import annotations

import asyncio
import operator
from typing import Annotated, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.types import Send
from peer import LIMIT, report, shape

STEPS = 1_000


class State(TypedDict):
    """Results, joined as branches end."""

    results: Annotated[list[None], operator.add]


async def noop(_: State) -> dict[str, list[None]]:
    """Does nothing."""
    return {"results": []}


async def branch(_: dict[str, int]) -> dict[str, list[None]]:
    """Gives its result."""
    return {"results": [None]}


def chain() -> StateGraph:
    """A node a step."""
    graph = StateGraph(State)
    names = [f"n{number}" for number in range(STEPS)]
    for name in names:
        graph.add_node(name, noop)
    for before, after in zip([START, *names], [*names, END], strict=True):
        graph.add_edge(before, after)
    return graph


def fan_out() -> StateGraph:
    """A task a step."""
    graph = StateGraph(State)
    graph.add_node("branch", branch)
    graph.add_conditional_edges(START, lambda _: [Send("branch", {"index": n}) for n in range(STEPS)], ["branch"])
    graph.add_edge("branch", END)
    return graph


async def main() -> None:
    """Measure one of them."""
    compiled = (chain() if shape() == "chain" else fan_out()).compile()
    config = {"recursion_limit": 2 * STEPS, "max_concurrency": LIMIT}
    await report("langgraph", "in memory", STEPS, lambda: compiled.ainvoke({"results": []}, config))


asyncio.run(main())
