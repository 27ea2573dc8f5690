"""Faults to plant in resuming, or in what it stands on: the simulation must notice each."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

import msgspec
import pytest

from braid.history.loose_ends import LooseEnds
from braid.machine.commands import Command, SetTimer
from braid.machine.events import Event, TaskSucceeded
from braid.machine.scope import Circumstances, ListScope
from braid.machine.tree import FrameTree
from braid.testing import simulation_life
from braid.testing.simulation_grounds import CALM_GROUND, COMPARABLE_GROUND, RACING_GROUND, Ground
from braid.testing.simulation_life import Life

Patch = pytest.MonkeyPatch


@dataclass(frozen=True)
class Fault:
    name: str
    plant: Callable[[Patch], None]
    ground: Ground


def recorded_tasks_asked_again(patch: Patch) -> None:
    def note(self: LooseEnds, event: Event, commands: Sequence[Command]) -> None:
        for command in commands:
            self._note_command(command)

    patch.setattr(LooseEnds, "note", note)


def open_tasks_forgotten(patch: Patch) -> None:
    patch.setattr(LooseEnds, "to_start", lambda self: [])


def open_tasks_given_up(patch: Patch) -> None:
    start = LooseEnds.to_start
    patch.setattr(LooseEnds, "to_answer", lambda self: [*self._cancelled.values(), *start(self)])
    patch.setattr(LooseEnds, "to_start", lambda self: [])


def cancelled_tasks_started_again(patch: Patch) -> None:
    patch.setattr(LooseEnds, "to_start", lambda self: [*self._tasks.values(), *self._cancelled.values()])
    patch.setattr(LooseEnds, "to_answer", lambda self: [])


def attempts_counted_anew(patch: Patch) -> None:
    start = LooseEnds.to_start
    patch.setattr(
        LooseEnds, "to_start", lambda self: [msgspec.structs.replace(task, attempt=1) for task in start(self)]
    )


def pools_left_out(patch: Patch) -> None:
    start = LooseEnds.to_start
    patch.setattr(
        LooseEnds, "to_start", lambda self: [msgspec.structs.replace(task, pool=None) for task in start(self)]
    )


def timers_started_over(patch: Patch) -> None:
    pick_up = Life._pick_up

    def later(self: Life, ends: LooseEnds) -> None:
        for event, commands in zip(self.events, self.commands, strict=True):
            for command in commands:
                if isinstance(command, SetTimer) and (command.address, command.name) in ends._timers:
                    ends._timers[command.address, command.name] = self.now + command.due - event.time
        pick_up(self, ends)

    patch.setattr(Life, "_pick_up", later)


def overdue_timers_in_any_order(patch: Patch) -> None:
    pick_up = Life._pick_up

    def now(self: Life, ends: LooseEnds) -> None:
        for key, due in ends._timers.items():
            ends._timers[key] = max(due, self.now)
        pick_up(self, ends)

    patch.setattr(Life, "_pick_up", now)


def timers_forgotten(patch: Patch) -> None:
    patch.setattr(LooseEnds, "timers", property(lambda self: {}))


def acted_before_the_append(patch: Patch) -> None:
    def take(self: Life, batch: Sequence[Event]) -> None:
        for event in batch:
            self.handle(event)
        self.append(batch)

    patch.setattr(Life, "take", take)


def orders_change_from_life_to_life(patch: Patch) -> None:
    taken, calls = FrameTree.taken, count()

    def shuffled(self: FrameTree) -> Any:
        commands = taken(self)
        return commands[::-1] if next(calls) % 3 else commands

    patch.setattr(FrameTree, "taken", shuffled)


def chance_from_outside(patch: Patch) -> None:
    patch.setattr(Circumstances, "entropy", lambda self: os.urandom(32))


def clock_from_outside(patch: Patch) -> None:
    now, ticks = ListScope.now, count()
    patch.setattr(ListScope, "now", lambda self: now(self) + timedelta(seconds=next(ticks)))


def a_join_decided_anew(patch: Patch) -> None:
    """Answers are kept apart and read back task by task, so that who came first is lost."""
    replay = Life._replay

    def sorted_by_address(self: Life) -> None:
        events = [simulation_life.decode_event(data) for batch in self.batches for data in batch]
        answers = [number for number, event in enumerate(events) if isinstance(event, TaskSucceeded)]
        ordered = sorted((events[number] for number in answers), key=lambda event: event.address, reverse=True)
        for number, event in zip(answers, ordered, strict=True):
            events[number] = event
        self.batches = [[simulation_life.encode_event(event) for event in events]]
        replay(self)

    patch.setattr(Life, "_replay", sorted_by_address)


def the_encoding_rounds(patch: Patch) -> None:
    encode = simulation_life.encode_event
    patch.setattr(
        simulation_life,
        "encode_event",
        lambda event: encode(msgspec.structs.replace(event, time=float(round(event.time)))),
    )


def open_tasks_executed_twice(patch: Patch) -> None:
    execute = Life._execute

    def twice(self: Life, task: Any) -> None:
        execute(self, task)
        if self.recorded and task.command.attempt == 1 and not task.cancelled:
            execute(self, task)

    patch.setattr(Life, "_execute", twice)


FAULTS = [
    Fault("recorded tasks are asked again", recorded_tasks_asked_again, CALM_GROUND),
    Fault("open tasks are forgotten", open_tasks_forgotten, CALM_GROUND),
    Fault("open tasks are given up", open_tasks_given_up, CALM_GROUND),
    Fault("open tasks are executed twice", open_tasks_executed_twice, CALM_GROUND),
    Fault("cancelled tasks are started again", cancelled_tasks_started_again, RACING_GROUND),
    Fault("attempts are counted anew", attempts_counted_anew, COMPARABLE_GROUND),
    Fault("pools are left out", pools_left_out, CALM_GROUND),
    Fault("timers are started over", timers_started_over, COMPARABLE_GROUND),
    Fault("timers are forgotten", timers_forgotten, COMPARABLE_GROUND),
    Fault("overdue timers fire in any order", overdue_timers_in_any_order, COMPARABLE_GROUND),
    Fault("acted before the append", acted_before_the_append, CALM_GROUND),
    Fault("orders change from life to life", orders_change_from_life_to_life, RACING_GROUND),
    Fault("chance comes from outside", chance_from_outside, RACING_GROUND),
    Fault("the clock is not the event's", clock_from_outside, RACING_GROUND),
    Fault("a join is decided anew", a_join_decided_anew, RACING_GROUND),
    Fault("the encoding rounds", the_encoding_rounds, CALM_GROUND),
]
