"""The graph: each step starts as soon as what it needs is done."""

from __future__ import annotations

from heapq import heappop, heappush

import msgspec

from braid.expressions import EvaluationError
from braid.language.plan import GraphNode
from braid.machine.controls.control import Control
from braid.machine.decision import OPEN_WINDOW, Decision, Directive, Finish, Key, StartStep
from braid.machine.evaluation import expression_failure, whole_number
from braid.machine.frames import Frame, WindowFrame, default_limit
from braid.machine.outcome import Failed, Outcome, Returned, Skipped, Succeeded
from braid.machine.scope import GraphScope, ListScope, Records


class GraphFrame(WindowFrame, eq=False):
    """A graph in progress.

    Attributes:
        ready: Heap of positions that wait for nothing but room: they start in file order.
        missing: For each position, how many of its dependencies have not ended.
        owners: Id of a record → position of the step that gave it, for what a step may see.
    """

    node: GraphNode
    missing: list[int] = msgspec.field(default_factory=list)
    ready: list[int] = msgspec.field(default_factory=list)
    remaining: int = 0
    records: Records = msgspec.field(default_factory=dict)
    owners: dict[str, int] = msgspec.field(default_factory=dict)
    outputs: dict[str, object] = msgspec.field(default_factory=dict)
    positions: dict[Key, int] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        node = self.node
        self.total = self.remaining = len(node.body.steps)
        self.missing = [len(dependencies) for dependencies in node.dependencies]
        self.ready = [position for position, count in enumerate(self.missing) if count == 0]
        self.positions = {step.key: position for position, step in enumerate(node.body.steps)}
        self.exports = self.records


class GraphControl(Control[GraphNode, GraphFrame]):
    """Starts ready steps in file order, at most `limit` in progress; the first failure ends the graph."""

    def open(self, node: GraphNode, parent: Frame, key: Key, scope: ListScope) -> GraphFrame:
        return GraphFrame(parent, key, scope, node)

    def start(self, frame: GraphFrame) -> Decision:
        limit = frame.node.limit
        try:
            frame.limit = default_limit(frame) if limit is None else whole_number(limit, frame.scope, "max_concurrency")
        except EvaluationError as error:
            return (Finish(Failed(expression_failure(error))),)
        return OPEN_WINDOW

    def next(self, frame: GraphFrame) -> tuple[Directive, bool] | None:
        ready, room = frame.ready, frame.limit - len(frame.children)
        if not ready or room <= 0:
            return None
        position = heappop(ready)
        node, outer = frame.node.body.steps[position], frame.scope
        mask = frame.node.ancestors[position]
        scope = GraphScope(outer, outer.circumstances, None, frame.records, owners=frame.owners, mask=mask)
        return StartStep(node.key, node, scope), room > 1 and bool(ready)

    def on_child(self, frame: GraphFrame, key: Key, outcome: Outcome, exports: Records | None) -> Decision:
        position = frame.positions[key]
        step = frame.node.body.steps[position]
        match outcome:
            case Succeeded(value):
                output = value
            case Skipped():
                output = None
            case Failed() | Returned():
                return (Finish(outcome),)
            case _:
                raise AssertionError(f"{outcome} can't leave a graph")
        if step.id is not None:
            frame.outputs[step.id] = output
            frame.owners[step.id] = position
        for name in exports or ():
            frame.owners[name] = position
        for dependent in frame.node.dependents[position]:
            frame.missing[dependent] -= 1
            if frame.missing[dependent] == 0:
                heappush(frame.ready, dependent)
        frame.remaining -= 1
        if frame.remaining == 0:
            ordered = {step.id: frame.outputs[step.id] for step in frame.node.body.steps if step.id is not None}
            return (Finish(Succeeded(ordered)),)
        return OPEN_WINDOW
