"""Every runner: results, failures, cancellation that leaves nothing. Worker processes on top of that."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from braid.execution.launch import Ended, Launch, Run
from braid.execution.own_loop import run_in_own_loop
from braid.language.plan import Plan
from braid.machine.outcome import Failed, Failure, Succeeded
from braid.testing.executor_kinds import (
    die,
    fail,
    foreach,
    give_blocking,
    ignore_signals,
    leave,
    own_pid,
    parallel,
    plan,
    spin,
    start_child,
    step,
    stuck_in_c,
    talk,
)
from braid.testing.waiting import children, is_running, step_threads, until

BLOCKING = pytest.mark.parametrize("kind", ["in_thread", "in_process"])


def execute(given: Plan, **settings: Any) -> Ended:
    run = Run(Launch(plan=given, env=os.environ, **settings))
    return run_in_own_loop(lambda _: run.execute(), 0.1)


def failure(ended: Ended) -> Failure:
    assert isinstance(ended.outcome, Failed), ended
    return ended.outcome.failure


@BLOCKING
def test_a_value_goes_there_and_back(kind: str) -> None:
    value = {"rows": [1, 2.5, "ß", b"\x00", None, True], "big": 2**100}
    assert execute(plan(step(kind, give_blocking, value=value))).outcome == Succeeded(value)


@BLOCKING
def test_a_failure_keeps_type_message_and_frames(kind: str) -> None:
    failed = failure(execute(plan(step(kind, fail, value="luck"))))
    assert (failed.type, failed.message) == ("LookupError", "no luck")


@BLOCKING
def test_sys_exit_fails_the_step_only(kind: str) -> None:
    assert failure(execute(plan(step(kind, leave)))).type == "SystemExit"


@BLOCKING
def test_an_endless_loop_is_ended_by_its_timeout_and_leaves_nothing(kind: str) -> None:
    before = children()
    ended = execute(plan(step(kind, spin, timeout=0.1)), grace=2.0)
    assert failure(ended).type == "timeout"
    assert ended.leftovers == ()
    until(lambda: children() <= before, "the end of the processes")
    until(lambda: not step_threads(), "the end of the threads")


def test_a_process_that_is_stuck_in_c_is_killed() -> None:
    before = children()
    ended = execute(plan(step("in_process", stuck_in_c, seconds=600.0, timeout=0.1)), grace=0.5)
    assert failure(ended).type == "timeout"
    assert ended.leftovers == ()
    assert children() <= before


def test_a_process_that_ignores_its_interruption_is_killed(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    ended = execute(plan(step("in_process", ignore_signals, value=str(note), timeout=3.0)), grace=0.5)
    assert failure(ended).type == "timeout"
    assert ended.leftovers == ()
    assert not is_running(int(note.read_text()))


def test_what_a_step_s_process_started_ends_with_it(tmp_path: Path) -> None:
    note = tmp_path / "pids"
    ended = execute(plan(step("in_process", start_child, value=str(note), timeout=3.0)), grace=0.5)
    assert failure(ended).type == "timeout"
    for pid in map(int, note.read_text().split()):
        until(lambda pid=pid: not is_running(pid), f"the end of process {pid}")


def test_worker_processes_are_reused_and_end_with_the_run() -> None:
    before = children()
    ended = execute(plan(foreach(list(range(5)), step("in_process", own_pid))))
    assert isinstance(ended.outcome, Succeeded)
    assert len(set(ended.outcome.value)) == 1
    assert children() <= before


def test_there_are_no_more_workers_than_processors() -> None:
    steps = [step("in_process", own_pid, f"s{n}") for n in range(6)]
    ended = execute(plan(parallel(*steps)))
    assert isinstance(ended.outcome, Succeeded)
    assert len(set(ended.outcome.value)) <= (os.cpu_count() or 1)


def test_the_death_of_a_worker_fails_its_step_and_says_how_it_died() -> None:
    failed = failure(execute(plan(step("in_process", die))))
    assert failed.type == "worker-died"
    assert "exit code 7" in failed.message


def test_what_a_worker_prints_is_in_the_step_s_log() -> None:
    lines: list[tuple[str, str, str]] = []
    execute(plan(step("in_process", talk)), log=lambda *line: lines.append(line))
    assert sorted(lines) == [("a", "info", "to stderr"), ("a", "info", "to stdout"), ("a", "warning", "to the log")]


def test_a_function_that_a_worker_cannot_find_is_refused_in_words() -> None:
    failed = failure(execute(plan(step("in_process", lambda fields, context: None))))
    assert failed.type == "isolation"
    assert "top level of a module" in failed.message


def test_secrets_are_not_in_a_worker_s_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    given = plan(step("in_process", environment_of_worker), secrets=("TOKEN",))
    run = Run(Launch(plan=given, env={**os.environ, "TOKEN": "abcdefgh"}))
    ended = run_in_own_loop(lambda _: run.execute(), 0.1)
    assert ended.outcome == Succeeded(None)


def environment_of_worker(fields: Any, context: Any) -> str | None:
    return os.environ.get("TOKEN")
