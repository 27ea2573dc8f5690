"""Steps share asyncio.Tasks, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from braid.execution.launch import Ended
from braid.machine.outcome import Failed, Succeeded
from braid.testing.executor_kinds import parallel, plan, step

RunPlan = Callable[..., Ended]

mark: ContextVar[str] = ContextVar("mark", default="clean")


async def name_of_task(fields: Any, context: Any) -> str:
    task = asyncio.current_task()
    assert task is not None
    return task.get_name()


def test_steps_that_wait_for_nothing_share_a_task(run_plan: RunPlan) -> None:
    names: list[str] = []

    async def note(fields: Any, context: Any) -> None:
        names.append(await name_of_task(fields, context))

    run_plan(plan(*(step("on_loop", note, f"s{n}") for n in range(50))))
    assert len(names) == 50
    assert len(set(names)) <= 2


def test_what_a_step_sets_for_itself_is_seen_by_no_other(run_plan: RunPlan) -> None:
    async def spoil(fields: Any, context: Any) -> str:
        found = mark.get()
        mark.set("spoilt")
        return found

    outcome = run_plan(plan(parallel(*(step("on_loop", spoil, f"s{n}") for n in range(5))))).outcome
    assert outcome == Succeeded(["clean"] * 5)


def test_a_step_that_waits_holds_up_no_other(run_plan: RunPlan) -> None:
    gate: list[asyncio.Event] = []

    async def wait(fields: Any, context: Any) -> None:
        gate.append(asyncio.Event())
        await gate[0].wait()

    async def open_gate(fields: Any, context: Any) -> None:
        while not gate:  # noqa: ASYNC110  # the other one makes it
            await asyncio.sleep(0)
        gate[0].set()

    waiting = [step("on_loop", wait, f"w{n}") for n in range(3)]
    assert isinstance(run_plan(plan(parallel(*waiting, step("on_loop", open_gate, "o")))).outcome, Succeeded)


def test_a_cancellation_that_comes_too_late_for_its_step_reaches_no_other(run_plan: RunPlan) -> None:
    async def cancel_itself_and_return(fields: Any, context: Any) -> str:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        return "done"

    async def wait_a_turn(fields: Any, context: Any) -> str:
        await asyncio.sleep(0)
        return "undisturbed"

    first, second = step("on_loop", cancel_itself_and_return, "a"), step("on_loop", wait_a_turn, "b")
    assert run_plan(plan(first, second)).outcome == Succeeded("undisturbed")


def test_no_task_is_left_when_the_run_is_over(run_plan: RunPlan) -> None:
    left: list[int] = []

    async def fail(fields: Any, context: Any) -> None:
        raise LookupError("no")

    async def linger(fields: Any, context: Any) -> None:
        await asyncio.sleep(60)

    async def scenario() -> None:
        from braid.execution.launch import Launch, Run

        run = Run(Launch(plan=plan(parallel(step("on_loop", linger, "a"), step("on_loop", fail, "b"))), env={}))
        ended = await run.execute()
        assert isinstance(ended.outcome, Failed)
        await asyncio.sleep(0)
        left.append(len(asyncio.all_tasks()) - 1)

    asyncio.run(scenario())
    assert left == [0]
