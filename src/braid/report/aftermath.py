"""What is remembered of a run in case that it fails."""

from __future__ import annotations

import msgspec

from braid.diagnostics import Span
from braid.language.plan import Node, TaskNode
from braid.machine.outcome import Failure, Status, StepRecord

PLACES_MAX = 1_000
"""Failed steps whose place in the file is remembered; the last ones, as those end a run."""

CANCELLED_SHOWN_MAX = 5


class Aftermath(msgspec.Struct):
    """Implements `Observer`; keeps what a report of a failure needs, however long the run."""

    places: dict[str, Span] = msgspec.field(default_factory=dict)
    cancelled: list[str] = msgspec.field(default_factory=list)
    cancelled_total: int = 0

    def step_started(self, address: str, node: Node, time: float) -> None:
        pass

    def step_finished(self, address: str, node: Node, record: StepRecord) -> None:
        if record.status is Status.FAILED:
            self._remember(address, node)
        elif record.status is Status.CANCELLED and isinstance(node, TaskNode):
            self.cancelled_total += 1
            if len(self.cancelled) < CANCELLED_SHOWN_MAX:
                self.cancelled.append(address)

    def step_retrying(self, address: str, node: Node, failure: Failure, attempt: int, due: float) -> None:
        pass

    def block_opened(self, address: str, node: Node, total: int, limit: int) -> None:
        pass

    def _remember(self, address: str, node: Node) -> None:
        if node.span is None:
            return
        self.places.pop(address, None)
        self.places[address] = node.span
        if len(self.places) > PLACES_MAX:
            del self.places[next(iter(self.places))]
