"""`braid why`: time in which a run was stopped, and steps that have not begun."""

from __future__ import annotations

import pytest
from histories import looked_back, texts
from test_why_view import documents, told

from braid.machine.events import TimerFired
from braid.report.why_not_begun import not_begun_answer
from braid.testing.driver import START_TIME
from braid.testing.past_run import PastRun


def stopped() -> PastRun:
    """`a` was executing and `b` waited for it when the process died at 2 s; ten minutes later the run went on."""
    past = PastRun(
        "name: stop\npools: {one: 1}\nsteps:\n- parallel:\n    branches:\n"
        "    - [{id: a, shell: 'true', pool: one}]\n    - [{id: b, shell: 'true', pool: one}]\n"
    )
    past.succeed(603, "a", began=600)
    past.succeed(607, "b", began=603)
    return past


def test_time_in_which_the_run_was_stopped_is_no_wait_for_a_pool() -> None:
    text = told(looked_back(stopped(), "succeeded", 607), 700, width=100)

    assert "3.0s of it waiting for pool `one`" not in text  # not worth a line beside ten minutes
    assert "10m 00s of it lost: the run was stopped then, and went on later" in text
    (stretch,) = looked_back(stopped(), "succeeded", 607).spans["parallel-1/1/b"].stretches
    assert (stretch.waited, stretch.stopped) == (3, 600)


def test_a_timer_that_fired_late_tells_that_nobody_was_there() -> None:
    past = PastRun("name: late\nsteps:\n- {id: nap, delay: 2s}\n")
    past.tell(TimerFired(time=START_TIME + 62, address="nap", name="delay-1"))

    (share,) = documents(looked_back(past, "succeeded", 62))[0]["critical_path"]
    assert (share["seconds"], share["delayed"], share["stopped"]) == (62, 2, 60)


def test_a_rate_of_a_pool_is_no_standstill() -> None:
    past = PastRun("name: rate\npools: {slow: {limit: 1, rate: 1/1m}}\nsteps:\n- {id: a, shell: 'true', pool: slow}\n")
    past.succeed(61, "a", began=60)

    (stretch,) = looked_back(past, "succeeded", 61).spans["a"].stretches
    assert (stretch.waited, stretch.stopped) == (60, 0)


LATER = """\
name: later
steps:
  - id: first
    shell: "true"
  - id: group
    steps:
      - id: inner
        shell: "true"
  - id: g
    graph:
      steps:
        - {id: x, shell: "true"}
        - {id: y, shell: "echo {{ x.stdout }}"}
  - id: choice
    if: first.exit_code == 0
    then: [{id: yes_step, set: 1}]
    else: [{id: no_step, set: 2}]
"""


@pytest.mark.parametrize(
    ("status", "done", "step", "lines"),
    [
        ("running", [], "group", ["`group` has not begun: it comes after `first`, which has not ended"]),
        (
            "running",
            [],
            "inner",
            [
                "`inner` is inside `group`, which has not begun",
                "`group` has not begun: it comes after `first`, which has not ended",
            ],
        ),
        ("running", ["first", "inner"], "y", ["`y` has not begun: it needs `x`, which has not ended"]),
        (
            "succeeded",
            ["first", "inner", "x", "y"],
            "no_step",
            ["`no_step` never began: `else` of `choice` was not entered"],
        ),
        ("failed", ["first", "!inner"], "g", ["`g` never began: it comes after `group`, which failed"]),
    ],
)
def test_a_step_that_has_not_begun_tells_what_it_waits_for(
    status: str, done: list[str], step: str, lines: list[str]
) -> None:
    past = PastRun(LATER)
    for number, name in enumerate(done):
        if name.startswith("!"):
            past.fail(number + 1, name[1:])
        else:
            past.succeed(number + 1, name, {"stdout": "", "exit_code": 0})

    answer = not_begun_answer(looked_back(past, status), step)
    assert answer is not None
    assert texts(answer.lines) == lines


def test_a_name_that_the_workflow_has_not_is_no_question() -> None:
    assert not_begun_answer(looked_back(PastRun(LATER), "running"), "elsewhere") is None
