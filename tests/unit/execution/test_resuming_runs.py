"""Recorded runs that go on in this process: cut off after any event, with pools, limits, functions and requests."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from pathlib import Path
from typing import Any

import pytest
from cut_runs import THREE, cut_off, recorded, written

import braid
from braid.journal.errors import (
    RunOwnedError,
)
from braid.journal.memory import MemoryJournal
from braid.journal.owner import Owner
from braid.journal.records import Request
from braid.machine.events import RunStarted, TaskSucceeded, TimerFired
from braid.testing.waiting import soon

# Cut off anywhere.

MIXED = """\
name: w
inputs: {who: {type: string, default: Ada}}
steps:
  - id: drawn
    set: [{uuid: "{{ uuid() }}", random: "{{ random() }}"}]
  - id: both
    parallel:
      wait: 2
      branches:
        a: [{id: a, python: {code: "return 1"}}, {id: drawn_in_a, set: "{{ uuid() }}"}]
        b: [{id: b, python: {code: "raise ValueError('b')"}, retry: {attempts: 2, delay: 1ms}, fallback: {value: 2}}]
        c: [{delay: 1h}]
  - id: items
    foreach:
      items: [1, 2, 3]
      as: n
      max_concurrency: 2
      steps: [{python: {code: "return n * 2", with: {n: "{{ n }}"}}}]
  - id: slept
    delay: 10ms
  - id: failed
    try:
      steps: [{python: {code: "raise KeyError('x')"}}]
      catch: [{steps: [{set: "{{ error.type }} {{ uuid() }}"}]}]
output: "{{ [drawn, both, items, failed, inputs.who, steps.b.attempts, run.id] }}"
"""


def test_a_run_that_is_cut_off_after_any_event_ends_as_it_would_have(tmp_path: Path) -> None:
    path = written(tmp_path, MIXED)
    result, journal, events = recorded(path)
    assert result.status == "succeeded"
    assert len(events) >= 9
    for kept in range(1, len(events) + 1):
        again = cut_off(journal, "r", events[:kept])
        resumed = braid.resume("r", journal=again)

        assert (resumed.status, resumed.output, resumed.run_id) == ("succeeded", result.output, "r")
        assert resumed.started_at == result.started_at
        assert {address: step.status for address, step in resumed.steps.items()} == {
            address: step.status for address, step in result.steps.items()
        }
        assert list(again.events("r"))[:kept] == events[:kept]
        record = again.run("r")
        assert record is not None
        assert (record.status, record.owner) == ("succeeded", None)


def test_the_time_does_not_go_back_for_a_run(tmp_path: Path) -> None:
    path = written(tmp_path, "name: w\nsteps:\n  - {id: a, python: {code: return 1}}\n  - set: '{{ now() }}'\n")
    _, journal, (started, answered) = recorded(path)
    assert isinstance(started, RunStarted)
    assert isinstance(answered, TaskSucceeded)
    # The system's clock was an hour ahead when the run began.
    future = time.time() + 3600
    first = RunStarted(time=future, run_id="r", workflow="w", inputs={})
    again = cut_off(journal, "r", [first])

    result = braid.resume("r", journal=again)
    *_, last = again.events("r")
    assert isinstance(last, TaskSucceeded)
    assert last.started >= future
    assert result.output.timestamp() >= future


# Timers.


def test_a_sleep_that_was_over_long_ago_is_over_and_one_that_was_not_goes_on(tmp_path: Path) -> None:
    path = written(
        tmp_path, "name: w\nsteps:\n  - parallel: {branches: {long: [{delay: 1h}], short: [{delay: 500ms}]}}\n"
    )
    head = MemoryJournal()
    cancelled = asyncio.run(_interrupted(path, head))
    for ago, least in ((7200.0, 0.0), (3600.0 - 0.3, 0.3)):
        began = time.time() - ago
        first = RunStarted(time=began, run_id="r", workflow="w", inputs={})
        again = cut_off(head, "r", [first])
        wall = time.monotonic()
        assert braid.resume("r", journal=again).status == "succeeded"
        assert least <= time.monotonic() - wall < least + 5
        fired = {event.address: event.time for event in again.events("r") if isinstance(event, TimerFired)}
        assert fired["parallel-1/long/delay-1"] >= began + 3600
    assert cancelled


async def _interrupted(path: Path, journal: MemoryJournal) -> bool:
    """Begin a run that sleeps, and interrupt it."""
    running = asyncio.ensure_future(braid.arun(path, journal=journal, run_id="r"))
    await soon(lambda: journal.run("r"), "the run")
    running.cancel()
    await asyncio.wait([running])
    return running.cancelled()


# Pools and limits.


def test_the_rate_of_a_pool_counts_what_began_before_the_crash(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """\
name: w
pools: {api: {limit: 10, rate: 2/600ms}}
steps:
  - foreach:
      items: [1, 2, 3, 4]
      max_concurrency: 4
      steps: [{id: call, pool: api, python: {code: return 1}}]
