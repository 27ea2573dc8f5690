"""`braid why`: the answers, for the questions that a run raises."""

from __future__ import annotations

from typing import Any

import pytest
from histories import ITEMS, failed_run, looked_back, texts, wide_run
from test_span_observer import failed_run_until_request

from braid.machine.events import ResultKept
from braid.machine.kept_results import fingerprint
from braid.report.run_history import RunHistory
from braid.report.why_step import step_answers
from braid.report.why_view import run_answers, why_json, why_lines
from braid.testing.driver import START_TIME
from braid.testing.past_run import PastRun

WHY_FAILED = """\
brief failed after 10.0s  run r1

error[task]: step `flaky` failed: no luck again
  --> past.braid.yaml:11:17
   |
11 |           - id: flaky
   |                 ^^^^^
   = note: at gather/left/flaky
   = note: after 2 attempts
   = note: this failed `gather`

`gather/left/flaky` failed 9.0s after the run began
  08:00:01.0  attempt 1  failed after 2.0s: no luck at first
  08:00:03.0  waited 4.0s for the next attempt
  08:00:07.0  attempt 2  failed after 2.0s: no luck again

it cancelled 1 step:
  ⊘ gather/right/slow
1 branch of `gather` never began
"""

WHY_WIDE_60 = """\
items succeeded in 20.0s  run r1

SHARE    TOOK  CRITICAL PATH: each began when the one before had ended
  75%   15.0s  each/*/fetch
                 10 times, one after the other
                 it waited for room in `each`: at most 3 of
                 30 at once
                 5.0s of it waiting for pool `few`
  10%    2.0s  pause
                 2.0s of it waiting, as the workflow asks
  15%    3.0s  last_one
"""

WHY_WIDE_100 = """\
items succeeded in 20.0s  run r1

SHARE    TOOK  CRITICAL PATH: each began when the one before had ended
  75%   15.0s  each/*/fetch
                 10 times, one after the other
                 it waited for room in `each`: at most 3 of 30 at once
                 5.0s of it waiting for pool `few`
  10%    2.0s  pause
                 2.0s of it waiting, as the workflow asks
  15%    3.0s  last_one
"""

WHY_RUNNING = """\
items has been running for 5.0s in process 4711 on box  run r1

pool `few` is full: at most 2 at once, 1 step waits for a slot
  held by      each/1/fetch, for 5.0s
               each/2/fetch, for 5.0s
  waiting      each/3/fetch, for 3.0s

`each` has no room: at most 3 at once, 1 of 30 ended, 26 items not begun
  in progress  each/1
               each/2
               each/3

2 steps are executing
  each/1/fetch  for 5.0s
  each/2/fetch  for 5.0s
"""

WHY_INTERRUPTED = """\
items was interrupted; its last sign of life came after 2.0s  run r1

2 steps had begun, and no answer is known: `braid resume` runs them again
  each/1/fetch  since 08:00:00
  each/2/fetch  since 08:00:00

1 step waited for a slot of pool `few`, at most 2 at once
  waiting      each/3/fetch

`each` had no room: at most 3 at once, 1 of 30 ended, 26 items not begun
  in progress  each/1
               each/2
               each/3

braid resume r1 goes on with it
"""

WHY_CANCELLED_STEP = """\
⊘ gather/right/slow cancelled after 10.0s

it was cancelled because `gather/left/flaky` failed: no luck again
  08:00:00.0  attempt 1  cancelled after 10.0s
"""

WHY_BLOCK = """\

SHARE    TOOK  CRITICAL PATH: each began when the one before had ended
  10%    1.0s  gather/left/first
  80%    8.0s  gather/left/flaky
                 4.0s of it between attempts
  10%    1.0s  gather/right/slow
                 1.0s of it from being told to end to the
                 end
"""


def running() -> PastRun:
    past = PastRun(ITEMS, {"n": 30})
    past.succeed(2, "0/fetch")
    return past


def told(history: RunHistory, at: float, *, step: str = "", width: int = 60) -> str:
    now = START_TIME + at
    span = history.spans[step] if step else None
    if span is None:
        answers = run_answers(history, now, color=False, width=width)
    else:
        answers = step_answers(history, span, history.end(now), color=False, width=width)
    return "\n".join(texts(why_lines(history, answers, now, span))) + "\n"


