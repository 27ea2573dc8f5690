"""What the world told the machine; all that a journal keeps.

Times are epoch seconds (UTC). The order in which events are handled is the order of the journal.
"""

from __future__ import annotations

from typing import Any

import msgspec

Value = Any  # see language.task_kind.Value


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag=True):
    time: float


class RunStarted(Event, frozen=True, kw_only=True):
    """The first event of every run. `env` holds the declared variables, as they were when the run began."""

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
