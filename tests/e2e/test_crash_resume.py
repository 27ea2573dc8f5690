"""Laws 6 and 8 with the real command and kill -9: what was recorded isn't executed again, what was not is."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

import pytest
from killed_runs import DEADLINE_SECONDS, Place, most_at_once, steps_of

from braid.testing.waiting import is_running, until

SUCCEEDED_ONCE = ("succeeded", 1)


def calls(*names: str, held: str = "") -> str:
    """Steps in order, of which one holds."""
    lines = (
        f'  - {{id: {name}, python: {{call: "work:{"hold" if name == held else "act"}", with: {{name: {name}}}}}}}\n'
        for name in names
    )
    return f"name: w\nsteps:\n{''.join(lines)}"


def test_a_run_that_was_killed_in_the_middle_of_a_step_executes_that_step_again(tmp_path: Path) -> None:
    place = Place(tmp_path, calls("a", "b", "c", held="b"))
    place.killed("a", "b")
    place.let_go()

    result = place.resumed()
    assert place.counts() == {"a": 1, "b": 2, "c": 1}
    assert (result["status"], result["output"], result["error"]) == ("succeeded", "c", None)
    # The process that is gone left no answer: its try counts for none.
    assert steps_of(result) == dict.fromkeys("abc", SUCCEEDED_ONCE)
    assert place.told("resume", "last").returncode == 2
    assert len(place.effects()) == 4


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_step_is_executed_again_exactly_when_its_result_was_not_appended(
    tmp_path: Path, when: str, number: int
) -> None:
    place = Place(tmp_path, calls("a", "b", "c"))
    place.dying("append", when, number, "run", "w.braid.yaml")
    assert place.effects() == ["a", "b", "c"][:number]

    result = place.resumed()
    again = "abc"[number - 1] if when == "before" else ""
    assert place.counts() == {name: 2 if name == again else 1 for name in "abc"}
    assert (result["status"], result["output"]) == ("succeeded", "c")
    assert steps_of(result) == dict.fromkeys("abc", SUCCEEDED_ONCE)


def test_deaths_in_a_row_are_survived_too(tmp_path: Path) -> None:
    place = Place(tmp_path, calls("a", "b", "c", held="c"))
    place.dying("append", "before", 2, "run", "w.braid.yaml")
    place.dying("append", "after", 1, "resume", "last")
    place.dying("claim", "after", 1, "resume", "last")
    assert place.counts() == {"a": 1, "b": 2}
    place.killed("c", command=("resume", "last"))
    place.killed("c", command=("resume", "last"))
    place.let_go()

    result = place.resumed()
    assert place.counts() == {"a": 1, "b": 2, "c": 3}
    assert steps_of(result) == dict.fromkeys("abc", SUCCEEDED_ONCE)


def test_a_run_has_begun_wholly_or_not_at_all(tmp_path: Path) -> None:
    place = Place(tmp_path, calls("a"))
    place.dying("begin", "before", 1, "run", "w.braid.yaml", "--run-id", "r")
    assert "there are no runs yet" in place.told("resume", "r").stderr
    place.dying("begin", "after", 1, "run", "w.braid.yaml", "--run-id", "r")
    assert place.effects() == []

    assert place.resumed()["output"] == "a"
    assert place.effects() == ["a"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_run_that_died_with_its_last_word_on_its_lips_has_ended_as_it_did(tmp_path: Path, when: str) -> None:
    place = Place(tmp_path, calls("a", "b"))
    place.dying("release", when, 1, "run", "w.braid.yaml")

    if when == "after":
        assert "succeeded; there is nothing left to do" in place.told("resume", "last").stderr
    else:
        result = place.resumed()
        assert (result["status"], result["output"]) == ("succeeded", "b")
        assert steps_of(result) == dict.fromkeys("ab", SUCCEEDED_ONCE)
    assert place.effects() == ["a", "b"]


SLEEPERS = """\
name: w
steps:
  - parallel:
      branches:
        nap:
          - delay: 1500ms
          - python: {call: "work:act", with: {name: awake}}
        flaky:
          - python: {call: "work:fail", with: {name: flaky}}
            retry: {attempts: 2, delay: 1500ms, backoff: fixed, jitter: false}
            fallback: {value: null}
        beside:
          - python: {call: "work:hold", with: {name: beside}}
