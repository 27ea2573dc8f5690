"""An event loop whose time passes at once: the real executor in virtual time.

Whatever waits for a time waits no longer than it takes to do all that comes before. What waits for threads, processes
or sockets is waited for in real time, and virtual time stands still meanwhile.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

from braid.testing.driver import START_TIME

Result = TypeVar("Result")


class _Selector(selectors.DefaultSelector):
    """Passes over the time that the loop would wait."""

    passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(None if timeout is None else 0)
        if not ready and timeout is not None and timeout > 0:
            self.passed += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """Begins at time 0."""

    def __init__(self) -> None:
        self._passing = _Selector()
        super().__init__(self._passing)

    def time(self) -> float:
        return self._passing.passed


class VirtualClock:
    """The time of a run on such a loop (see `braid.execution.clock.Clock`); it begins at `START_TIME`."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def now(self) -> float:
        return START_TIME + self._loop.time()


def run_virtually(main: Coroutine[Any, Any, Result], loop: VirtualLoop) -> Result:  # Any: as in asyncio.run
    """`asyncio.run` on such a loop, which is closed afterwards."""
    try:
        asyncio.set_event_loop(loop)
        return loop.run_until_complete(main)
    finally:
        asyncio.set_event_loop(None)
        loop.close()
