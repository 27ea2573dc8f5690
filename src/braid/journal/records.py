"""What a journal knows of a run besides its events."""

from __future__ import annotations

from typing import Any

import msgspec

from braid.journal.owner import Owner
from braid.language.workflow_file import WorkflowFile

Value = Any  # see braid.language.task_kind.Value

__all__ = ["ENDINGS", "Request", "RunEnding", "RunHead", "RunRecord", "WorkflowFile"]

ENDINGS = ("succeeded", "failed", "cancelled", "waiting", "interrupted")
"""How an owner may have left a run. The last two can go on."""


class RunHead(msgspec.Struct, frozen=True, kw_only=True):
    """What is known when a run begins, and doesn't change.

    Attributes:
        workflow: Its name.
        started: Epoch seconds.
        files: The workflow's own file first, then those that it calls.
        notes: What the launcher wants to find again when the run is resumed. No secrets.
    """

    id: str
    workflow: str
    started: float
    files: tuple[WorkflowFile, ...] = ()
    notes: dict[str, Value] = {}


class RunEnding(msgspec.Struct, frozen=True):
    """How its last owner left a run: one of `ENDINGS`, and when, in epoch seconds."""

    status: str
    time: float


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What another process asks of a run's owner.

    Attributes:
        kind: `cancel`.
        time: When it was asked, in epoch seconds.
    """

    id: str
    kind: str
    time: float
    reason: str = ""


class RunRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One line in the list of runs.

    Attributes:
        started: Epoch seconds.
        ending: None while an owner has it, and after an owner died.
        owner: Whose it is, dead or alive; None after it was released.
        events: How many there are.
    """

    id: str
    workflow: str
    started: float
    ending: RunEnding | None
    owner: Owner | None
    events: int

    @property
    def status(self) -> str:
        """`running`, or one of `ENDINGS`. An owner on another machine is believed to be alive."""
        if self.owner is not None and self.owner.alive() is not False:
            return "running"
        return self.ending.status if self.ending is not None else "interrupted"
