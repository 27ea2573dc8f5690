"""The asyncio.Tasks that carry out attempts, one after the other.

A task for each attempt would cost 4 µs to make and to start; handed to one that is there already, an attempt that
needn't wait for anything costs 0.5 µs (`benchmarks/`, W2).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from contextvars import copy_context

from braid.execution.attempt import Attempt


class Crew:
    """Workers as many as there are attempts in progress that wait for something; idle ones are kept for the next.

    Args:
        execute: Carries one attempt out, and answers for it; raises nothing but GeneratorExit.
        answered: Called after each, and told whether others are about to begin; may add attempts. Raises nothing.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        execute: Callable[[Attempt], Awaitable[None]],
        answered: Callable[[bool], None],
    ) -> None:
        self._loop = loop
        self._execute = execute
        self._answered = answered
        self._queue: deque[Attempt] = deque()
        self._idle: list[asyncio.Future[None]] = []
        # asyncio itself holds its tasks by weak references only.
        self._workers: set[asyncio.Task[None]] = set()
        self._closed = False
        self._called = False
        """A worker is on its way to the queue."""

    def add(self, attempt: Attempt) -> None:
        """Have an attempt carried out, in the order of the calls."""
        self._queue.append(attempt)
        if not self._called:
            self._call()

    async def close(self) -> None:
        """Let idle workers go. Those whose attempts would not end are left to their loop."""
        self._closed = True
        for idle in self._idle:
            idle.cancel()
        # They end in this turn of the loop; one that is still busy with a cancellation, when it would become idle.
        await asyncio.sleep(0)

    def _call(self) -> None:
        self._called = True
        while self._idle:
            idle = self._idle.pop()
            if not idle.done():
                idle.set_result(None)
                return
        worker = self._loop.create_task(self._work())
        self._workers.add(worker)
        worker.add_done_callback(self._workers.discard)

    async def _work(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        clean = copy_context()
        while True:
            self._called = False
            while self._queue:
                attempt = self._queue.popleft()
                # Before it begins: it may wait for something, and the others must not wait for it.
                if self._queue and not self._called:
                    self._call()
                if attempt.answered:
                    continue
                attempt.task = task
                await self._execute(attempt)
                if task.cancelling():
                    await _absorb(task)
                # What a step sets for itself is seen by no other step (law 4).
                try:
                    ends = attempt.left_over or copy_context() != clean
                except Exception:
                    ends = True  # values of other people's classes were compared
                called, self._called = self._called, not ends or self._called
                self._answered(bool(self._queue) or ends)
                self._called = called
                if ends:
                    if self._queue and not self._called:
                        self._call()
                    return
            if self._closed:
                return
            idle = self._loop.create_future()
            self._idle.append(idle)
            try:
                await idle
            except asyncio.CancelledError:
                self._idle = [other for other in self._idle if other is not idle]
                return


async def _absorb(task: asyncio.Task[None]) -> None:
    """A cancellation that was meant for an attempt which has ended must not reach the next one."""
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.sleep(0)
    while task.uncancel():
        pass