def documents(history: RunHistory, at: float = 100, *, step: str = "") -> list[dict[str, Any]]:
    now = START_TIME + at
    if step:
        answers = step_answers(history, history.spans[step], history.end(now), color=False, width=60)
    else:
        answers = run_answers(history, now, color=False, width=60)
    found: list[dict[str, Any]] = why_json(history, answers)["answers"]
    return found


def questions(history: RunHistory, step: str) -> list[str]:
    return [answer["question"] for answer in documents(history, step=step)]


def test_a_failed_run_tells_what_failed_first_where_and_what_it_ended() -> None:
    assert told(looked_back(failed_run(), "failed", 10), 100) == WHY_FAILED


def test_a_slow_run_tells_the_share_of_each_step_and_what_held_it_up() -> None:
    history = looked_back(wide_run(), "succeeded", 20)

    assert told(history, 100) == WHY_WIDE_60
    assert told(history, 100, width=100) == WHY_WIDE_100


def test_a_run_that_goes_on_tells_which_limits_hold_up_whom() -> None:
    assert told(looked_back(running(), "running"), 5) == WHY_RUNNING


def test_an_interrupted_run_tells_what_would_run_again() -> None:
    assert told(looked_back(running(), "interrupted"), 5) == WHY_INTERRUPTED


def test_a_cancelled_step_tells_whose_failure_it_was() -> None:
    assert told(looked_back(failed_run(), "failed", 10), 100, step="gather/right/slow") == WHY_CANCELLED_STEP


def test_a_block_tells_what_took_its_time() -> None:
    assert told(looked_back(failed_run(), "failed", 10), 100, step="gather").endswith(WHY_BLOCK)


def test_json_has_the_same_answers() -> None:
    (answer,) = documents(looked_back(failed_run(), "failed", 10))

    assert answer["question"] == "failed"
    assert answer["first"]["address"] == "gather/left/flaky"
    assert (answer["file"], answer["line"], answer["column"]) == ("past.braid.yaml", 11, 17)
    assert answer["cancelled"] == ["gather/right/slow"]
    assert answer["never_begun"] == [{"address": "gather", "count": 1}]


def test_json_names_the_holders_of_a_pool() -> None:
    (answer,) = documents(looked_back(running(), "running"), 5)

    waiting = [step for step in answer["steps"] if step["doing"] == "pool"]
    assert [(step["address"], step["pool"], step["limit"], step["place"]) for step in waiting] == [
        ("each/3/fetch", "few", 2, 1)
    ]
    assert waiting[0]["held_by"] == ["each/1/fetch", "each/2/fetch"]


def test_a_step_between_attempts_tells_until_when_and_why() -> None:
    past = PastRun(failed_run().plan.source.text)
    past.succeed(1, "first")
    past.fail(3, "flaky", "no luck at first")

    text = told(looked_back(past, "running"), 5, width=200)
    assert (
        "`gather/left/flaky` waits for its next attempt, in 2s, at 08:00:07: attempt 1 failed: no luck at first" in text
    )


def test_a_cancelled_run_tells_who_asked_for_it() -> None:
    text = told(looked_back(failed_run_until_request(), "cancelled", 3), 100)

    assert "it was cancelled because somebody asked the run to end: enough" in text
    assert "that ended `gather/right/slow`, `gather/left/flaky`" in text


def test_a_step_that_was_cancelled_by_request_blames_no_step() -> None:
    history = looked_back(failed_run_until_request(), "cancelled", 3)

    assert "because somebody asked the run to end: enough" in told(history, 100, step="gather/right/slow")


def test_the_losers_of_a_race_are_told_who_won() -> None:
    past = PastRun(
        "name: race\nsteps:\n- id: race\n  parallel:\n    wait: any\n    branches:\n"
        "    - [{id: a, shell: 'true'}]\n    - [{id: b, shell: 'true'}]\n"
    )
    past.succeed(1, "a")
    past.acknowledge(2, "b")

    text = told(looked_back(past, "succeeded", 2), 100, step="race/1/b", width=200)
    assert "it was cancelled because `race/0/a` had ended, and its block had all that it waited for" in text