"""


def test_a_sleep_and_a_wait_for_the_next_attempt_keep_their_due_time(tmp_path: Path) -> None:
    place = Place(tmp_path, SLEEPERS)
    place.killed("flaky", "beside", logged="retrying ")
    due = place.all_effects[0].time + 1.5
    until(lambda: time.time() > due)
    place.let_go()

    result = place.resumed()
    assert (result["status"], result["output"]) == ("succeeded", {"nap": "awake", "flaky": None, "beside": "beside"})
    assert place.counts() == {"flaky": 2, "beside": 2, "awake": 1}
    times = {effect.name: effect.time for effect in place.all_effects if effect.what == "begin"}
    # `beside` runs again as soon as the run goes on. Started over, the others would come 1.5 s later.
    assert abs(times["awake"] - times["beside"]) < 1.0
    assert abs(times["flaky"] - times["beside"]) < 1.0


def test_a_sleep_is_not_cut_short_by_a_crash(tmp_path: Path) -> None:
    place = Place(tmp_path, SLEEPERS)
    place.let_go()
    place.killed("flaky", "beside", logged="retrying ")

    place.resumed()
    began = place.all_effects[0].time  # some milliseconds after the sleep
    times = {effect.name: effect.time for effect in place.all_effects if effect.what == "begin"}
    assert times["awake"] - began > 1.2
    assert times["flaky"] - began > 1.2


def test_attempts_are_counted_on_after_a_crash(tmp_path: Path) -> None:
    place = Place(
        tmp_path,
        """\
name: w
steps:
  - id: flaky
    python: {call: "work:fail", with: {name: flaky, hold_on: 2}}
    retry: {attempts: 3, delay: 1ms}
""",
    )
    place.killed("flaky", "flaky")
    place.let_go()

    result = place.resumed(code=1)
    # The second one was killed and is made again; were they counted anew, there would be five.
    assert place.counts() == {"flaky": 4}
    assert (result["status"], result["error"]["attempts"]) == ("failed", 3)
    assert steps_of(result) == {"flaky": ("failed", 3)}


def test_a_foreach_that_was_killed_in_its_middle_goes_on_there(tmp_path: Path) -> None:
    place = Place(
        tmp_path,
        """\
name: w
steps:
  - foreach:
      items: "{{ range(100) | list }}"
      as: number
      max_concurrency: 4
      steps:
        - id: one
          python: {call: "work:hold_some", with: {number: "{{ number }}", of: [50, 51, 52, 53]}}
""",
    )
    place.killed(50, 51, 52, 53)
    assert sorted(place.effects()) == list(range(54))
    place.let_go()

    result = place.resumed()
    assert place.counts() == {number: 2 if 50 <= number < 54 else 1 for number in range(100)}
    assert result["output"] == [number * 10 for number in range(100)]
    assert len(result["steps"]) == 101
    assert set(steps_of(result).values()) == {SUCCEEDED_ONCE}
    assert most_at_once(place.all_effects, set(range(54, 100))) <= 4


NESTED = """\
name: w
pools: {few: 2}
steps:
  - id: outer
    parallel:
      max_concurrency: 2
      branches:
        left:
          - parallel:
              max_concurrency: 2
              branches:
                a: [{python: {call: "work:act", with: {name: a}}}]
                b: [{python: {call: "work:hold", with: {name: b}}}]
                c: [{python: {call: "work:hold", with: {name: c}}}]
                d: [{pool: few, python: {call: "work:act", with: {name: d}}}]
        right:
          - python: {call: "work:act", with: {name: e}}
          - foreach:
              items: [f, g, h, i]
              as: name
              max_concurrency: 4
              steps:
                - pool: few
                  python: {call: "work:hold", with: {name: "{{ name }}"}}
        queued:
          - python: {call: "work:act", with: {name: j}}
  - python: {call: "work:act", with: {name: k}}
output: "{{ outer }}"
"""


def test_nested_blocks_go_on_where_they_were_within_their_limits_and_pools(tmp_path: Path) -> None:
    place = Place(tmp_path, NESTED)
    place.killed("a", "b", "c", "e", "f", "g")
    before = place.counts()
    assert before == dict.fromkeys("abcefg", 1)
    place.let_go()

    result = place.resumed()
    assert place.counts() == {name: 2 if name in "bcfg" else 1 for name in "abcdefghijk"}
    assert result["output"] == {
        "left": {name: name for name in "abcd"},
        "right": ["f", "g", "h", "i"],
        "queued": "j",
    }
    later = [effect for effect in place.all_effects[7:] if effect.pid != place.all_effects[0].pid]
    assert most_at_once(later, set("fghi")) <= 2
    assert most_at_once(later, set("abcd")) <= 2
    # The third branch waits for one of the first two to end.
    names = [effect.name for effect in later if effect.what == "end"]
    assert names.index("j") > min(max(map(names.index, "bcd")), max(map(names.index, "fghi")))


RACE = """\
name: w
steps:
  - id: race
    parallel:
      wait: any
      branches:
        slow: [{python: {call: "work:hold", with: {name: slow}}}]
        quick: [{python: {call: "work:follow", with: {name: quick, other: slow}}}]
  - id: next
    python: {call: "work:hold", with: {name: next}}
