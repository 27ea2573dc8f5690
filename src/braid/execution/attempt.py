"""One StartTask on its way to its answer."""

from __future__ import annotations

import asyncio
import enum
from typing import Any

import msgspec

from braid.execution.context import StepContext
from braid.execution.pools import Pool
from braid.machine.commands import StartTask

AGAIN_SECONDS = 0.5
"""After the grace period, a task that is still there is cancelled a second time, and given this long."""


class Stop(enum.Enum):
    """Why an attempt was told to end."""

    CANCELLED = "cancelled"
    """The machine said so."""
    TIMEOUT = "timeout"
    INTERRUPTED = "interrupted"
    """The process shall end. The machine isn't told: a resumed run tries again."""


class Attempt(msgspec.Struct, eq=False):
    """An attempt in progress.

    Attributes:
        pool: Whose slot it holds.
        started: When it began to execute, after any wait for a pool.
        told_to_end: The loop's time of that.
        expiry: Its timeout.
        reaper: What presses it further, once it was told to end.
        left_over: It didn't end within the grace period; it was answered for, and nobody waits for it.
        answered: Its event is in the inbox, or will never be.
        task: What carries it out, once it has begun.
    """

    command: StartTask
    context: StepContext
    started: float
    pool: Pool | None = None
    stop: Stop | None = None
    told_to_end: float = 0.0
    left_over: bool = False
    answered: bool = False
    expiry: asyncio.TimerHandle | None = None
    reaper: asyncio.TimerHandle | None = None
    task: asyncio.Task[None] | None = None

    def forget_timers(self) -> None:
        """Nothing shall happen to it any more."""
        if self.expiry is not None:
            self.expiry.cancel()
        if self.reaper is not None:
            self.reaper.cancel()


class Leftover(msgspec.Struct, frozen=True):
    """A step that would not end: a thread stuck in C, or code that swallows its cancellation.

    Attributes:
        grace: Seconds that it was given.
    """

    address: str
    kind: str
    grace: float

    def __str__(self) -> str:
        return (
            f"step `{self.address}` ({self.kind}) did not end within {self.grace:g}s of being cancelled, "
            "and may still be running"
        )

    def to_value(self) -> dict[str, Any]:  # Any: JSON
        """For `--json`."""
        return {"address": self.address, "kind": self.kind, "message": str(self)}
