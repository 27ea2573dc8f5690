"""How steps are made to end: timeouts, cancellation, interruption."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from endings import failure

from braid.execution.executor import Executor
from braid.execution.launch import Ended
from braid.journal.memory import MemoryJournal
from braid.language.plan import RetryPolicy
from braid.machine.events import RunStarted, TaskCancelled, TaskFailed, TaskSucceeded
from braid.machine.outcome import Cancelled, Succeeded
from braid.testing.executor_kinds import (
    Constant,
    fail,
    give,
    heed,
    parallel,
    plan,
    sleep,
    spin,
    step,
    stuck_in_c,
    swallow,
)
from braid.testing.waiting import soon, step_threads, until

RunPlan = Callable[..., Ended]

GRACE = 0.2


# Timeouts and cancellation.


@pytest.mark.parametrize(("kind", "function"), [("on_loop", sleep), ("in_thread", spin), ("in_thread", heed)])
def test_a_timeout_ends_the_step_before_it_fails_it(run_plan: RunPlan, kind: str, function: Any) -> None:
    ended = run_plan(plan(step(kind, function, seconds=60, timeout=0.05)), grace=2.0)
    assert failure(ended).type == "timeout"
    assert failure(ended).message == "took longer than 50ms"
    assert ended.leftovers == ()
    until(lambda: not step_threads(), "the end of the threads")


def test_a_timeout_is_counted_anew_for_each_attempt(run_plan: RunPlan) -> None:
    attempts = []

    async def slow_at_first(fields: Any, context: Any) -> Any:
        attempts.append(context.attempt)
        await asyncio.sleep(60 if context.attempt == 1 else 0)
        return "at last"

    retry = RetryPolicy(Constant(2), "fixed", Constant("1ms"), Constant("1ms"), 0.0, None, None)
    ended = run_plan(plan(step("on_loop", slow_at_first, timeout=0.05, retry=retry)))
    assert ended.outcome == Succeeded("at last")
    assert attempts == [1, 2]


@pytest.mark.parametrize(("kind", "function"), [("on_loop", swallow), ("in_thread", stuck_in_c)])
def test_a_step_that_will_not_end_is_reported_by_name(run_plan: RunPlan, kind: str, function: Any) -> None:
    began = time.monotonic()
    ended = run_plan(plan(step(kind, function, "stubborn", seconds=3.0, timeout=0.05)), grace=GRACE)
    assert failure(ended).type == "timeout"
    assert [leftover.address for leftover in ended.leftovers] == ["stubborn"]
    assert "stubborn" in str(ended.leftovers[0])
    assert time.monotonic() - began < 2.5


def test_a_step_that_swallows_one_cancellation_is_ended_by_the_next(run_plan: RunPlan) -> None:
    async def swallow_once(fields: Any, context: Any) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(60)

    ended = run_plan(plan(step("on_loop", swallow_once, timeout=0.05)), grace=GRACE)
    assert failure(ended).type == "timeout"
    assert ended.leftovers == ()


def test_a_failure_cancels_its_siblings_and_waits_for_them(run_plan: RunPlan) -> None:
    story = []

    async def clean_up_slowly(fields: Any, context: Any) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.05)
            story.append("cleaned up")

    journal = MemoryJournal()
    steps = [step("on_loop", clean_up_slowly, "slow"), step("in_thread", fail, "bad", value="luck")]
    ended = run_plan(plan(parallel(*steps)), journal=journal, run_id="r")
    story.append("ended")
    assert failure(ended).message == "no luck"
    assert story == ["cleaned up", "ended"]
    assert [type(event) for event in journal.events("r")] == [RunStarted, TaskFailed, TaskCancelled]


def test_a_step_cancelled_before_it_began_is_answered_for(run_plan: RunPlan) -> None:
    async def cancel(executor: Executor) -> None:
        executor.cancel()

    ended = run_plan(plan(step("on_loop", sleep, seconds=60)), cancel)
    assert isinstance(ended.outcome, Cancelled)


# Interruption.


def test_an_interrupted_run_tells_the_machine_nothing(run_plan: RunPlan) -> None:
    started = []

    async def hold(fields: Any, context: Any) -> None:
        started.append(context.address)
        await asyncio.sleep(60)

    async def interrupt(executor: Executor) -> None:
        await soon(lambda: started)
        executor.interrupt()

    journal = MemoryJournal()
    ended = run_plan(plan(step("on_loop", hold)), interrupt, journal=journal, run_id="r")
    assert ended.outcome is None
    assert [type(event) for event in journal.events("r")] == [RunStarted]


def test_what_ended_before_the_interruption_is_kept(run_plan: RunPlan) -> None:
    journal = MemoryJournal()

    async def interrupt(executor: Executor) -> None:
        await soon(lambda: len(list(journal.events("r"))) == 2)
        executor.interrupt()

    steps = [step("on_loop", give, "a", value=1), step("on_loop", sleep, "b", seconds=60)]
    ended = run_plan(plan(parallel(*steps)), interrupt, journal=journal, run_id="r")
    assert ended.outcome is None
    assert [type(event) for event in journal.events("r")] == [RunStarted, TaskSucceeded]


def test_the_second_interrupt_ends_what_would_not_end(run_plan: RunPlan) -> None:
    started = []

    async def hold(fields: Any, context: Any) -> None:
        started.append(1)
        await swallow(fields, context)

    async def interrupt_twice(executor: Executor) -> None:
        await soon(lambda: started)
        executor.interrupt()
        await asyncio.sleep(0)
        executor.kill()

    began = time.monotonic()
    ended = run_plan(plan(step("on_loop", hold)), interrupt_twice, grace=60.0)
    assert ended.outcome is None
    assert time.monotonic() - began < 10
