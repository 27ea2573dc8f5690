"""Answers of a writer's thread, on their way to the loops that await them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

from braid.journal.errors import JournalError

Result = Any  # what a job returns is its caller's business


class Reply:
    """What came of a piece of work; where a loop is to wait for it, `expect` makes a future of that loop."""

    __slots__ = ("_future", "_loop", "error", "result")

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._future: asyncio.Future[Result] | None = None
        self.result: Result = None
        self.error: BaseException | None = None

    def expect(self) -> asyncio.Future[Result]:
        """On the thread of a running loop, before the work is given away."""
        self._loop = asyncio.get_running_loop()
        self._future = self._loop.create_future()
        return self._future

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """Where it is awaited."""
        assert self._loop is not None, "nobody expects this answer"
        return self._loop

    def tell(self) -> None:
        """On the loop's thread: hand the answer over, unless the caller has gone."""
        assert self._future is not None, "nobody expects this answer"
        if self._future.done():
            return
        if self.error is None:
            self._future.set_result(self.result)
        else:
            self._future.set_exception(self.error)


def refuse(replies: Sequence[Reply], error: JournalError) -> None:
    """One error for all of them; each gets an exception of its own, as a traceback is added wherever it is raised."""
    for reply in replies:
        if reply.error is None:
            reply.error = error if len(replies) == 1 else _copy(error)


def _copy(error: JournalError) -> JournalError:
    copy = type(error).__new__(type(error))
    copy.args = error.args
    copy.__dict__.update(error.__dict__)
    copy.__cause__ = error.__cause__
    return copy


def tell(replies: Sequence[Reply]) -> None:
    """Wake each loop once, however many of its futures are answered."""
    loops = {id(reply.loop): reply.loop for reply in replies}
    for key, loop in loops.items():
        mine = [reply for reply in replies if id(reply.loop) == key]
        # A loop that is closed has nobody left who waits.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(_tell_all, mine)


def _tell_all(replies: Sequence[Reply]) -> None:
    for reply in replies:
        reply.tell()
