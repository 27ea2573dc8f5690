"""Owning a run in a journal: from `begin` or `claim` to `release`."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence
from typing import Final

from braid.execution.clock import Clock
from braid.journal.errors import JournalError
from braid.journal.owner import Owner
from braid.journal.protocol import Journal
from braid.journal.records import RunEnding, RunHead
from braid.machine.events import Event
from braid.machine.outcome import Cancelled, Failed, Outcome, Succeeded

INTERRUPTED: Final = "interrupted"

logger = logging.getLogger("braid.execution")

_given_up: set[str] = set()
"""Tokens of claims of this process that could not be released: nobody uses them, though their process lives."""


class Tenure:
    """One claim on a run, by this process.

    Attributes:
        before: Who died as the owner of the run before this one; None where it was given up in order.
    """

    def __init__(self, journal: Journal, run_id: str, clock: Clock) -> None:
        self.journal = journal
        self.run_id = run_id
        self._clock = clock
        self._owner = Owner.here()
        self.before: Owner | None = None

    @property
    def token(self) -> str:
        """Names this claim."""
        return self._owner.token

    async def begin(self, head: RunHead, first: Sequence[Event]) -> None:
        """Make the run, with its first events.

        Raises:
            RunExistsError: There is one with this id.
            JournalError: See `Journal`.
        """
        await self.journal.begin(head, self._owner, first)

    async def claim(self) -> None:
        """Take a run that nobody has.

        Raises:
            RunOwnedError: Somebody has it.
            JournalError: See `Journal`.
        """
        record = self.journal.run(self.run_id)
        self.before = record.owner if record is not None else None
        take = self.before is not None and self.before.token in _given_up
        await self.journal.claim(self.run_id, self._owner, take=take)

    async def release(self, outcome: Outcome | None) -> None:
        """Give the run up. Its events are kept already: what goes wrong here is told, and the run goes free with this
        process, or when it resumes the run itself."""
        ending = RunEnding(status_word(outcome), self._clock.now())
        try:
            await self.journal.release(self.run_id, self._owner, ending)
        except JournalError as error:
            _given_up.add(self._owner.token)
            logger.warning("how run %s ended could not be noted: %s", self.run_id, error)

    async def abandon(self) -> None:
        """Give it up after an error: whether the journal can still take a note of it or not."""
        _given_up.add(self._owner.token)
        with contextlib.suppress(JournalError):
            await self.journal.release(self.run_id, self._owner, RunEnding(INTERRUPTED, self._clock.now()))


def status_word(outcome: Outcome | None) -> str:
    """The status that a journal keeps of a run that ended with this outcome; None is an interrupted one."""
    match outcome:
        case None:
            return INTERRUPTED
        case Succeeded():
            return "succeeded"
        case Failed():
            return "failed"
        case Cancelled():
            return "cancelled"
        case _:
            raise AssertionError(f"a run can't end with {outcome!r}")
