"""Runs of plans made by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from braid.execution.executor import Executor
from braid.execution.launch import Ended, Launch, Run
from braid.execution.own_loop import run_in_own_loop
from braid.language.plan import Plan

Act = Callable[[Executor], Awaitable[None]]


async def execute(plan: Plan, act: Act | None = None, **settings: Any) -> Ended:
    """Run a plan; `act` runs beside it, with its executor."""
    executors: list[Executor] = []
    settings.setdefault("env", {})
    run = Run(Launch(plan=plan, **settings))
    running = asyncio.ensure_future(run.execute(executors.append))
    if act is not None:
        while not executors:  # noqa: ASYNC110  # the first turn of the loop makes it
            await asyncio.sleep(0)
        try:
            await act(executors[0])
        except BaseException:
            executors[0].kill()
            await running
            raise
    return await running


@pytest.fixture
def run_plan() -> Callable[..., Ended]:
    # Not asyncio.run, which waits for ever for a step that won't end.
    return lambda plan, act=None, **settings: run_in_own_loop(lambda _: execute(plan, act, **settings), 0.1)
