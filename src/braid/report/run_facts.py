"""What is known of a run before its events are read."""

from __future__ import annotations

from typing import Any

import msgspec

from braid.journal.owner import Owner
from braid.journal.records import RunRecord
from braid.report.json_values import iso_time


class RunFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One run in a list.

    Attributes:
        status: `running`, `succeeded`, `failed`, `cancelled`, `waiting` or `interrupted`, at the time of looking.
        started: Epoch seconds.
        ended: When its last owner left it; None while it runs, and when its owner died.
        owner: Whose it is, where it runs.
        events: How many its journal has.
    """

    id: str
    workflow: str
    status: str
    started: float
    ended: float | None
    owner: Owner | None
    events: int

    @classmethod
    def of(cls, record: RunRecord) -> RunFacts:
        """The facts of a record; asks once whether its owner lives."""
        status = record.status
        return cls(
            id=record.id,
            workflow=record.workflow,
            status=status,
            started=record.started,
            ended=None if record.ending is None else record.ending.time,
            owner=record.owner if status == "running" else None,
            events=record.events,
        )

    @property
    def is_over(self) -> bool:
        """It can't go on."""
        return self.status in {"succeeded", "failed", "cancelled"}

    def duration(self, now: float) -> float | None:
        """Seconds, to `now` while it runs; None where its owner died and nothing tells when."""
        end = now if self.status == "running" else self.ended
        return None if end is None else max(end - self.started, 0.0)

    def to_json(self, now: float) -> dict[str, Any]:  # Any: JSON
        """An element of `runs --json`."""
        duration = self.duration(now)
        return {
            "run_id": self.id,
            "workflow": self.workflow,
            "status": self.status,
            "started_at": iso_time(self.started),
            "duration": None if duration is None else round(duration, 6),
            "events": self.events,
            "owner": owner_json(self.owner),
        }


def owner_json(owner: Owner | None) -> dict[str, Any] | None:  # Any: JSON
    """Who runs a run."""
    return None if owner is None else {"host": owner.host, "pid": owner.pid}
