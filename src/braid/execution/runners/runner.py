"""Where a task that blocks runs: the contract of the thread, process and (later) cluster runners."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec

from braid.execution.context import StepContext
from braid.execution.pools import Pool
from braid.language.task_kind import ActiveTask, Value


class StepInterrupted(BaseException):
    """Raised inside a blocking task that shall end. No `Exception`, so that ordinary handlers let it pass."""


class Call(msgspec.Struct, frozen=True):
    """One blocking call of a task.

    Attributes:
        fields: An instance of the kind's fields, the task's own.
        arguments: The same as plain values, for a runner whose tasks run elsewhere.
    """

    kind: ActiveTask
    fields: Any  # Any: the kind's own struct
    arguments: Mapping[str, Value]
    context: StepContext


class Runner(Protocol):
    """Runs blocking calls of tasks. Used on the loop's thread only."""

    slots: Pool
    """Held by the caller of `run`; more calls than slots wait, and their timeouts don't count meanwhile."""

    async def run(self, call: Call) -> Value:
        """The result of `run_blocking`, or what it raised.

        When cancelled, it makes the call end and returns, by CancelledError, only when nothing of it runs any more. A
        further cancellation makes it press harder. It may never return: the executor stops waiting after the grace
        period and then calls `abandon`.

        Raises:
            TaskError: The call raised it, or its worker died (type `worker-died`).
        """

    def kill(self) -> None:
        """End at once what can be ended by force, without grace."""

    async def close(self) -> None:
        """Let go of threads and processes. Calls that still run are given up: their `run` is cancelled."""


Press = Callable[[bool], None]
"""Makes a call end; the flag says that it was asked before."""
