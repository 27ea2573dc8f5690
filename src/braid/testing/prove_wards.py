"""The processes that give life to those that are proven, as whoever proves sees them."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final

from braid.testing.prove_life import Instructions, Life, decoded, encoded, read_life
from braid.testing.prove_nursery import Answer, Request

NURSERY: Final = (sys.executable, "-m", "braid.testing.prove_nursery")
_CLOSING_SECONDS: Final = 5.0


class NurseryError(Exception):
    """The process that gives life to others is gone; what it said stands on standard error."""


class Nursery:
    """One of them; it attends to one life at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def opened(cls, command: Sequence[str]) -> Nursery:
        """Start it; it is asked at once, and answers when it is ready."""
        pipe = asyncio.subprocess.PIPE
        # In a session of its own: Ctrl-C is for us, and the end of its input is what it goes by.
        return cls(await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, start_new_session=True))

    async def life(self, instructions: Instructions, printed: Path, seconds: float) -> Life:
        """Live a life to its end."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(ConnectionError):
            self._process.stdin.write(encoded(Request(instructions, printed, seconds)) + b"\n")
            await self._process.stdin.drain()
        line = await self._process.stdout.readline()
        if not line:
            raise NurseryError("the process that starts the runs has ended unexpectedly")
        answer = decoded(line, Answer)
        return read_life(instructions, answer.code, answer.overdue, printed)

    async def close(self) -> None:
        """End it, and a life that it attends to."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), _CLOSING_SECONDS)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGKILL)
            await self._process.wait()


class Nurseries:
    """Several of them: a life that goes on with a run is given by another process than the one before.

    A new process has new hashes of texts, and with it another order of sets; so has it here.
    """

    def __init__(self, command: Sequence[str], count: int) -> None:
        assert count >= 2
        self._command = command
        self._count = count
        self._all: list[Nursery] = []
        self._idle: list[Nursery] = []
        self._changed = asyncio.Condition()

    async def __aenter__(self) -> Nurseries:
        for _ in range(self._count):
            self._all.append(await Nursery.opened(self._command))
        self._idle = list(self._all)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.gather(*(nursery.close() for nursery in self._all))

    async def life(
        self, instructions: Instructions, printed: Path, seconds: float, unlike: Nursery | None = None
    ) -> tuple[Life, Nursery]:
        """Live a life, when one of them is free.

        Args:
            unlike: The one that gave the life before.
        """
        async with self._changed:
            await self._changed.wait_for(lambda: self._free(unlike) is not None)
            nursery = self._free(unlike)
            assert nursery is not None
            self._idle.remove(nursery)
        try:
            return await nursery.life(instructions, printed, seconds), nursery
        finally:
            self._idle.append(nursery)
            async with self._changed:
                self._changed.notify_all()

    def _free(self, unlike: Nursery | None) -> Nursery | None:
        return next((nursery for nursery in self._idle if nursery is not unlike), None)
