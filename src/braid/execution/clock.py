"""The time of a run."""

from __future__ import annotations

import time
from typing import Protocol

JUMP_SECONDS = 1.0
"""The system's clock must be ahead by more than this to be followed within a run."""


class Clock(Protocol):
    """Where the times of events come from."""

    def now(self) -> float:
        """Epoch seconds (UTC); never less than the call before gave."""


class SystemClock:
    """The system's clock, without its steps backwards.

    Time goes on with the monotonic clock, so that no step lasts less than nothing. A step forwards is followed: after
    a laptop slept, what was due in the meantime is due.

    Args:
        from_: It begins then at the earliest, in epoch seconds: a run that goes on doesn't go back in time, though the
            system's clock did.
    """

    def __init__(self, from_: float = 0.0) -> None:
        self._offset = max(time.time(), from_) - time.monotonic()

    def now(self) -> float:
        passed = time.monotonic()
        ahead = time.time() - passed - self._offset
        if ahead > JUMP_SECONDS:
            self._offset += ahead
        return passed + self._offset
