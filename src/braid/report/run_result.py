"""How a run ended: what `braid.run` returns and `braid run --json` prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec

from braid.language.task_kind import Value
from braid.machine.outcome import Cancelled, Failed, Failure, Outcome, Succeeded
from braid.report.json_values import iso_time, json_value
from braid.report.run_tree import StepReport, error_json, steps_json


class Leftover(Protocol):
    """A step that would not end; as text, a sentence for people."""

    @property
    def address(self) -> str:
        """Of the step."""

    def to_value(self) -> dict[str, Any]:  # Any: JSON
        """For `--json`."""


class RunFailedError(Exception):
    """A run didn't succeed.

    Attributes:
        result: All about it.
    """

    def __init__(self, result: RunResult) -> None:
        self.result = result
        error = result.error
        why = (
            f": {error.address}: {error.message}" if error and error.address else f": {error.message}" if error else ""
        )
        super().__init__(f"workflow `{result.workflow}` {_TOLD[result.status]}{why} (run {result.run_id})")


_TOLD = {"failed": "failed", "cancelled": "was cancelled", "interrupted": "was interrupted"}


class RunResult(msgspec.Struct, frozen=True, kw_only=True):
    """How a run ended. Secrets are masked in all of it.

    Attributes:
        status: `succeeded`, `failed`, `cancelled` or `interrupted` (by Ctrl-C or SIGTERM).
        output: Of the workflow; None unless it succeeded.
        error: Why it failed; None unless it did.
        started_at: Epoch seconds.
        duration: Seconds.
        steps: What became of each step, by address, in the order in which they started. Of a foreach with very many
            items the first thousand and those that failed.
        steps_counted: How many steps there were beyond those in `steps`.
        leftovers: Steps that would not end when they were cancelled, and may still be running.
    """

    run_id: str
    workflow: str
    status: str
    output: Value
    error: Failure | None
    started_at: float
    duration: float
    steps: Mapping[str, StepReport] = msgspec.field(default_factory=dict)
    steps_counted: int = 0
    leftovers: Sequence[Leftover] = ()

    @property
    def succeeded(self) -> bool:
        """The run did what it was for."""
        return self.status == "succeeded"

    def raise_for_status(self) -> None:
        """Nothing, when the run succeeded.

        Raises:
            RunFailedError: It failed, was cancelled or interrupted.
        """
        if not self.succeeded:
            raise RunFailedError(self)

    def to_json(self) -> dict[str, Any]:  # Any: JSON
        """The document of `run --json`. `steps_counted` and `leftovers` are there only when there are some."""
        document: dict[str, Any] = {
            "run_id": self.run_id,
            "workflow": self.workflow,
            "status": self.status,
            "output": json_value(self.output),
            "error": error_json(self.error),
            "started_at": iso_time(self.started_at),
            "duration": round(self.duration, 6),
            "steps": steps_json(self.steps),
        }
        if self.steps_counted:
            document["steps_counted"] = self.steps_counted
        if self.leftovers:
            document["leftovers"] = [leftover.to_value() for leftover in self.leftovers]
        return document


def status_of(outcome: Outcome | None) -> tuple[str, Value, Failure | None]:
    """Status, output and error of a run's outcome; None is an interrupted one."""
    match outcome:
        case None:
            return "interrupted", None, None
        case Succeeded(value):
            return "succeeded", value, None
        case Failed(failure):
            return "failed", None, failure
        case Cancelled():
            return "cancelled", None, None
        case _:
            raise AssertionError(f"a run can't end with {outcome!r}")
