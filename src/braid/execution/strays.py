"""Processes that outlive the step that started them: found by a mark in their environment, and killed.

A step's process group is ended with the step. Left over is what has left the group (`setsid`), and, when Braid itself
was killed, all of it: without this it would go on beside the same step of the resumed run. A step that ends by itself
may leave a daemon behind on purpose, so only the strays of steps that were told to end, or never ended, are looked for.

On systems without /proc nothing is found.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import time
from collections.abc import Collection, Iterator
from typing import Final

STEP_VARIABLE: Final = "BRAID_STEP"
"""The environment variable that says whose a process is; children have their parent's."""
ROUNDS_MAX: Final = 10
"""Looks, each after the death of what the one before found: a process may have started another meanwhile."""
DEATH_SECONDS: Final = 1.0
"""How long a killed process has to be gone."""

_PREFIX = f"{STEP_VARIABLE}=".encode()


def step_mark(token: str, idempotency_key: str) -> str:
    """The variable's value for the processes of a step, under the claim on its run that has this token."""
    return f"{token}.{idempotency_key}"


def end_strays(marks: Collection[str]) -> int:
    """Kill all processes that have one of these marks, and wait until they are gone; how many there were.

    Looking takes some microseconds for each process of the machine.
    """
    wanted = {_PREFIX + mark.encode() for mark in marks}
    ended: set[int] = set()
    for _ in range(ROUNDS_MAX):
        found = [number for number in _processes() if _has_mark(number, wanted)]
        if not found:
            break
        ended.update(found)
        _killed(found, wanted)
    return len(ended)


class Strays:
    """Looks for strays of several steps at once. On the loop's thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._marks: set[str] = set()
        self._look: asyncio.Future[None] | None = None

    async def ended(self, mark: str) -> None:
        """Return when no stray of this step is left; a cancellation meanwhile changes nothing."""
        self._marks.add(mark)
        if self._look is None:
            self._look = self._loop.create_future()
            self._loop.call_soon(self._end)
        look = self._look
        while not look.done():
            # Whoever presses a second time waits some milliseconds more.
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.shield(look)

    def _end(self) -> None:
        look, self._look = self._look, None
        marks, self._marks = self._marks, set()
        assert look is not None
        try:
            end_strays(marks)
        finally:
            look.set_result(None)


def _processes() -> Iterator[int]:
    own = os.getpid()
    try:
        entries = os.scandir("/proc")
    except OSError:
        return
    with entries:
        for entry in entries:
            if entry.name.isdecimal() and int(entry.name) != own:
                yield int(entry.name)


def _has_mark(number: int, wanted: Collection[bytes]) -> bool:
    try:
        # A zombie has no environment any more.
        with open(f"/proc/{number}/environ", "rb") as file:
            environment = file.read()
    except OSError:
        return False
    return _PREFIX in environment and not set(wanted).isdisjoint(environment.split(b"\0"))


def _killed(numbers: Collection[int], wanted: Collection[bytes]) -> None:
    """Kill and wait. By descriptor, and looked at once more: a number may be another process's by now."""
    with contextlib.ExitStack() as open_ones:
        poll = select.poll()
        waiting = set()
        for number in numbers:
            with contextlib.suppress(OSError):
                descriptor = os.pidfd_open(number)
                open_ones.callback(os.close, descriptor)
                if _has_mark(number, wanted):
                    signal.pidfd_send_signal(descriptor, signal.SIGKILL)
                    poll.register(descriptor, select.POLLIN)
                    waiting.add(descriptor)
        deadline = time.monotonic() + DEATH_SECONDS
        while waiting and (left := deadline - time.monotonic()) > 0:
            for descriptor, _ in poll.poll(left * 1000):
                poll.unregister(descriptor)
                waiting.discard(descriptor)
