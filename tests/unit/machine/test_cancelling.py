"""Cancelling: what is in progress is cancelled and awaited, clean-up runs, and nothing else does."""

from __future__ import annotations

from machine_script import script

from braid.machine.outcome import Cancelled, Failed, Succeeded
from braid.testing.script import started

CLEANING = """
- id: t
  try:
    steps: [{id: a, work: {}}]
    finally: [{id: cleanup, work: {}}]
"""


def test_finally_runs_when_the_run_is_cancelled() -> None:
    run = script(CLEANING, "finally: [{id: last, work: {}}]")
    run.cancel()
    assert run.cancelling == ["t/a"]
    run.acknowledge("a")
    assert started(run) == ["cleanup"]
    run.finish("cleanup")
    assert started(run) == ["last"]
    run.finish("last")

    assert run.outcome == Cancelled()


def test_a_second_request_cancels_the_cleaning_too() -> None:
    run = script(CLEANING, "finally: [{id: last, work: {}}]")
    run.cancel()
    run.acknowledge("a")
    run.cancel()
    assert run.cancelling == ["t/finally/cleanup"]
    run.acknowledge("cleanup")

    assert run.outcome == Cancelled()
    assert started(run) == []


def test_cleaning_that_has_begun_is_let_run_to_its_end() -> None:
    run = script(CLEANING)
    run.finish("a")
    run.cancel()
    assert run.cancelling == []
    run.finish("cleanup")

    assert run.outcome == Cancelled()


def test_a_waiting_step_ends_at_once() -> None:
    run = script("- {id: a, work: {}, retry: {attempts: 3, delay: 1h}}")
    run.fail("a")
    run.cancel()

    assert run.outcome == Cancelled()
    assert run.timers == {}


def test_a_result_that_comes_after_the_cancel_changes_nothing() -> None:
    run = script("- id: p\n  parallel: {wait: any, branches: [[{id: a, work: {}}], [{id: b, work: {}}]]}")
    run.finish("a", 1)
    assert run.cancelling == ["p/1/b"]
    run.finish("b", 2)

    assert run.outcome == Succeeded([1, None])


def test_the_run_ends_by_its_timeout_and_tells_on_failure() -> None:
    run = script("- {id: a, work: {}}", "timeout: 10s\non_failure: [{id: tell, work: {value: '{{ error.type }}'}}]")
    run.fire("")
    run.acknowledge("a")
    assert run.running["on_failure/tell"].arguments["value"] == "timeout"
    run.finish("tell")

    assert isinstance(run.outcome, Failed)
    assert run.outcome.failure.message == "the workflow took longer than 10s"


def test_answers_to_what_is_not_in_progress_are_ignored() -> None:
    run = script("- {id: a, work: {}}\n- {id: b, work: {}}")
    task = run.running["a"]
    run.finish("a", 1)
    run.running["a"] = task
    run.finish("a", 2)

    assert started(run) == ["b"]
