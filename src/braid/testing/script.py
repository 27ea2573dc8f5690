"""A run in which the test chooses each event by hand."""

from __future__ import annotations

from collections.abc import Mapping

from braid.language.plan import Plan
from braid.language.task_kind import Value
from braid.machine import Machine
from braid.machine.commands import CancelTask, ClearTimer, EndRun, SetTimer, StartTask
from braid.machine.events import (
    CancelRequested,
    Event,
    RunStarted,
    TaskCancelled,
    TaskFailed,
    TaskSucceeded,
    TimerFired,
)
from braid.machine.outcome import Outcome
from braid.testing.driver import START_TIME
from braid.testing.laws import plan_of
from braid.testing.watcher import Watcher


class Script:
    """A run in which the test chooses each event; each takes a second. Steps are named by the end of their address."""

    def __init__(self, plan: Plan, inputs: Mapping[str, Value] | None = None, *, max_concurrency: int | None = None):
        self.plan = plan
        self.watcher = Watcher()
        self.machine = Machine(plan, secrets={}, observer=self.watcher)
        self.now = START_TIME
        self.running: dict[str, StartTask] = {}
        self.cancelling: list[str] = []
        self.timers: dict[tuple[str, str], float] = {}
        self.outcome: Outcome | None = None
        self._handle(
            RunStarted(
                time=self.now,
                run_id="script",
                workflow=plan.name,
                inputs=dict(inputs or {}),
                max_concurrency=max_concurrency,
            )
        )

    @classmethod
    def of(cls, values: Mapping[str, Value], inputs: Mapping[str, Value] | None = None) -> Script:
        """A scripted run of a workflow given as the plain values of its file."""
        return cls(plan_of(values), inputs)

    def finish(self, step: str, value: Value = None) -> None:
        task = self._take(step)
        self._handle(
            TaskSucceeded(time=self._tick(), address=task.address, attempt=task.attempt, value=value, started=self.now)
        )

    def fail(self, step: str, message: str = "failed", *, type: str = "task", retryable: bool = True) -> None:
        task = self._take(step)
        self._handle(
            TaskFailed(
                time=self._tick(),
                address=task.address,
                attempt=task.attempt,
                type=type,
                message=message,
                started=self.now,
                retryable=retryable,
            )
        )

    def acknowledge(self, step: str) -> None:
        """The task that was cancelled is gone."""
        task = self._take(step)
        self.cancelling.remove(task.address)
        self._handle(TaskCancelled(time=self._tick(), address=task.address, attempt=task.attempt, started=self.now))

    def fire(self, step: str = "") -> None:
        """The timer of this step fires, at its time."""
        address, name = next(key for key in self.timers if ends_with(key[0], step))
        self.now = max(self.now, self.timers.pop((address, name)))
        self._handle(TimerFired(time=self.now, address=address, name=name))

    def cancel(self) -> None:
        self._handle(CancelRequested(time=self._tick()))

    def _take(self, step: str) -> StartTask:
        found = [address for address in self.running if ends_with(address, step)]
        assert len(found) == 1, f"`{step}` names {found}; running: {sorted(self.running)}"
        self.watcher.task_ended(found[0])
        return self.running.pop(found[0])

    def _tick(self) -> float:
        self.now += 1.0
        return self.now

    def _handle(self, event: Event) -> None:
        for command in self.machine.handle(event):
            match command:
                case StartTask():
                    self.watcher.task_started(command.address)
                    self.running[command.address] = command
                case CancelTask():
                    self.cancelling.append(command.address)
                case SetTimer():
                    self.timers[command.address, command.name] = command.due
                case ClearTimer():
                    self.timers.pop((command.address, command.name), None)
                case EndRun():
                    self.outcome = command.outcome


def ends_with(address: str, step: str) -> bool:
    return address == step or address.endswith("/" + step)


def started(run: Script) -> list[str]:
    """The last parts of the addresses of the tasks that run, in the order of their start."""
    return [address.rpartition("/")[2] for address in run.running]
