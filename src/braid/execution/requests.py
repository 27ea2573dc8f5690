"""What other processes ask of a run that is going on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from braid.journal.protocol import Journal
from braid.journal.records import Request

LOOK_SECONDS: Final = 0.5
"""A request waits so long at most before it is seen."""

logger = logging.getLogger("braid.execution")


class RequestWatch:
    """Looks for requests again and again, on the loop's thread.

    Args:
        act: Is given each request once, and puts what follows from it into the inbox before it returns.

    Attributes:
        unsettled: Those that `act` was given and `acted_on` has not.
    """

    def __init__(
        self, journal: Journal, run_id: str, loop: asyncio.AbstractEventLoop, act: Callable[[Request], None]
    ) -> None:
        self._journal = journal
        self._run_id = run_id
        self._loop = loop
        self._act = act
        self._seen: set[str] = set()
        self.unsettled: list[Request] = []
        self._handle: asyncio.TimerHandle | None = None

    def look(self) -> None:
        """Look now, and from now on."""
        for request in self._journal.asked(self._run_id):
            if request.id not in self._seen:
                self._seen.add(request.id)
                self.unsettled.append(request)
                self._act(request)
        self._handle = self._loop.call_later(LOOK_SECONDS, self.look)

    def acted_on(self) -> list[Request]:
        """Those whose events are in the inbox by now; each is given once."""
        requests, self.unsettled = self.unsettled, []
        return requests

    def settle(self, requests: list[Request]) -> None:
        """What follows from them is in the journal."""
        for request in requests:
            self._journal.answered(self._run_id, request)

    def close(self) -> None:
        """Look no more."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
