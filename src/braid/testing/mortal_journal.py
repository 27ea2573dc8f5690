"""A journal whose process dies at a certain write."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NoReturn

from braid.journal.owner import Owner
from braid.journal.records import RunEnding, RunHead
from braid.journal.sqlite import Durability, SqliteJournal
from braid.machine.events import Event
from braid.testing.prove_points import CrashPoint, told

DEATH_CODE: Final = 86
"""What a process that died as planned exits with."""
_TURNS_BEFORE_DEATH: Final = 20


class MortalJournal(SqliteJournal):
    """Counts writes; at one of them the process ends, without any cleanup.

    Args:
        crash: Where; None to live.
        dying: Is told, just before the end, what the write was to keep and how many events were kept in all.

    Attributes:
        writes: How many there were.
    """

    def __init__(self, folder: Path, crash: CrashPoint | None, dying: Callable[[str, int], None]) -> None:
        # What a dead process had written is in the system's hands and needs no disk.
        super().__init__(folder, durability=Durability.NORMAL)
        self.writes = 0
        self._kept = 0
        self._crash = crash
        self._dying = dying

    async def begin(self, head: RunHead, owner: Owner, events: Sequence[Event] = ()) -> None:
        await self._before(told(events))
        await super().begin(head, owner, events)
        self._after(told(events), len(events))

    async def append(self, run_id: str, events: Sequence[Event]) -> None:
        if not events:
            await super().append(run_id, events)
            return
        await self._before(told(events))
        await super().append(run_id, events)
        self._after(told(events), len(events))

    def append_now(self, run_id: str, events: Sequence[Event]) -> bool:
        # The loop shall go on before each write.
        return False

    async def release(self, run_id: str, owner: Owner, ending: RunEnding) -> None:
        await self._before("the end of the run")
        await super().release(run_id, owner, ending)
        self._after("the end of the run", 0)

    async def _before(self, what: str) -> None:
        if self._crash == CrashPoint(self.writes, kept=False):
            # A write takes time, in which the loop goes on: an engine that acts before the write has returned shall
            # be seen to act.
            for _ in range(_TURNS_BEFORE_DEATH):
                await asyncio.sleep(0)
            self._die(what)

    def _after(self, what: str, events: int) -> None:
        self._kept += events
        if self._crash == CrashPoint(self.writes, kept=True):
            self._die(what)
        self.writes += 1

    def _die(self, what: str) -> NoReturn:
        self._dying(what, self._kept)
        os._exit(DEATH_CODE)
