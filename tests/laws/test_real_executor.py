"""The real executor does what the machine says: generated workflows in virtual time, with steps that end in any order.

The journal sometimes keeps at once what it is given and sometimes has to be waited for, so that answers are handled
now in the asyncio.Task that brought them, now in the executor's own.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from law_settings import law, seeds

from braid.execution.executor import Executor
from braid.execution.launch import Launch, Run
from braid.journal.memory import MemoryJournal
from braid.language.task_kind import TaskContext, Value
from braid.machine import Machine
from braid.machine.events import Event
from braid.machine.outcome import Outcome
from braid.testing.generator import workflows
from braid.testing.laws import driven, plan_of, told
from braid.testing.profiles import COMPARABLE, EVERYTHING
from braid.testing.virtual_time import VirtualClock, VirtualLoop, run_virtually
from braid.testing.work import Work

Values = dict[str, Any]


class Moody(MemoryJournal):
    """Has to be waited for, or not, as it comes."""

    def __init__(self, moods: random.Random) -> None:
        super().__init__()
        self._moods = moods
        self.at_once = 0

    async def append(self, run_id: str, events: Sequence[Event]) -> None:
        for _ in range(self._moods.randrange(4)):
            await asyncio.sleep(0)
        await super().append(run_id, events)

    def append_now(self, run_id: str, events: Sequence[Event]) -> bool:
        if self._moods.random() < 0.5:
            return False
        self._runs[run_id].events.extend(events)
        self.at_once += 1
        return True


work = Work.run


def slow_work(seed: int) -> Callable[..., Awaitable[Value]]:
    """`work` that takes its time, drawn for each attempt."""

    async def run(self: Work, fields: Any, context: TaskContext) -> Value:
        moods = random.Random(f"{seed} {context.address} {context.attempt}")
        match moods.randrange(4):
            case 1:
                await asyncio.sleep(0)
            case 2:
                await asyncio.sleep(moods.randrange(1, 20) / 10)
            case 3:
                try:
                    await asyncio.sleep(moods.randrange(20) / 10)
                except asyncio.CancelledError:
                    # Takes its time to end, and sometimes has its answer all the same.
                    await asyncio.sleep(moods.randrange(3) / 10)
                    if moods.random() < 0.5:
                        raise
        return await work(self, fields, context)

    return run


def executed(values: Values, seed: int, cancel_after: float | None = None) -> tuple[Outcome | None, Moody]:
    """Run a workflow to its end; nothing of it is left over."""
    plan = plan_of(values)
    journal = Moody(random.Random(seed))
    loop = VirtualLoop()
    run = Run(Launch(plan=plan, inputs={"n": 3}, journal=journal, run_id="r", env={}), VirtualClock(loop))

    def attach(executor: Executor) -> None:
        if cancel_after is not None:
            loop.call_later(cancel_after, executor.cancel)

    with mock.patch.object(Work, "run", slow_work(seed)):
        ended = run_virtually(run.execute(attach), loop)
    assert not ended.leftovers
    return ended.outcome, journal


def replayed(values: Values, journal: Moody) -> Outcome | None:
    machine = Machine(plan_of(values))
    for event in journal.events("r"):
        machine.handle(event)
    return machine.outcome


@law
@given(workflows(COMPARABLE), seeds)
def test_a_run_ends_as_the_machine_says_in_any_order_and_with_any_journal(values: Values, seed: int) -> None:
    outcome, journal = executed(values, seed)
    whole = "failed" not in told(outcome)
    assert told(outcome, whole=whole) == told(driven(values, seed).outcome, whole=whole)
    assert told(replayed(values, journal)) == told(outcome)


@law
@given(workflows(EVERYTHING), seeds)
def test_a_run_that_is_cancelled_ends_and_its_journal_tells_the_same(values: Values, seed: int) -> None:
    outcome, journal = executed(values, seed, cancel_after=random.Random(seed).random() * 4)
    assert outcome is not None
    assert told(replayed(values, journal)) == told(outcome)


def test_both_ways_are_taken() -> None:
    steps = [{"parallel": {"branches": [[{"work": {}}] * 5] * 20}}]
    _, journal = executed({"name": "w", "inputs": {"n": {}}, "steps": steps}, 1)
    batches = journal.at_once
    assert 5 < batches < 100


def test_an_executor_that_forgets_what_it_handled_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The journal first: an answer that is handled and not kept leaves a journal that ends otherwise."""
    monkeypatch.setattr(Moody, "append_now", lambda self, run_id, events: True)
    values = {"name": "w", "inputs": {"n": {}}, "steps": [{"work": {}}]}
    outcome, journal = executed(values, 1)
    assert outcome is not None
    assert replayed(values, journal) is None
