"""Pools: named limits on steps that are executing."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterable

from braid.language.plan import PoolSpec


class Pool:
    """Slots, given in the order in which they were asked for, and no more often than the rate allows.

    A step holds a slot only while it executes. Nobody waits for anything else while it holds one, so pools can't
    deadlock, whatever their limits (law 9).

    Args:
        starts: When steps began to execute in it before this process did, on the loop's clock, sorted.
    """

    def __init__(self, spec: PoolSpec, loop: asyncio.AbstractEventLoop, starts: Iterable[float] = ()) -> None:
        self.name = spec.name
        self.limit = spec.limit
        self.in_use = 0
        self._rate = spec.rate
        self._starts: deque[float] = deque(starts, spec.rate[0] if spec.rate else 0)  # of the loop's clock
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._loop = loop
        self._handle: asyncio.TimerHandle | None = None

    @property
    def is_full(self) -> bool:
        """Who asks now has to wait."""
        return bool(self._waiting) or not self._may_start()

    async def acquire(self) -> None:
        """Wait for a slot; when cancelled while waiting, none is held."""
        if not self.is_full:
            self._start()
            return
        turn: asyncio.Future[None] = self._loop.create_future()
        self._waiting.append(turn)
        self._serve()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                # `_serve` may have met it, and dropped it, since.
                with contextlib.suppress(ValueError):
                    self._waiting.remove(turn)
            else:
                # The slot was given in the same moment: pass it on.
                self.release()
            raise

    def release(self) -> None:
        """Give a slot back."""
        self.in_use -= 1
        self._serve()

    def close(self) -> None:
        """Let go of the timer; the pool isn't used any more."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _serve(self) -> None:
        while self._waiting and self._may_start():
            turn = self._waiting.popleft()
            if not turn.done():
                self._start()
                turn.set_result(None)
        if self._waiting and self.in_use < self.limit and self._handle is None:
            # Only the rate holds the first one back.
            assert self._rate is not None
            self._handle = self._loop.call_at(self._starts[0] + self._rate[1], self._rate_allows)

    def _rate_allows(self) -> None:
        self._handle = None
        self._serve()

    def _may_start(self) -> bool:
        if self.in_use >= self.limit:
            return False
        if self._rate is None:
            return True
        starts_max, seconds = self._rate
        return len(self._starts) < starts_max or self._starts[0] + seconds <= self._loop.time()

    def _start(self) -> None:
        self.in_use += 1
        if self._rate is not None:
            self._starts.append(self._loop.time())
