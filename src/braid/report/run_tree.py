"""What became of each step of a run, for `run --json` and the Python API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from braid.language.plan import ForeachNode, Node
from braid.language.task_kind import Value
from braid.machine.outcome import Failure, StepRecord
from braid.report.json_values import iso_time, json_value

ITEMS_KEPT_MAX = 1_000
"""Items of one foreach whose steps are kept one by one; of later ones those that failed are kept, the rest counted."""

STEPS_KEPT_MAX = 100_000
"""Steps of a run that are kept one by one; the rest is counted."""


class StepReport(msgspec.Struct):
    """One step of a run, at one address. Times are epoch seconds, `duration` seconds.

    Attributes:
        status: `running`, `succeeded`, `failed`, `cancelled` or `skipped`.
        error: Why it failed; also of a step that went on with its fallback.
        reason: Why it was skipped, or ended otherwise than one might think.
    """

    address: str
    id: str | None
    kind: str
    status: str
    attempts: int = 1
    started_at: float = 0.0
    duration: float = 0.0
    output: Value = None
    error: Failure | None = None
    reason: str = ""

    def to_json(self) -> dict[str, Any]:  # Any: JSON
        """As in `run --json`."""
        found: dict[str, Any] = {
            "address": self.address,
            "id": self.id,
            "kind": self.kind,
            "status": self.status,
            "attempts": self.attempts,
            "started_at": iso_time(self.started_at),
            "duration": round(self.duration, 6),
            "error": error_json(self.error),
        }
        if self.reason:
            found["reason"] = self.reason
        return found


class RunTree:
    """An observer that keeps the steps of a run, in the order in which they started, within bounds.

    Attributes:
        steps: By address.
        steps_counted: How many more there were.
    """

    def __init__(self) -> None:
        self.steps: dict[str, StepReport] = {}
        self.steps_counted = 0
        self._wide: dict[str, int] = {}
        self._left_out: set[str] = set()  # in progress, and not kept: the way to find that out is taken once

    def step_started(self, address: str, node: Node, time: float) -> None:
        """See `Observer`."""
        known = self.steps.get(address)
        if known is not None:
            known.status = "running"
            known.started_at = time
        elif (not self._wide and len(self.steps) < STEPS_KEPT_MAX) or self._has_room(address):
            self.steps[address] = StepReport(address, node.id, node.kind, "running", 1, time)
        else:
            self._left_out.add(address)

    def step_finished(self, address: str, node: Node, record: StepRecord) -> None:
        """See `Observer`."""
        if self._wide:
            self._wide.pop(address, None)
        report = self.steps.get(address)
        if report is None:
            failed = record.error is not None and len(self.steps) < STEPS_KEPT_MAX
            left_out = address in self._left_out
            if left_out:
                self._left_out.remove(address)
            if not failed and (left_out or not self._has_room(address)):
                self.steps_counted += 1
                return
            report = self.steps[address] = StepReport(address, node.id, node.kind, "running")
        report.status = record.status.value
        report.attempts = record.attempts
        report.started_at = record.started_at
        report.duration = record.duration
        report.output = record.output
        report.error = record.error
        report.reason = record.reason

    def step_retrying(self, address: str, node: Node, failure: Failure, attempt: int, due: float) -> None:
        """See `Observer`."""
        report = self.steps.get(address)
        if report is not None:
            report.attempts = attempt + 1

    def block_opened(self, address: str, node: Node, total: int, limit: int) -> None:
        """See `Observer`."""
        if isinstance(node, ForeachNode) and total > ITEMS_KEPT_MAX:
            self._wide[address] = total

    def end(self, time: float) -> None:
        """The run was interrupted: what was running then was cancelled."""
        for report in self.steps.values():
            if report.status == "running":
                report.status = "cancelled"
                report.duration = max(time - report.started_at, 0.0)

    def _has_room(self, address: str) -> bool:
        if len(self.steps) >= STEPS_KEPT_MAX:
            return False
        return not self._wide or not self._is_late_item(address)

    def _is_late_item(self, address: str) -> bool:
        """Whether it lies in an item of a wide foreach, beyond those that are kept."""
        end = address.find("/")
        while end != -1:
            following = address.find("/", end + 1)
            if address[:end] in self._wide:
                index = address[end + 1 : following if following != -1 else None]
                if index.isdecimal() and int(index) >= ITEMS_KEPT_MAX:
                    return True
            end = following
        return False


def error_json(failure: Failure | None) -> Any:  # Any: JSON
    """A failure as in `run --json`."""
    return None if failure is None else json_value(failure.to_value())


def steps_json(steps: Mapping[str, StepReport]) -> list[dict[str, Any]]:  # Any: JSON
    """The `steps` of `run --json`, in the order in which they started."""
    return [report.to_json() for report in steps.values()]
