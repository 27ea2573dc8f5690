"""What stands between the machine and those who watch it: secrets are masked, a watcher's bug stops nobody."""

from __future__ import annotations

import logging

from msgspec.structs import replace

from braid.execution.secrets import Masker
from braid.language.plan import Node
from braid.machine.observer import Observer
from braid.machine.outcome import Failure, StepRecord

logger = logging.getLogger("braid.execution")


class Watchers:
    """An observer that passes on to others what it is told."""

    def __init__(self, observers: list[Observer], masker: Masker) -> None:
        self._observers = list(observers)
        self._masker = masker
        self._masking = masker.active

    def step_started(self, address: str, node: Node, time: float) -> None:
        """See `Observer`."""
        for observer in self._observers:
            try:
                observer.step_started(address, node, time)
            except Exception:
                self._dismiss(observer)

    def step_finished(self, address: str, node: Node, record: StepRecord) -> None:
        """See `Observer`."""
        if self._masking:
            # The machine's own record stays as it is: expressions may use a secret that came out of a step.
            error = self._masker.failure(record.error) if record.error is not None else None
            record = replace(record, output=self._masker.value(record.output), error=error)
        for observer in self._observers:
            try:
                observer.step_finished(address, node, record)
            except Exception:
                self._dismiss(observer)

    def step_retrying(self, address: str, node: Node, failure: Failure, attempt: int, due: float) -> None:
        """See `Observer`."""
        failure = self._masker.failure(failure)
        for observer in self._observers:
            try:
                observer.step_retrying(address, node, failure, attempt, due)
            except Exception:
                self._dismiss(observer)

    def block_opened(self, address: str, node: Node, total: int, limit: int) -> None:
        """See `Observer`."""
        for observer in self._observers:
            try:
                observer.block_opened(address, node, total, limit)
            except Exception:
                self._dismiss(observer)

    def _dismiss(self, observer: Observer) -> None:
        logger.exception("the observer %r failed and is told nothing more", observer)
        # A new list: the old one is being walked.
        self._observers = [other for other in self._observers if other is not observer]
