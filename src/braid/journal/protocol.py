"""What a journal promises. Every journal passes the suite in `braid.testing.journals`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from braid.machine.events import Event


class JournalError(Exception):
    """A journal can't do what it was asked."""


class JournalFullError(JournalError):
    """Nothing was written, for want of room; the run can go on once there is some."""


class JournalLostError(JournalError):
    """Unknown what was written. End the process and resume."""


class Journal(Protocol):
    """Keeps the events of runs, each run's in the order in which they were appended.

    One journal serves many runs at once, so that a writer may put the batches of all of them into one transaction.
    """

    async def append(self, run_id: str, events: Sequence[Event]) -> None:
        """Keep events, all or none; on return they are durable, as far as this journal promises to be.

        A run has one writer: the next batch of a run is appended after the one before has returned. A caller that is
        cancelled while it waits doesn't know whether the batch was kept.

        Args:
            events: In the order in which the machine will handle them.

        Raises:
            JournalFullError: Nothing was written; the run can go on once there is room.
            JournalLostError: Unknown what was written. End the process and resume.
        """

    def events(self, run_id: str) -> Iterable[Event]:
        """The events of a run, in their order; nothing for a run that it doesn't know."""

    async def close(self) -> None:
        """Let go of files and threads. Appending afterwards is the caller's bug."""
