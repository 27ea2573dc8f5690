"""What a journal promises. Every journal passes the suite in `braid.testing.journals`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from braid.journal.errors import JournalError, JournalFullError, JournalLostError
from braid.journal.owner import Owner
from braid.journal.records import Request, RunEnding, RunHead, RunRecord
from braid.machine.events import Event, RunEdited

__all__ = ["Journal", "JournalError", "JournalFullError", "JournalLostError"]


class Journal(Protocol):
    """Keeps the events of runs, each run's in the order in which they were appended.

    One journal serves many runs at once, so that a writer may put the batches of all of them into one transaction.
    What is asynchronous is durable on return, as far as this journal promises to be, and any of it may raise:

    * JournalFullError: Nothing was written; it can be done once there is room.
    * JournalLockedError: Nothing was written; another process held the journal for too long.
    * JournalLostError: Unknown what was written. End the process and resume.
    * JournalCorruptError: The journal is damaged; nothing was written.
    """

    async def begin(self, head: RunHead, owner: Owner, events: Sequence[Event] = ()) -> None:
        """Make a run with its first events, and claim it: all of that or nothing.

        Raises:
            RunExistsError: There is one with this id.
            ValueTooLargeError: One of the events has too large a value.
        """

    async def append(self, run_id: str, events: Sequence[Event]) -> None:
        """Keep events, all or none.

        A run has one writer: the next batch of a run is appended after the one before has returned. A caller that is
        cancelled while it waits doesn't know whether the batch was kept. A run that wasn't begun is made by its first
        batch; it can be looked at, but there is nothing to resume it with.

        Args:
            events: In the order in which the machine will handle them.

        Raises:
            RunOwnedError: Neither `begin` nor `claim` of this journal gave it the run, or another owner has taken it
                since; nothing was written.
            ValueTooLargeError: Nothing was written.
        """

    def append_now(self, run_id: str, events: Sequence[Event]) -> bool:
        """Do what `append` does, without waiting for anything.

        Returns:
            False where that can't be: nothing was written, and `append` does it, or tells why not.
        """

    async def claim(self, run_id: str, owner: Owner, *, take: bool = False) -> None:
        """Become the owner of a run that has none, or whose owner is a dead process of this machine.

        Args:
            take: Take it from any owner. One that is alive after all is refused at its next append.

        Raises:
            RunOwnedError: Names the owner that lives, or is on another machine.
            RunUnknownError: There is no such run.
        """

    async def release(self, run_id: str, owner: Owner, ending: RunEnding) -> None:
        """Give a run up, and tell how it was left.

        Raises:
            RunOwnedError: It is somebody else's by now.
            RunUnknownError: There is no such run.
        """

    async def forget(self, run_ids: Sequence[str]) -> None:
        """Delete runs with all they hold; ids that aren't known are passed over.

        Raises:
            RunOwnedError: One of them is running, or its owner is on another machine; none was deleted.
        """

    async def ask(self, run_id: str, request: Request) -> None:
        """Leave a request for whoever runs a run, now or later.

        Raises:
            RunUnknownError: There is no such run.
        """

    def asked(self, run_id: str) -> Sequence[Request]:
        """The requests that wait for the owner of a run, the oldest first. Costs microseconds while there are none."""

    def answered(self, run_id: str, request: Request) -> None:
        """A request was seen to, and what follows from it is in the journal."""

    def events(self, run_id: str) -> Iterable[Event]:
        """The events of a run that it had when the reading began, in their order; nothing for an unknown run.

        Raises:
            JournalCorruptError: While it is read, after all events before the damage.
        """

    def last_edit(self, run_id: str) -> tuple[int, RunEdited] | None:
        """The last time that the run's file was edited, and how many events stand before it; None if it never was.

        What else the run holds is hardly looked at: damage to it is told by `events`.

        Raises:
            JournalCorruptError: That event is damaged.
        """

    def runs(self) -> Iterable[RunRecord]:
        """All runs, the latest to begin first.

        Raises:
            JournalCorruptError: After all that can be read; or before, where it isn't known which there are.
        """

    def run(self, run_id: str) -> RunRecord | None:
        """One run, or None for an unknown one."""

    def head(self, run_id: str) -> RunHead | None:
        """What the run began with, its files included; None for an unknown run."""

    async def close(self) -> None:
        """Finish what was asked for, then let go of files and threads. Appending afterwards is the caller's bug."""
