"""What shall happen in the world. The executor carries these out after the events behind them are in the journal."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from braid.language.plan import PoolSpec, TaskNode
from braid.language.task_kind import Value
from braid.machine.outcome import Outcome


class StartTask(msgspec.Struct, frozen=True):
    """Run a task; answer with TaskSucceeded, TaskFailed or TaskCancelled of the same address and attempt.

    Attributes:
        arguments: The resolved fields; not validated against their types, not yet the task's own copy.
        timeout: Seconds from the moment it executes (a wait for the pool doesn't count); then it is cancelled and
            answered with TaskFailed of type `timeout`.
        pool: It executes only while it holds a slot of this pool; pools of one name are one pool of the run.
    """

    address: str
    attempt: int
    node: TaskNode
    arguments: Mapping[str, Value]
    timeout: float | None
    pool: PoolSpec | None


class CancelTask(msgspec.Struct, frozen=True):
    """Cancel a started task; its answer still comes, TaskCancelled or, if it ended first, what it ended with."""

    address: str
    attempt: int


class SetTimer(msgspec.Struct, frozen=True):
    """Answer with TimerFired of the same address and name at `due` (epoch seconds), not before."""

    address: str
    name: str
    due: float


class ClearTimer(msgspec.Struct, frozen=True):
    """The timer is not wanted any more; if its event is already on the way the machine ignores it."""

    address: str
    name: str


class EndRun(msgspec.Struct, frozen=True):
    """The run is over; nothing of it is running. `outcome`: Succeeded, Failed or Cancelled."""

    outcome: Outcome


Command = StartTask | CancelTask | SetTimer | ClearTimer | EndRun
