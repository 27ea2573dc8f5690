"""The part of a run's journal that counts: all of it, or what follows the last time that its file was edited."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from braid.history.recorded import kinds_noted
from braid.journal.errors import RunUnknownError
from braid.journal.protocol import Journal
from braid.journal.records import RunHead
from braid.language.workflow_file import WorkflowFile
from braid.machine.events import Event


@dataclass(frozen=True, slots=True)
class Segment:
    """What one machine was told.

    Attributes:
        files: What its plan was made of.
        kinds: The task kinds that those use.
        first: How many events stand before it.
        total: How many events the run has.
    """

    head: RunHead
    files: tuple[WorkflowFile, ...]
    kinds: tuple[str, ...]
    first: int
    total: int

    def events(self, journal: Journal) -> Iterator[Event]:
        """Its events, in their order."""
        return islice(iter(journal.events(self.head.id)), self.first, self.total)


def last_segment(journal: Journal, run_id: str) -> Segment:
    """The segment in which a run goes on.

    Raises:
        RunUnknownError: There is no such run.
        JournalError: The journal can't be read.
    """
    head, record = journal.head(run_id), journal.run(run_id)
    if head is None or record is None:
        raise RunUnknownError(run_id)
    edit = journal.last_edit(run_id)
    if edit is None:
        return Segment(head, tuple(head.files), tuple(kinds_noted(head)), 0, record.events)
    first, event = edit
    return Segment(head, tuple(event.files), tuple(event.kinds), first, record.events)
