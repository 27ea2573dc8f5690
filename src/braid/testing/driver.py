"""Drives a machine with no event loop: virtual time, and a seeded scheduler that chooses what happens next.

`Drive` runs a plan to its end; one seed is one order of completion. Durations lie on a coarse grid, so that ties
(a result together with a timer, two results at once) are common. A cancelled task answers late, and sometimes with
what it had ended with just before.
"""

from __future__ import annotations

import copy
import heapq
import random
from collections import Counter, defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass

from braid.language.plan import Plan
from braid.language.task_kind import TaskError, Value
from braid.machine import Machine
from braid.machine.commands import CancelTask, ClearTimer, Command, EndRun, SetTimer, StartTask
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
from braid.testing.reference import Answer
from braid.testing.watcher import LawBrokenError, Watcher

GRID_SECONDS = 0.1
"""Durations are multiples of it."""
GRID_STEPS_MAX = 20
"""The longest task takes so many grid steps."""
EVENTS_MAX = 20_000
"""Events after which a run is taken to be endless."""
START_TIME = 1_800_000_000.0
"""Epoch seconds at which driven runs begin."""


@dataclass(slots=True)
class RunningTask:
    command: StartTask
    began: float
    cancelled: bool = False
    executing: bool = False


class Drive:
    """One run of a plan.

    Args:
        answer: What tasks give, a pure function; called with a copy of the arguments.
        seed: Chooses durations, and how cancelled tasks answer.
        max_concurrency: As on the command line.
        cancel_at: Request the run's end before this event number, None never.

    Attributes:
        events: What the machine was told, in order.
        commands: What it answered to each event.
    """

    def __init__(
        self,
        plan: Plan,
        inputs: Mapping[str, Value] | None = None,
        answer: Answer | None = None,
        *,
        seed: int = 0,
        max_concurrency: int | None = None,
        cancel_at: int | None = None,
    ) -> None:
        self.plan = plan
        self.answer = answer
        self.random = random.Random(seed)
        self.watcher = Watcher()
        self.machine = Machine(plan, secrets={}, observer=self.watcher)
        self.now = START_TIME
        self.events: list[Event] = []
        self.commands: list[list[Command]] = []
        self.running: dict[tuple[str, int], RunningTask] = {}
        self.timers: dict[tuple[str, str], float] = {}
        self.outcome: Outcome | None = None
        self._agenda: list[tuple[float, float, int, Event, RunningTask | None]] = []
        self._planned = 0
        self._waiting: defaultdict[str, deque[RunningTask]] = defaultdict(deque)
        self._executing: Counter[str] = Counter()
        self._cancel_at = cancel_at
        self._inputs = dict(inputs or {})
        self._limit = max_concurrency

    def run(self) -> Outcome:
        """Run to the end.

        Raises:
            LawBrokenError: The machine did what no law allows; the message says which and where.
        """
        first = RunStarted(
            time=self.now,
            run_id="drive",
            workflow=self.plan.name,
            inputs=self._inputs,
            max_concurrency=self._limit,
        )
        self.handle(first)
        while self.outcome is None:
            if len(self.events) > EVENTS_MAX:
                raise LawBrokenError(10, f"no end after {EVENTS_MAX} events")
            if len(self.events) == self._cancel_at:
                self.handle(CancelRequested(time=self.now))
                continue
            self.handle(self._next())
        return self.outcome

    def handle(self, event: Event) -> None:
        """Tell the machine an event and carry out what it answers."""
        self._forget(event)
        self.events.append(event)
        commands = self.machine.handle(event)
        self.commands.append(commands)
        for command in commands:
            if self.outcome is not None:
                raise LawBrokenError(5, f"{command} after the end of the run")
            self._carry_out(command)
        if self.outcome is None:
            self.watcher.check_windows()

    def _next(self) -> Event:
        while self._agenda:
            due, _, _, event, task = heapq.heappop(self._agenda)
            if self._is_wanted(event, due, task):
                self.now = max(self.now, due)
                return event
        raise LawBrokenError(9, f"nothing runs and no timer is set, but the run has not ended; open: {self.watcher}")

    def _is_wanted(self, event: Event, due: float, task: RunningTask | None) -> bool:
        if isinstance(event, TimerFired):
            return self.timers.get((event.address, event.name)) == due
        assert task is not None
        # By identity: a block that is tried again starts the same address and attempt anew.
        return self.running.get((task.command.address, task.command.attempt)) is task

    def _forget(self, event: Event) -> None:
        """Before the machine hears of it: what ended is not running any more."""
        match event:
            case TimerFired():
                self.timers.pop((event.address, event.name), None)
            case TaskSucceeded() | TaskFailed() | TaskCancelled():
                task = self.running.pop((event.address, event.attempt))
                self.watcher.task_ended(event.address)
                self._free(task)

    def _carry_out(self, command: Command) -> None:
        match command:
            case StartTask():
                self._start(command)
            case CancelTask():
                self._cancel(command)
            case SetTimer():
                self.timers[command.address, command.name] = command.due
                event = TimerFired(time=max(self.now, command.due), address=command.address, name=command.name)
                self._plan_event(command.due, event)
            case ClearTimer():
                self._clear(command)
            case EndRun():
                self.outcome = command.outcome
                self._check_end()

    def _start(self, command: StartTask) -> None:
        if (command.address, command.attempt) in self.running:
            raise LawBrokenError(5, f"{command.address} was started while it runs")
        self.watcher.task_started(command.address)
        task = self.running[command.address, command.attempt] = RunningTask(command, self.now)
        pool = command.pool
        if pool is not None and self._executing[pool.name] >= pool.limit:
            self._waiting[pool.name].append(task)
            return
        self._execute(task)

    def _execute(self, task: RunningTask) -> None:
        task.executing = True
        if task.command.pool is not None:
            self._executing[task.command.pool.name] += 1
        due = self.now + self.random.randint(0, GRID_STEPS_MAX) * GRID_SECONDS
        self._plan_event(due, self._result(task.command, due), task)

    def _free(self, task: RunningTask) -> None:
        pool = task.command.pool
        if pool is None or not task.executing:
            return
        self._executing[pool.name] -= 1
        if self._waiting[pool.name]:
            self._execute(self._waiting[pool.name].popleft())

    def _result(self, command: StartTask, due: float) -> Event:
        address, attempt = command.address, command.attempt
        assert self.answer is not None
        try:
            value = self.answer(address, attempt, command.node.kind, copy.deepcopy(dict(command.arguments)))
        except TaskError as error:
            return TaskFailed(
                time=due,
                address=address,
                attempt=attempt,
                type=error.type,
                message=error.message,
                started=self.now,
                details=error.details,
                retryable=error.retryable,
                retry_after=error.retry_after,
            )
        return TaskSucceeded(time=due, address=address, attempt=attempt, value=copy.deepcopy(value), started=self.now)

    def _cancel(self, command: CancelTask) -> None:
        task = self.running.get((command.address, command.attempt))
        if task is None:
            raise LawBrokenError(5, f"{command.address} was cancelled but doesn't run")
        if task.cancelled:
            raise LawBrokenError(5, f"{command.address} was cancelled twice")
        task.cancelled = True
        self.watcher.task_cancelled(command.address)
        if task.command.pool is not None and not task.executing:
            self._waiting[task.command.pool.name].remove(task)
        # One in four had ended already; the answer is on its way and comes as if nothing had been cancelled.
        elif self.random.random() < 0.25:
            return
        due = self.now + self.random.randint(0, GRID_STEPS_MAX // 2) * GRID_SECONDS
        event = TaskCancelled(time=due, address=command.address, attempt=command.attempt, started=task.began)
        self._plan_event(due, event, task)

    def _clear(self, command: ClearTimer) -> None:
        due = self.timers.pop((command.address, command.name), None)
        if due is not None and due <= self.now:
            # It fired in the same moment: the event is on its way, and the machine has to bear it.
            self.timers[command.address, command.name] = due

    def _check_end(self) -> None:
        if self.running:
            raise LawBrokenError(5, f"the run ended while {sorted(self.running)} ran")
        self.watcher.check_end()

    def _plan_event(self, due: float, event: Event, task: RunningTask | None = None) -> None:
        self._planned += 1
        # Ties are broken by chance, not by the order of planning.
        heapq.heappush(self._agenda, (due, self.random.random(), self._planned, event, task))


def replayed_commands(plan: Plan, events: list[Event]) -> list[list[Command]]:
    """What a new machine answers to the same events."""
    machine = Machine(plan, secrets={}, observer=None)
    return [machine.handle(event) for event in events]
