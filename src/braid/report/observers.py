"""Several observers of one run."""

from __future__ import annotations

from braid.language.plan import Node
from braid.machine.observer import Observer
from braid.machine.outcome import Failure, StepRecord


class Observers:
    """Implements `Observer`; tells each in turn."""

    def __init__(self, *observers: Observer) -> None:
        self._started = [observer.step_started for observer in observers]
        self._finished = [observer.step_finished for observer in observers]
        self._retrying = [observer.step_retrying for observer in observers]
        self._opened = [observer.block_opened for observer in observers]

    def step_started(self, address: str, node: Node, time: float) -> None:
        for tell in self._started:
            tell(address, node, time)

    def step_finished(self, address: str, node: Node, record: StepRecord) -> None:
        for tell in self._finished:
            tell(address, node, record)

    def step_retrying(self, address: str, node: Node, failure: Failure, attempt: int, due: float) -> None:
        for tell in self._retrying:
            tell(address, node, failure, attempt, due)

    def block_opened(self, address: str, node: Node, total: int, limit: int) -> None:
        for tell in self._opened:
            tell(address, node, total, limit)
