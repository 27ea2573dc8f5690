"""The loop between machine and world: order, the journal first, pools, threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from endings import failure

from braid.execution.executor import IN_A_ROW_MAX, Executor
from braid.execution.launch import Ended
from braid.journal.memory import MemoryJournal
from braid.journal.owner import Owner
from braid.journal.protocol import JournalFullError
from braid.journal.records import RunHead
from braid.language.plan import Node, PoolSpec
from braid.machine.events import Event, RunStarted, TaskSucceeded
from braid.machine.outcome import Cancelled, StepRecord, Succeeded
from braid.report.run_tree import RunTree
from braid.testing.executor_kinds import (
    foreach,
    give,
    give_blocking,
    leave,
    parallel,
    plan,
    sleep,
    step,
    swallow,
)
from braid.testing.waiting import soon, step_threads, until

RunPlan = Callable[..., Ended]

GRACE = 0.2

# What a task is given and what is kept of it.


def test_a_result_becomes_the_step_s_output(run_plan: RunPlan) -> None:
    assert run_plan(plan(step("on_loop", give, value={"a": [1]}))).outcome == Succeeded({"a": [1]})


@pytest.mark.parametrize("kind", ["on_loop", "in_thread"])
def test_a_task_changes_only_its_own_copy(run_plan: RunPlan, kind: str) -> None:
    given = {"rows": [1]}

    def spoil(fields: Any, context: Any) -> Any:
        fields.value["rows"].append(2)
        return fields.value

    async def spoil_on_loop(fields: Any, context: Any) -> Any:
        return spoil(fields, context)

    function = spoil_on_loop if kind == "on_loop" else spoil
    assert run_plan(plan(step(kind, function, value=given))).outcome == Succeeded({"rows": [1, 2]})
    assert given == {"rows": [1]}


def test_what_a_task_keeps_hold_of_cannot_change_its_result(run_plan: RunPlan) -> None:
    kept: list[int] = []

    async def give_and_keep(fields: Any, context: Any) -> Any:
        return kept

    async def spoil(fields: Any, context: Any) -> Any:
        kept.append(1)

    journal = MemoryJournal()
    run_plan(plan(step("on_loop", give_and_keep, "a"), step("on_loop", spoil, "b")), journal=journal, run_id="r")
    assert [event.value for event in journal.events("r") if isinstance(event, TaskSucceeded)] == [[], None]


def test_arguments_that_do_not_fit_fail_the_step_and_name_the_field(run_plan: RunPlan) -> None:
    failed = failure(run_plan(plan(step("on_loop", give, seconds="long"))))
    assert failed.type == "arguments"
    assert not failed.retryable
    assert "`seconds`" in failed.message


def test_a_result_that_cannot_be_kept_fails_the_step_with_its_place(run_plan: RunPlan) -> None:
    async def give_object(fields: Any, context: Any) -> Any:
        return {"rows": [1, object()]}

    failed = failure(run_plan(plan(step("on_loop", give_object))))
    assert failed.type == "result"
    assert not failed.retryable
    assert "$.rows[1]" in failed.message


@pytest.mark.parametrize(
    "error", [ValueError("x"), SystemExit(3), KeyboardInterrupt(), MemoryError(), RecursionError(), GeneratorExit()]
)
def test_nothing_that_a_task_raises_ends_the_engine(run_plan: RunPlan, error: BaseException) -> None:
    async def throw(fields: Any, context: Any) -> Any:
        raise error

    def throw_blocking(fields: Any, context: Any) -> Any:
        raise error

    for kind, function in (("on_loop", throw), ("in_thread", throw_blocking)):
        assert failure(run_plan(plan(step(kind, function)))).type == type(error).__name__


def test_a_failure_shows_the_author_s_frames_only(run_plan: RunPlan) -> None:
    failed = failure(run_plan(plan(step("in_thread", leave))))
    assert failed.type == "SystemExit"
    assert not any("placing.py" in frame for frame in failed.details.get("traceback", []))


def test_a_step_that_cancels_itself_has_failed(run_plan: RunPlan) -> None:
    async def cancel_itself(fields: Any, context: Any) -> Any:
        raise asyncio.CancelledError

    assert failure(run_plan(plan(step("on_loop", cancel_itself)))).type == "CancelledError"


# The journal comes first.


class LoggingJournal(MemoryJournal):
    """Takes a moment, and keeps what was going on when a batch became durable."""

    def __init__(self) -> None:
        super().__init__()
        self.started: list[str] = []
        self.story: list[tuple[list[str], list[str]]] = []

    async def begin(self, head: RunHead, owner: Owner, events: Sequence[Event] = ()) -> None:
        await self._note(events)
        await super().begin(head, owner, events)

    async def append(self, run_id: str, events: Sequence[Event]) -> None:
        await self._note(events)
        await super().append(run_id, events)

    async def _note(self, events: Sequence[Event]) -> None:
        for _ in range(3):
            await asyncio.sleep(0)
        self.story.append(([type(event).__name__ for event in events], list(self.started)))


def test_nothing_is_carried_out_before_its_cause_is_in_the_journal(run_plan: RunPlan) -> None:
    journal = LoggingJournal()

    async def note(fields: Any, context: Any) -> None:
        journal.started.append(context.address)

    run_plan(plan(step("on_loop", note, "a"), step("on_loop", note, "b")), journal=journal)
    assert journal.story == [
        (["RunStarted"], []),
        (["TaskSucceeded"], ["a"]),
        (["TaskSucceeded"], ["a", "b"]),
    ]


def test_what_arrives_together_is_one_batch(run_plan: RunPlan) -> None:
    journal = LoggingJournal()
    run_plan(plan(parallel(*(step("on_loop", give, f"s{n}") for n in range(50)))), journal=journal)
    assert [events for events, _ in journal.story] == [["RunStarted"], ["TaskSucceeded"] * 50]


class FullJournal(MemoryJournal):
    async def append(self, run_id: str, events: Sequence[Event]) -> None:
        if not isinstance(events[0], RunStarted):
            raise JournalFullError("no room")
        await super().append(run_id, events)


def test_a_full_journal_ends_the_run_with_its_error_and_nothing_running(run_plan: RunPlan) -> None:
    ended = []

    async def linger(fields: Any, context: Any) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(context.address)

    with pytest.raises(JournalFullError):
        run_plan(plan(parallel(step("on_loop", give, "a"), step("on_loop", linger, "b"))), journal=FullJournal())
    assert ended == ["p/1/b"]


class InstantJournal(LoggingJournal):
    """Keeps at once what comes one after the other, so that nobody waits for it."""

    def append_now(self, run_id: str, events: Sequence[Event]) -> bool:
        self.story.append(([f"{type(event).__name__} at once" for event in events], list(self.started)))
        return True


def test_what_is_kept_at_once_is_handled_at_once_and_not_before(run_plan: RunPlan) -> None:
    journal = InstantJournal()

    async def note(fields: Any, context: Any) -> None:
        journal.started.append(context.address)

    run_plan(plan(*(step("on_loop", note, name) for name in "abc")), journal=journal)
    assert journal.story == [
        (["RunStarted"], []),
        (["TaskSucceeded at once"], ["a"]),
        (["TaskSucceeded at once"], ["a", "b"]),
        (["TaskSucceeded at once"], ["a", "b", "c"]),
    ]


def test_answers_that_come_together_are_one_batch_at_once_too(run_plan: RunPlan) -> None:
    journal = InstantJournal()
    run_plan(plan(parallel(*(step("on_loop", give, f"s{n}") for n in range(50)))), journal=journal)
    assert [events for events, _ in journal.story] == [["RunStarted"], ["TaskSucceeded at once"] * 50]


def test_an_answer_is_heard_while_those_that_began_beside_it_wait(run_plan: RunPlan) -> None:
    ended: list[str] = []

    class Ends(RunTree):
        def step_finished(self, address: str, node: Node, record: StepRecord) -> None:
            ended.append(address)

    async def wait(fields: Any, context: Any) -> None:
        await soon(lambda: ended)

    steps = parallel(step("on_loop", give, "quick"), step("on_loop", wait, "a"), step("on_loop", wait, "b"))
    run_plan(plan(steps), observers=[Ends()])
    assert ended[0] == "p/0/quick"


def test_a_long_chain_lets_the_loop_have_its_turns(run_plan: RunPlan) -> None:
    turns = 0

    async def count_turns(executor: Executor) -> None:
        nonlocal turns
        while executor.outcome is None:
            turns += 1
            await asyncio.sleep(0)

    steps = 5 * IN_A_ROW_MAX
    run_plan(plan(*(step("on_loop", give, f"s{n}") for n in range(steps))), count_turns)
    assert 5 <= turns <= steps / 10


def test_a_bug_of_the_engine_surfaces_after_everything_was_cancelled() -> None:
    from braid.execution.clock import SystemClock
    from braid.execution.context import RunSurroundings
    from braid.execution.secrets import Masker
    from braid.machine.commands import StartTask

    ended = []

    async def linger(fields: Any, context: Any) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(context.address)

    class Broken:
        def handle(self, event: Event) -> Any:
            if isinstance(event, RunStarted):
                node = [step("on_loop", function) for function in (linger, give)]
                return [StartTask(str(n), 1, node[n], node[n].arguments.value, None, None) for n in range(2)]
            raise AssertionError("a bug")

    async def scenario() -> None:
        from pathlib import Path

        surroundings = RunSurroundings("r", Path(), {}, Masker({}))
        executor = Executor(Broken(), MemoryJournal(), surroundings, SystemClock())
        with pytest.raises(AssertionError, match="a bug"):
            await executor.run([RunStarted(time=0.0, run_id="r", workflow="w", inputs={})])

    asyncio.run(scenario())
    assert ended == ["0"]


# Pools.


def test_a_pool_lets_no_more_in_than_its_limit(run_plan: RunPlan) -> None:
    inside, most = 0, 0

    async def count(fields: Any, context: Any) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        for _ in range(3):
            await asyncio.sleep(0)
        inside -= 1

    steps = [step("on_loop", count, f"s{n}", pool="db") for n in range(10)]
    run_plan(plan(parallel(*steps), pools={"db": PoolSpec("db", 3)}))
    assert most == 3


def test_a_step_cancelled_in_the_queue_of_its_pool_never_starts(run_plan: RunPlan) -> None:
    started = []

    async def hold(fields: Any, context: Any) -> None:
        started.append(context.address)
        await asyncio.sleep(60)

    async def cancel(executor: Executor) -> None:
        await soon(lambda: started)
        executor.cancel()

    steps = [step("on_loop", hold, f"s{n}", pool="db") for n in range(3)]
    ended = run_plan(plan(parallel(*steps), pools={"db": PoolSpec("db", 1)}), cancel)
    assert isinstance(ended.outcome, Cancelled)
    assert started == ["p/0/s0"]


def test_the_wait_for_a_pool_does_not_count_for_the_timeout(run_plan: RunPlan) -> None:
    steps = [step("on_loop", sleep, f"s{n}", seconds=0.1, timeout=0.25, pool="db") for n in range(4)]
    assert isinstance(run_plan(plan(parallel(*steps), pools={"db": PoolSpec("db", 1)})).outcome, Succeeded)


def test_a_leftover_gives_its_slot_back(run_plan: RunPlan) -> None:
    steps = [step("on_loop", swallow, "s", timeout=0.05, pool="db"), step("on_loop", give, "t", value=1, pool="db")]
    ended = run_plan(plan(parallel(*steps, settle=True), pools={"db": PoolSpec("db", 1)}), grace=GRACE)
    assert isinstance(ended.outcome, Succeeded)
    assert [each["status"] for each in ended.outcome.value] == ["failed", "ok"]


# Threads.


def test_threads_are_reused_and_end_with_the_run(run_plan: RunPlan) -> None:
    names = set()

    def note(fields: Any, context: Any) -> None:
        import threading

        names.add(threading.get_ident())

    run_plan(plan(foreach(list(range(50)), step("in_thread", note))))
    assert len(names) == 1
    until(lambda: not step_threads(), "the end of the threads")


def test_a_foreach_of_threads_gives_results_in_order(run_plan: RunPlan) -> None:
    ended = run_plan(plan(foreach(list(range(30)), step("in_thread", give_blocking, value=1), limit=5)))
    assert ended.outcome == Succeeded([1] * 30)
