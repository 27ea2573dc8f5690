"""What stands between the machine and those who watch it: secrets are masked, a watcher's bug stops nobody."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from msgspec.structs import replace

from braid.execution.secrets import Masker
from braid.language.plan import Node
from braid.machine.observer import Observer
from braid.machine.outcome import Failure, StepRecord

logger = logging.getLogger("braid.execution")


def watched_by(observers: Sequence[Observer], masker: Masker) -> Observer | None:
    """These as one, which may be told anything; a layer that isn't needed isn't there, it would be 0.2 µs a step."""
    if not observers:
        return None
    guarded = [Guarded(observer) for observer in observers]
    one: Observer = guarded[0] if len(guarded) == 1 else Several(guarded)
    return Masked(one, masker) if masker.active else one


class Guarded:
    """An observer that passes on what it is told, until the other fails."""

    def __init__(self, observer: Observer) -> None:
        self._observer: Observer = observer

    def step_started(self, address: str, node: Node, time: float) -> None:
        """See `Observer`."""
        try:
            self._observer.step_started(address, node, time)
        except Exception:
            self._dismiss()

    def step_finished(self, address: str, node: Node, record: StepRecord) -> None:
        """See `Observer`."""
        try:
            self._observer.step_finished(address, node, record)
        except Exception:
            self._dismiss()

    def step_retrying(self, address: str, node: Node, failure: Failure, attempt: int, due: float) -> None:
        """See `Observer`."""
        try:
            self._observer.step_retrying(address, node, failure, attempt, due)
        except Exception:
            self._dismiss()

    def block_opened(self, address: str, node: Node, total: int, limit: int) -> None:
        """See `Observer`."""
        try:
            self._observer.block_opened(address, node, total, limit)
        except Exception:
            self._dismiss()

    def _dismiss(self) -> None:
        logger.exception("the observer %r failed and is told nothing more", self._observer)
        self._observer = Several(())


class Several:
    """Observers as one."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._observers = observers

    def step_started(self, address: str, node: Node, time: float) -> None:
        """See `Observer`."""
        for observer in self._observers:
            observer.step_started(address, node, time)

    def step_finished(self, address: str, node: Node, record: StepRecord) -> None:
        """See `Observer`."""
        for observer in self._observers:
            observer.step_finished(address, node, record)

    def step_retrying(self, address: str, node: Node, failure: Failure, attempt: int, due: float) -> None:
        """See `Observer`."""
        for observer in self._observers:
            observer.step_retrying(address, node, failure, attempt, due)

    def block_opened(self, address: str, node: Node, total: int, limit: int) -> None:
        """See `Observer`."""
        for observer in self._observers:
            observer.block_opened(address, node, total, limit)


class Masked:
    """An observer that isn't told secrets. The machine's own records stay as they are: expressions may use them."""

    def __init__(self, observer: Observer, masker: Masker) -> None:
        self._observer = observer
        self._masker = masker

    def step_started(self, address: str, node: Node, time: float) -> None:
        """See `Observer`."""
        self._observer.step_started(address, node, time)

    def step_finished(self, address: str, node: Node, record: StepRecord) -> None:
        """See `Observer`."""
        error = self._masker.failure(record.error) if record.error is not None else None
        self._observer.step_finished(
            address, node, replace(record, output=self._masker.value(record.output), error=error)
        )

    def step_retrying(self, address: str, node: Node, failure: Failure, attempt: int, due: float) -> None:
        """See `Observer`."""
        self._observer.step_retrying(address, node, self._masker.failure(failure), attempt, due)

    def block_opened(self, address: str, node: Node, total: int, limit: int) -> None:
        """See `Observer`."""
        self._observer.block_opened(address, node, total, limit)
