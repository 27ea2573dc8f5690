"""An event loop for one run. Not `asyncio.run`: at its end that waits for ever for a task that won't be cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from braid.execution.executor import Executor
from braid.execution.interrupt import signals_call

T = TypeVar("T")


class Interruptible:
    """What signals act on, once there is something to act on."""

    def __init__(self) -> None:
        self._interrupt: Callable[[], None] | None = None
        self._kill: Callable[[], None] | None = None
        self._early = False

    def attach(self, interrupt: Callable[[], None], kill: Callable[[], None]) -> None:
        """From now on these are called; at once, when the signal came before."""
        self._interrupt, self._kill = interrupt, kill
        if self._early:
            interrupt()

    def attached(self, executor: Executor) -> None:
        """From now on signals stop this executor."""
        self.attach(executor.interrupt, executor.kill)

    def interrupt(self) -> None:
        """First signal."""
        self._early = True
        if self._interrupt is not None:
            self._interrupt()

    def kill(self) -> None:
        """Further signals."""
        if self._kill is not None:
            self._kill()


def run_in_own_loop(
    main: Callable[[Interruptible], Coroutine[Any, Any, T]],  # Any: what every coroutine has
    patience: float,
) -> T:
    """Run a coroutine in a new loop, with signals handled, and leave no task of it behind.

    Args:
        patience: Seconds that tasks which the steps started and forgot have to end.

    Raises:
        RuntimeError: A loop runs in this thread already.
    """
    if asyncio._get_running_loop() is not None:
        raise RuntimeError("there is an event loop in this thread: use `await braid.arun(…)` instead of `braid.run(…)`")
    loop = asyncio.new_event_loop()
    interruptible = Interruptible()
    try:
        asyncio.set_event_loop(loop)
        with signals_call(loop, interruptible.interrupt, interruptible.kill):
            try:
                return loop.run_until_complete(main(interruptible))
            finally:
                _end_tasks(loop, patience)
                loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def _end_tasks(loop: asyncio.AbstractEventLoop, patience: float) -> None:
    tasks = asyncio.all_tasks(loop)
    if not tasks:
        return
    for task in tasks:
        task.cancel()
    _, stubborn = loop.run_until_complete(asyncio.wait(tasks, timeout=patience))
    for task in stubborn:
        # They were reported by name; asyncio's own "Task was destroyed but it is pending!" would only add noise.
        task._log_destroy_pending = False  # type: ignore[attr-defined]  # of asyncio, not in its stubs