""",
    )
    _, journal, _ = recorded(path)
    now = time.time()
    answers = [
        TaskSucceeded(time=now, address=f"foreach-1/{item}/call", attempt=1, value=1, started=now - 0.1)
        for item in (0, 1)
    ]
    first = RunStarted(time=now - 0.2, run_id="r", workflow="w", inputs={})
    again = cut_off(journal, "r", [first, *answers])

    assert braid.resume("r", journal=again).status == "succeeded"
    *_, third, fourth = again.events("r")
    assert isinstance(third, TaskSucceeded)
    assert isinstance(fourth, TaskSucceeded)
    # Two within 600 ms had begun already.
    assert min(third.started, fourth.started) >= now - 0.1 + 0.6 - 0.01


def test_the_limit_of_the_command_line_and_those_of_pools_hold_again(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """\
name: w
pools: {one: 1}
steps:
  - parallel:
      branches:
        - [{id: a, python: {code: return 1}}]
        - [{id: b, python: {code: return 1}}]
        - [{id: c, python: {code: return 1}}]
  - foreach:
      items: [1, 2, 3]
      max_concurrency: 3
      steps: [{id: pooled, pool: one, python: {code: return 1}}]
""",
    )
    _, journal, events = recorded(path, max_concurrency=1)
    again = cut_off(journal, "r", events[:1])

    assert braid.resume("r", journal=again).status == "succeeded"
    answers = [event for event in again.events("r") if isinstance(event, TaskSucceeded)]
    assert len(answers) == 6
    # One after the other: the first three for the command line's limit, the others for the pool's.
    for before, after in itertools.pairwise(answers):
        assert after.started >= before.time


# Owners, requests and observers in one process.

SLEEPS = "name: w\nsteps:\n  - {id: a, python: {code: return 1}}\n  - {id: nap, delay: 1h}\nfinally: [{log: bye}]\n"


async def test_a_run_that_goes_on_here_is_refused_by_the_name_of_this_process(tmp_path: Path) -> None:
    journal = MemoryJournal()
    running = asyncio.ensure_future(braid.arun(written(tmp_path, SLEEPS), journal=journal, run_id="r"))
    await soon(lambda: len(list(journal.events("r"))) == 2, "the first step")

    with pytest.raises(RunOwnedError, match=f"`r` belongs to {Owner.here()}"):
        await braid.aresume("r", journal=journal)
    running.cancel()
    await asyncio.wait([running])
    record = journal.run("r")
    assert record is not None
    assert record.status == "interrupted"

    again = asyncio.ensure_future(braid.aresume("r", journal=journal))
    await soon(lambda: (record := journal.run("r")) and record.status == "running", "the second life")
    again.cancel()
    with pytest.raises(asyncio.CancelledError):
        await again
    assert len(list(journal.events("r"))) == 2


async def test_a_request_to_cancel_is_acted_on_once_and_then_gone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    journal = MemoryJournal()
    path = written(tmp_path, SLEEPS)
    running = asyncio.ensure_future(braid.arun(path, journal=journal, run_id="r"))
    await soon(lambda: len(list(journal.events("r"))) == 2, "the first step")
    strange = Request(id="1", kind="dance", time=1.0)
    wanted = Request(id="2", kind="cancel", time=2.0, reason="enough")
    with caplog.at_level(logging.WARNING, "braid.execution"):
        for request in (strange, wanted):
            await journal.ask("r", request)
        result = await running

    assert result.status == "cancelled"
    assert "unknown kind `dance`" in caplog.text
    assert wanted not in journal.asked("r")
    assert [step.status for step in result.steps.values()] == ["succeeded", "cancelled", "succeeded"]


def test_a_request_that_a_dead_owner_left_is_heard_before_anything_runs_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = written(tmp_path, THREE)
    _, journal, events = recorded(path)
    (tmp_path / "done").unlink()
    again = cut_off(journal, "r", events[:2])
    asyncio.run(again.ask("r", Request(id="1", kind="cancel", time=1.0)))

    result = braid.resume("r", journal=again)
    assert result.status == "cancelled"
    assert {step.status for step in result.steps.values()} == {"succeeded", "cancelled"}
    assert list(again.asked("r")) == []
    assert not (tmp_path / "done").exists()


class Told:
    """Implements `Observer`: takes note of steps that ended, and when they had started."""

    def __init__(self) -> None:
        self.ended: dict[str, float] = {}

    def step_finished(self, address: str, node: Any, record: Any) -> None:
        self.ended[address] = record.started_at

    def step_started(self, *_: Any) -> None: ...

    def step_retrying(self, *_: Any) -> None: ...

    def block_opened(self, *_: Any) -> None: ...


def test_an_observer_is_told_of_what_was_done_before_with_its_own_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = written(tmp_path, THREE)
    result, journal, events = recorded(path)
    told = Told()

    braid.resume("r", journal=cut_off(journal, "r", events[:3]), observer=told)
    assert list(told.ended) == ["a", "b", "c"]
    assert told.ended["a"] == result.steps["a"].started_at
    assert told.ended["c"] > result.steps["c"].started_at


# Workflows that a program builds.


def test_a_built_workflow_goes_on_with_its_functions_and_not_without_them(tmp_path: Path) -> None:
    calls: list[int] = []

    def count(n: int) -> int:
        calls.append(n)
        return n + 1

    def built() -> Any:
        steps: list[Any] = [
            braid.Task(kind="python", id=name, body={"with": {"n": given}}, function=count)
            for name, given in (("a", 1), ("b", "{{ a }}"))
        ]
        return braid.Workflow(name="w", steps=steps)

    journal = MemoryJournal()
    braid.run(built(), journal=journal, run_id="r")
    again = cut_off(journal, "r", list(journal.events("r"))[:2])
    calls.clear()
    for edited in (False, True):
        with pytest.raises(braid.ResumeError, match=r"the functions of a, b are those of the program"):
            braid.resume("r", journal=again, edited=edited)
    assert calls == []
    assert len(list(again.events("r"))) == 2

    assert braid.resume("r", journal=again, workflow=built()).output == 3
    assert calls == [2]


def test_functions_that_can_be_imported_need_no_program(tmp_path: Path) -> None:
    step = braid.Task(kind="python", id="a", body={"with": {"text": "äb"}}, function=len_of)
    journal = MemoryJournal()
    braid.run(braid.Workflow(name="w", steps=[step]), journal=journal, run_id="r")
    again = cut_off(journal, "r", list(journal.events("r"))[:1])

    assert braid.resume("r", journal=again).output == 2


def len_of(text: str) -> int:
    return len(text)