NESTED = """\
name: nested
steps:
  - id: outer
    parallel:
      branches:
        bad:
          - {id: quick, shell: "true"}
          - id: race
            parallel:
              wait: any
              branches:
                - [{id: winner, shell: "true"}]
                - [{id: loser, shell: "true"}]
          - {id: breaks, shell: "false"}
        other:
          - id: group
            steps:
              - {id: inside, shell: "true"}
        sleeper:
          - id: naps
            steps:
              - {id: nap, delay: 1h}
"""


def nested() -> PastRun:
    past = PastRun(NESTED)
    past.succeed(1, "quick")
    past.succeed(2, "winner")
    past.acknowledge(3, "loser")
    past.fail(4, "breaks")
    past.acknowledge(5, "inside")
    return past


@pytest.mark.parametrize("step", ["other/group", "other/group/inside", "sleeper/naps", "sleeper/naps/nap"])
def test_all_that_a_failure_ended_blames_that_failure(step: str) -> None:
    text = told(looked_back(nested(), "failed", 5), 100, step=f"outer/{step}", width=200)

    assert "it was cancelled because `outer/bad/breaks` failed: no luck" in text


def test_a_failure_is_not_blamed_for_what_ended_before() -> None:
    (answer,) = documents(looked_back(nested(), "failed", 5))

    assert answer["cancelled"] == ["outer/other/group/inside", "outer/sleeper/naps/nap"]


def test_a_skipped_step_tells_its_condition() -> None:
    past = PastRun("name: skip\nsteps:\n- {id: a, set: 1}\n- {id: b, if: a > 1, set: 2}\n")

    text = told(looked_back(past, "succeeded"), 5, step="b")
    assert text == "- b skipped\n\nit was skipped: its `if` is false\n  if: a > 1\n"


def test_a_step_that_took_its_fallback_tells_why() -> None:
    past = PastRun("name: soft\nsteps:\n- {id: a, shell: 'true', fallback: {value: 1}}\n")
    past.fail(2, "a", "not today")
    history = looked_back(past, "succeeded", 2)

    text = told(history, 5, step="a")
    assert "its only attempt failed, and it took its fallback\n" in text
    assert " --> past.braid.yaml:3:" in text
    assert questions(history, "a") == ["fallback", "began"]


def test_a_failure_that_was_caught_tells_where_it_ended() -> None:
    past = PastRun(
        "name: caught\nsteps:\n- id: careful\n  try:\n    steps: [{id: a, shell: 'true'}]\n"
        "    catch: [{steps: [{id: b, set: 1}]}]\n"
    )
    past.fail(2, "a", "not today")

    text = told(
        looked_back(past, "succeeded", 2), 5, step=next(iter(a for a in past_addresses(past) if a.endswith("a")))
    )
    assert "its failure ended at `careful`, which went on\n" in text


def past_addresses(past: PastRun) -> list[str]:
    return list(looked_back(past, "succeeded").spans)


def edited() -> PastRun:
    """`a` is kept, `b` runs again."""
    past = PastRun("name: edit\nsteps:\n- {id: a, shell: 'true'}\n- {id: b, shell: 'false'}\n")
    command = past.running["a"]
    past.succeed(2, "a", "one")
    past.succeed(5, "b", "two")
    kept = ResultKept(
        time=START_TIME + 2,
        address="a",
        attempt=1,
        value="one",
        started=START_TIME,
        place=0,
        fingerprint=fingerprint("shell", command.arguments, {}),
    )
    past.edit(100, past.plan.source.text.replace("false", "true"), [kept], {"b": "argument `run` changed"})
    past.succeed(104, "b", "three", began=100)
    return past


def test_an_edited_run_tells_what_was_kept_and_why_the_rest_ran_again() -> None:
    history = looked_back(edited(), "succeeded", 104)

    text = told(history, 200)
    assert "the file was edited: 1 result kept, 1 step ran again\n  b  argument `run` changed\n" in text
    assert questions(history, "a") == ["kept"]
    assert questions(history, "b") == ["rerun", "began"]


def test_a_step_that_ran_again_began_with_the_edit_not_with_the_result_before() -> None:
    (stretch,) = looked_back(edited(), "succeeded", 104).spans["b"].stretches

    assert (stretch.asked, stretch.step.opened) == (START_TIME + 100, START_TIME + 100)
    assert stretch.cause is not None
    assert (stretch.cause.step.address, stretch.cause.kind) == ("a", "kept")
