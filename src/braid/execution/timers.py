"""The machine's timers: any number of them behind one handle of the loop."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable

from braid.execution.clock import Clock

SLEEP_SECONDS_MAX = 60.0
"""The clock is looked at this often: the loop's own clock stands still while a laptop sleeps."""

STALE_MIN = 1_000
"""Cleared timers are swept out once there are more than this and they are the majority."""


class Timers:
    """Tells of timers that are due, in the order in which they are due.

    Args:
        fire: Called with address and name, on the loop.
    """

    def __init__(self, clock: Clock, loop: asyncio.AbstractEventLoop, fire: Callable[[str, str], None]) -> None:
        self._clock = clock
        self._loop = loop
        self._fire = fire
        self._due: dict[tuple[str, str], float] = {}
        self._heap: list[tuple[float, str, str]] = []
        self._handle: asyncio.TimerHandle | None = None
        self._armed_for = 0.0

    def __len__(self) -> int:
        return len(self._due)

    def set(self, address: str, name: str, due: float) -> None:
        """Fire at `due` (epoch seconds), not before; a timer of the same address and name is replaced."""
        self._due[address, name] = due
        heapq.heappush(self._heap, (due, address, name))
        if self._handle is None or due < self._armed_for:
            self._arm()

    def clear(self, address: str, name: str) -> None:
        """Not wanted any more; nothing happens when it has fired or never was."""
        self._due.pop((address, name), None)
        if len(self._heap) > STALE_MIN and len(self._heap) > 2 * len(self._due):
            self._heap = [(due, *key) for key, due in self._due.items()]
            heapq.heapify(self._heap)

    def close(self) -> None:
        """Forget all."""
        self._due.clear()
        self._heap.clear()
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _arm(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        while self._heap and self._is_stale(self._heap[0]):
            heapq.heappop(self._heap)
        if self._heap:
            self._armed_for = self._heap[0][0]
            seconds = min(max(self._armed_for - self._clock.now(), 0.0), SLEEP_SECONDS_MAX)
            self._handle = self._loop.call_later(seconds, self._wake)

    def _wake(self) -> None:
        self._handle = None
        now = self._clock.now()
        while self._heap and (self._heap[0][0] <= now or self._is_stale(self._heap[0])):
            timer = heapq.heappop(self._heap)
            if not self._is_stale(timer):
                _, address, name = timer
                del self._due[address, name]
                self._fire(address, name)
        self._arm()

    def _is_stale(self, timer: tuple[float, str, str]) -> bool:
        due, address, name = timer
        return self._due.get((address, name)) != due