output: "{{ race }}"
"""
WON = {"slow": None, "quick": "quick"}


def test_a_race_that_was_decided_stays_decided(tmp_path: Path) -> None:
    place = Place(tmp_path, RACE)
    place.killed("slow", "quick", "next")
    place.let_go()

    result = place.resumed()
    assert result["output"] == WON
    assert place.counts() == {"slow": 1, "quick": 1, "next": 2}
    assert steps_of(result)["race/slow/python-1"] == ("cancelled", 1)


def test_a_loser_whose_end_nobody_recorded_does_not_run_again(tmp_path: Path) -> None:
    place = Place(tmp_path, RACE)
    # The winner's result is written; that the loser is cancelled, nobody has heard yet.
    place.dying("append", "after", 1, "run", "w.braid.yaml")
    assert place.counts()["quick"] == 1
    slow = place.counts().get("slow", 0)
    place.let_go()

    result = place.resumed()
    assert result["output"] == WON
    assert place.counts() == {"quick": 1, "next": 1, **({"slow": slow} if slow else {})}


STRAYING = """\
name: w
steps:
  - id: daemon
    shell: setsid sh -c 'echo $$ > daemon.pid; exec sleep 600' & while [ ! -s daemon.pid ]; do sleep 0.01; done
  - id: held
    shell: |
      setsid sh -c 'echo $$ >> pids; exec sleep 600' &
      echo $$ >> pids
      while [ ! -e go ]; do sleep 0.01; done
      echo held
output: "{{ held.stdout }}"
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are found by /proc")
def test_what_a_killed_run_s_step_had_started_is_gone_before_the_step_starts_again(tmp_path: Path) -> None:
    place = Place(tmp_path, STRAYING)

    def pids(count: int) -> list[int]:
        text = (tmp_path / "pids").read_text() if (tmp_path / "pids").exists() else ""
        return [int(line) for line in text.split()] if text.count("\n") == count else []

    with place.running("run", "w.braid.yaml"):
        before = until(lambda: pids(2), "the step", DEADLINE_SECONDS)
    daemon = int((tmp_path / "daemon.pid").read_text())
    try:
        assert [is_running(pid) for pid in before] == [True, True]
        with place.running("resume", "last"):
            now = until(lambda: pids(4), "the step, again", DEADLINE_SECONDS)[2:]
            assert [is_running(pid) for pid in before] == [False, False]
        place.let_go()
        assert place.resumed()["output"] == "held"
        assert not any(is_running(pid) for pid in now)
        # Of a step that had ended by itself: on purpose.
        assert is_running(daemon)
    finally:
        for pid in (daemon, *map(int, (tmp_path / "pids").read_text().split())):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def test_time_and_chance_are_what_they_were(tmp_path: Path) -> None:
    place = Place(
        tmp_path,
        """\
name: w
steps:
  - id: drawn
    set: {now: "{{ now() }}", uuid: "{{ uuid() }}", random: "{{ random() }}"}
  - id: held
    python: {call: "work:hold", with: {name: "{{ [drawn, now(), uuid(), random()] | string }}"}}
output: "{{ [drawn, held] }}"
""",
    )
    with place.running("run", "w.braid.yaml"):
        until(place.effects, "the step", DEADLINE_SECONDS)
    place.let_go()

    drawn, held = place.resumed()["output"]
    # Drawn as arguments by both processes; and before the crash, when nothing of it was written.
    assert place.effects() == [held, held]
    assert drawn["uuid"] in held
    assert str(drawn["random"]) in held


def test_a_failed_run_says_the_same_after_a_crash_in_its_finally(tmp_path: Path) -> None:
    place = Place(
        tmp_path,
        """\
name: w
steps:
  - id: both
    parallel:
      branches:
        bad: [{id: broken, python: {call: "work:fail", with: {name: broken}}}]
        good: [{id: sound, python: {call: "work:act", with: {name: sound}}}]
on_failure:
  - python: {call: "work:act", with: {name: on_failure}}
finally:
  - python: {call: "work:hold", with: {name: finally}}
""",
    )
    place.killed("broken", "on_failure", "finally")
    place.let_go()

    result = place.resumed(code=1)
    counts = place.counts()
    assert (counts["broken"], counts["on_failure"], counts["finally"]) == (1, 1, 2)
    assert (result["status"], result["error"]["cause"]["address"]) == ("failed", "both/bad/broken")
    assert result["error"]["cause"]["message"] == "broken fails"
