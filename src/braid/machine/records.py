"""The record that a step leaves."""

from __future__ import annotations

from braid.machine.frames import Frame
from braid.machine.outcome import (
    Broke,
    Cancelled,
    Continued,
    Failed,
    Jumped,
    Outcome,
    Returned,
    Skipped,
    Status,
    StepRecord,
    Succeeded,
)


def step_record(outcome: Outcome, began: float, ended: float) -> StepRecord:
    """The record of a step that ended with this outcome; a jump through it is a success that says so."""
    match outcome:
        case Succeeded(value):
            record = StepRecord(value, Status.SUCCEEDED)
        case Failed(failure):
            record = StepRecord(None, Status.FAILED, failure)
        case Skipped(reason):
            record = StepRecord(None, Status.SKIPPED, attempts=0, reason=reason)
        case Cancelled(reason):
            record = StepRecord(None, Status.CANCELLED, reason=reason)
        case Broke():
            record = StepRecord(None, Status.SUCCEEDED, reason="break")
        case Continued():
            record = StepRecord(None, Status.SUCCEEDED, reason="continue")
        case Jumped(target):
            record = StepRecord(None, Status.SUCCEEDED, reason=f"goto {target}")
        case Returned():
            record = StepRecord(None, Status.SUCCEEDED, reason="return")
    record.started_at = began
    record.duration = ended - began
    return record


def frame_record(frame: Frame, outcome: Outcome, ended: float) -> StepRecord:
    """The same, with what the frame knows of attempts, swallowed errors and reasons (law 11)."""
    if type(outcome) is Succeeded:  # nearly always, and four times as quick in one go
        duration = ended - frame.began
        succeeded = Status.SUCCEEDED
        return StepRecord(outcome.value, succeeded, frame.error, frame.attempts, frame.began, duration, frame.reason)
    record = step_record(outcome, frame.began, ended)
    record.attempts = frame.attempts
    record.reason = record.reason or frame.reason
    if record.error is None:
        record.error = frame.error
    return record
