"""Law 10. Every loop, jump and nesting depth has a limit, and reaching it is a clear failure."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from law_settings import law, seeds

from braid.machine.outcome import Failed, Succeeded
from braid.testing.generator import EVERYTHING, workflows
from braid.testing.laws import driven


@law
@given(workflows(EVERYTHING), seeds)
def test_every_generated_run_ends_within_the_events_that_its_bounds_allow(values: dict[str, Any], seed: int) -> None:
    driven(values, seed)


@law
@given(st.integers(1, 20), seeds)
def test_a_goto_that_jumps_once_more_than_it_may_fails(most: int, seed: int) -> None:
    steps = [{"id": "again", "work": {"value": 1}}, {"id": "back", "goto": {"to": "again", "max": most}}]

    run = driven({"name": "endless", "steps": steps}, seed)

    assert isinstance(run.outcome, Failed)
    assert run.outcome.failure.type == "limit"
    assert str(most) in run.outcome.failure.message
    assert len([address for address in run.watcher.records if address.startswith("again")]) == most + 1


@law
@given(st.integers(1, 20), seeds)
def test_a_loop_never_has_more_iterations_than_its_max(most: int, seed: int) -> None:
    loop = {"max": most, "while": "true", "until": "false", "steps": [{"work": {"value": "{{ iteration }}"}}]}

    run = driven({"name": "loop", "steps": [{"id": "l", "loop": loop}]}, seed)

    assert isinstance(run.outcome, Succeeded)
    assert len([address for address in run.watcher.records if address.startswith("l/")]) == most
    assert run.watcher.records["l"].reason


@law
@given(st.integers(1, 6), st.integers(0, 8), seeds)
def test_a_step_is_tried_no_more_often_than_its_attempts(attempts: int, failing: int, seed: int) -> None:
    step = {"id": "s", "work": {"value": 1, "fail": failing}, "retry": {"attempts": attempts, "delay": "100ms"}}

    run = driven({"name": "attempts", "steps": [step]}, seed)

    assert run.watcher.records["s"].attempts == min(failing + 1, attempts)
    assert isinstance(run.outcome, Succeeded if failing < attempts else Failed)
    assert not run.timers
