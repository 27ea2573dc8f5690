"""What the world told the machine; all that a journal keeps.

Times are epoch seconds (UTC). The order in which events are handled is the order of the journal.

A run that goes on with an edited file begins anew: after `RunEdited` come the results that are kept, then `RunStarted`
once more. What stands before the last `RunEdited` was handled by a machine of its own, and counts no more.
"""

from __future__ import annotations

from typing import Any

import msgspec

from braid.language.workflow_file import WorkflowFile

Value = Any  # see language.task_kind.Value


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag=True):
    time: float


class RunStarted(Event, frozen=True, kw_only=True):
    """Starts the run; only what is kept of an earlier one may come before it.

    Attributes:
        env: The declared variables, as they were when the run began.
    """

    run_id: str
    workflow: str
    inputs: dict[str, Value]
    env: dict[str, str] = {}
    max_concurrency: int | None = None
    """Of the command line; wins over the file's default, not over a block's own limit."""


class TaskSucceeded(Event, frozen=True, kw_only=True):
    address: str
    attempt: int
    value: Value
    started: float
    """When it began to execute, after any wait for a pool."""


class TaskFailed(Event, frozen=True, kw_only=True):
    address: str
    attempt: int
    type: str
    message: str
    started: float
    details: dict[str, Value] = {}
    retryable: bool = True
    retry_after: float | None = None


class TaskCancelled(Event, frozen=True, kw_only=True):
    """It was cancelled because the machine said so, and nothing of it runs any more."""

    address: str
    attempt: int
    started: float


class TimerFired(Event, frozen=True, kw_only=True):
    """`name`: delay, retry, timeout. The run's own timeout has the empty address."""

    address: str
    name: str


class CancelRequested(Event, frozen=True, kw_only=True):
    """Somebody asked the run to end."""

    reason: str = ""


class ResultKept(Event, frozen=True, kw_only=True):
    """What a task gave before the file was edited, or in the run that is reused: its step takes it instead of running,
    if its kind and its resolved arguments are still the same when it starts.

    Attributes:
        time: When that answer came.
        place: Where it stands among all that are kept: they are handled in the order in which they came.
        fingerprint: See `braid.machine.kept_results.fingerprint`.
    """

    address: str
    attempt: int
    value: Value
    started: float
    place: int
    fingerprint: bytes


class ResultDropped(Event, frozen=True, kw_only=True):
    """A step that ran before the file was edited, or in the run that is reused, runs again; for people, the machine
    takes no notice.

    Attributes:
        reason: Such as `argument 'url' changed` or `depends on forecast`.
    """

    address: str
    reason: str


class RunEdited(Event, frozen=True, kw_only=True):
    """The run goes on with these files; `kinds` are the task kinds that they use, sorted."""

    files: tuple[WorkflowFile, ...]
    kinds: tuple[str, ...] = ()
