"""Who wants to know what the machine does: the live view, the run tree, the tests."""

from __future__ import annotations

from typing import Protocol

from braid.language.plan import Node
from braid.machine.outcome import Failure, StepRecord


class Observer(Protocol):
    """Told of every step as it happens, in order. Calls must be quick and must not raise."""

    def step_started(self, address: str, node: Node, time: float) -> None:
        """A step is in progress: a task was sent off, or a block opened."""

    def step_finished(self, address: str, node: Node, record: StepRecord) -> None:
        """A step ended. Pure and skipped steps only have this call."""

    def step_retrying(self, address: str, node: Node, failure: Failure, attempt: int, due: float) -> None:
        """Attempt number `attempt` failed; the next one starts at `due`."""

    def block_opened(self, address: str, node: Node, total: int, limit: int) -> None:
        """A parallel, foreach or graph knows how many children it has and how many may be in progress."""
