"""Several observers of one run."""

from __future__ import annotations

from braid.language.plan import Node
from braid.machine.observer import Observer
from braid.machine.outcome import Failure, StepRecord


class Observers:
    """Implements `Observer`; tells each in turn."""

    def __init__(self, *observers: Observer) -> None:
        self._observers = observers

    def step_started(self, address: str, node: Node, time: float) -> None:
        for observer in self._observers:
            observer.step_started(address, node, time)

    def step_finished(self, address: str, node: Node, record: StepRecord) -> None:
        for observer in self._observers:
            observer.step_finished(address, node, record)

    def step_retrying(self, address: str, node: Node, failure: Failure, attempt: int, due: float) -> None:
        for observer in self._observers:
            observer.step_retrying(address, node, failure, attempt, due)

    def block_opened(self, address: str, node: Node, total: int, limit: int) -> None:
        for observer in self._observers:
            observer.block_opened(address, node, total, limit)
