"""One life of a run: from its first event, or from what an earlier life recorded, to its end.

The loop is the executor's, in virtual time: what has arrived is appended as one batch, then the machine hears of it,
then is carried out what it says. The journal keeps bytes, so that the encoding is part of what is tried.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from braid.history.loose_ends import LooseEnds
from braid.journal.codec import decode_event, encode_event
from braid.language.plan import Node, Plan
from braid.language.task_kind import Value
from braid.machine import Machine
from braid.machine.commands import CancelTask, Command, EndRun, SetTimer, StartTask
from braid.machine.events import (
    CancelRequested,
    Event,
    RunStarted,
    TaskCancelled,
    TaskFailed,
    TaskSucceeded,
    TimerFired,
)
from braid.machine.outcome import Outcome, StepRecord
from braid.testing.driver import EVENTS_MAX, START_TIME, Drive, RunningTask
from braid.testing.reference import Answer
from braid.testing.watcher import LawBrokenError, Watcher

Visit = tuple[str, int, int]
"""(address, attempt, how often that attempt has been started by then): a block that is tried again starts its steps
anew, with the same address and attempt."""

BATCH_PERCENT = 50
"""How often events of the same moment share an append."""


@dataclass(slots=True)
class Chronicler(Watcher):
    """A watcher that also keeps what the records of steps held, in the order in which they were made."""

    log: list[tuple[Any, ...]] = field(default_factory=list)  # Any: an address and the fields of its StepRecord

    def step_finished(self, address: str, node: Node, record: StepRecord) -> None:
        # Watcher is a slotted dataclass, made anew by its decorator: `super()` without arguments knows the old one.
        Watcher.step_finished(self, address, node, record)
        fate = (record.status, record.output, record.error, record.attempts, record.reason)
        self.log.append((address, *fate, record.started_at, record.duration))


class Life(Drive):
    """Drives a run whose first part may be recorded.

    Args:
        recorded: Batches of encoded events, as earlier lives appended them.
        seed: Chooses durations, and what shares an append.
        born: Epoch seconds at which this life begins, not before the last recorded event.

    Attributes:
        batches: What the journal holds; the last `appends` of them are this life's.
        recorded: How many of its events were there when this life began; `kept`: are there now.
        marks: For each event, how many records of steps there were when it had been handled.
        executed: The visits that were executed in this life, in order.
        answered: For each address and attempt, how many answers were recorded when this life began.
    """

    def __init__(
        self,
        plan: Plan,
        inputs: Mapping[str, Value],
        answer: Answer,
        *,
        seed: str,
        recorded: Sequence[Sequence[bytes]] = (),
        born: float = START_TIME,
        max_concurrency: int | None = None,
        cancel_at: int | None = None,
    ) -> None:
        super().__init__(plan, inputs, answer, max_concurrency=max_concurrency, cancel_at=cancel_at)
        self.random = random.Random(seed)
        self.watcher: Chronicler = Chronicler()
        self.machine = Machine(plan, secrets={}, observer=self.watcher)
        self.seed = seed
        self.born = born
        self.batches: list[list[bytes]] = [list(batch) for batch in recorded]
        self.appends = 0
        self.recorded = sum(len(batch) for batch in recorded)
        self.kept = self.recorded
        self.marks: list[int] = []
        self.executed: list[Visit] = []
        self.answered: Counter[tuple[str, int]] = Counter()
        self._visits: Counter[tuple[str, int]] = Counter()
        self._told_to_end: set[Visit] = set()

    def run(self) -> Outcome:
        """Replay what is recorded, see to the loose ends, and live to the end.

        Raises:
            LawBrokenError: The machine did what no law allows; the message says which and where.
        """
        if self.batches:
            self._replay()
        else:
            self.now = self.born
            self.take(self._first())
        while self.outcome is None:
            if len(self.events) > EVENTS_MAX:
                raise LawBrokenError(10, f"no end after {EVENTS_MAX} events")
            self.take(self._arrived())
        return self.outcome

    # Live.

    def take(self, batch: Sequence[Event]) -> None:
        """Append what has arrived; only then does the machine hear of it."""
        self.append(batch)
        for event in batch:
            self.handle(event)

    def append(self, batch: Sequence[Event]) -> None:
        """Keep events in the journal."""
        self.batches.append([encode_event(event) for event in batch])
        self.kept += len(batch)
        self.appends += 1

    def handle(self, event: Event) -> None:
        super().handle(event)
        self.marks.append(len(self.watcher.log))

    def _first(self) -> list[Event]:
        return [
            RunStarted(
                time=self.now,
                run_id="simulated",
                workflow=self.plan.name,
                inputs=self._inputs,
                max_concurrency=self._limit,
            )
        ]

    def _arrived(self) -> list[Event]:
        """The next event, and some of those of the same moment."""
        if self._cancel_at is not None and len(self.events) >= self._cancel_at:
            self._cancel_at = None
            return [CancelRequested(time=self.now)]
        batch = [self._next()]
        seen = {_place(batch[0])}
        while self._agenda and self._agenda[0][0] <= self.now and self.random.randrange(100) < BATCH_PERCENT:
            due, _, _, event, task = heapq.heappop(self._agenda)
            # A task has one answer, though it was cancelled as it ended.
            if self._is_wanted(event, due, task) and _place(event) not in seen:
                seen.add(_place(event))
                batch.append(event)
        return batch

    def _carry_out(self, command: Command) -> None:
        if self.kept < len(self.events):
            raise LawBrokenError(8, f"{command} follows from an event that is in no journal")
        if isinstance(command, StartTask):
            self._visits[command.address, command.attempt] += 1
        super()._carry_out(command)

    def _execute(self, task: RunningTask) -> None:
        address, attempt = key = task.command.address, task.command.attempt
        visit = self._visits[key]
        if visit <= self.answered[key]:
            raise LawBrokenError(8, f"attempt {attempt} at {address} was recorded and is executed again")
        if (address, attempt, visit) in self._told_to_end:
            raise LawBrokenError(5, f"attempt {attempt} at {address} was cancelled and is executed again")
        self.executed.append((address, attempt, visit))
        super()._execute(task)
        pool = task.command.node.pool
        if pool is not None:
            busy = sum(other.executing and other.command.node.pool == pool for other in self.running.values())
            if busy > self.plan.pools[pool].limit:
                raise LawBrokenError(2, f"{busy} execute in pool {pool} of {self.plan.pools[pool].limit}")

    # After a crash.

    def _replay(self) -> None:
        ends = LooseEnds()
        for batch in self.batches:
            for data in batch:
                event = decode_event(data)
                commands = self._replay_event(event)
                ends.note(event, commands)
        self.now = max(self.now, self.born)
        if self.outcome is None:
            self._pick_up(ends)

    def _replay_event(self, event: Event) -> list[Command]:
        self.now = event.time
        self.events.append(event)
        if isinstance(event, TaskSucceeded | TaskFailed | TaskCancelled):
            self.answered[event.address, event.attempt] += 1
            self.watcher.task_ended(event.address)
        if isinstance(event, CancelRequested):
            self._cancel_at = None
        commands = self.machine.handle(event)
        self.commands.append(commands)
        self.marks.append(len(self.watcher.log))
        for command in commands:
            match command:
                case StartTask():
                    self._visits[command.address, command.attempt] += 1
                    self.watcher.task_started(command.address)
                case CancelTask(address=address, attempt=attempt):
                    self.watcher.task_cancelled(address)
                    self._told_to_end.add((address, attempt, self._visits[address, attempt]))
                case EndRun():
                    self.outcome = command.outcome
        return commands

    def _pick_up(self, ends: LooseEnds) -> None:
        for (address, name), due in ends.timers.items():
            super()._carry_out(SetTimer(address, name, due))
        for command in ends.to_answer():
            address, attempt = command.address, command.attempt
            task = self.running[address, attempt] = RunningTask(command, self.now, cancelled=True)
            gone = TaskCancelled(time=self.now, address=address, attempt=attempt, started=self.now)
            self._plan_event(self.now, gone, task)
        for command in ends.to_start():
            self._start(command)


def _place(event: Event) -> tuple[str, str | int]:
    match event:
        case TimerFired(address=address, name=name):
            return address, name
        case TaskSucceeded() | TaskFailed() | TaskCancelled():
            return event.address, event.attempt
    raise AssertionError(f"{event} is on no agenda")
