"""Answers that the executor gives in the place of a task."""

from __future__ import annotations

from braid.execution.attempt import Attempt, Stop
from braid.expressions import format_duration
from braid.journal.errors import ValueTooLargeError
from braid.machine.events import Event, TaskCancelled, TaskFailed, TaskSucceeded


def answer_of_stopped(attempt: Attempt, now: float) -> Event | None:
    """That of an attempt which was told to end, or cancelled itself; None where the machine isn't told."""
    command = attempt.command
    match attempt.stop:
        case Stop.INTERRUPTED:
            return None
        case Stop.CANCELLED:
            return TaskCancelled(time=now, address=command.address, attempt=command.attempt, started=attempt.started)
        case Stop.TIMEOUT:
            assert command.timeout is not None
            kind, message = "timeout", f"took longer than {format_duration(command.timeout)}"
        case None:
            kind, message = "CancelledError", "the step cancelled itself"
    return TaskFailed(
        time=now,
        address=command.address,
        attempt=command.attempt,
        type=kind,
        message=message,
        started=attempt.started,
    )


def too_large(event: Event, error: ValueTooLargeError) -> Event:
    """The event, or that its step failed, if it is the one whose value the journal refuses."""
    if not isinstance(event, TaskSucceeded | TaskFailed) or event.address != error.address:
        return event
    return TaskFailed(
        time=event.time,
        address=event.address,
        attempt=event.attempt,
        type="result",
        message=str(error),
        started=event.started,
        retryable=False,
    )
