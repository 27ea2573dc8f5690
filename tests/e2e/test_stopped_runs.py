"""Runs that are stopped from outside, by signals and `braid cancel`, and what can be done with them then."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest
from killed_runs import DEADLINE_SECONDS, HELD, ONCE, Place, steps_of
from terminal import Terminal

from braid.testing.waiting import until


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, HELD)


# Signals.


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_says_how_to_go_on_and_does(place: Place, number: signal.Signals) -> None:
    with place.running("run", "w.braid.yaml", "--json", "--run-id", "mine") as run:
        until(lambda: "held" in place.counts(), "the step", DEADLINE_SECONDS)
        run.send_signal(number)
        assert run.wait(DEADLINE_SECONDS) == 130
    assert "to go on with it:  braid resume mine" in place.log
    assert json.loads((place.folder / "out").read_text())["status"] == "interrupted"
    place.let_go()

    result = place.resumed()
    assert (result["status"], place.counts()) == ("succeeded", ONCE)
    assert steps_of(result) == dict.fromkeys(("first", "held", "last"), ("succeeded", 1))


STUBBORN = """\
name: w
steps:
  - id: first
    python: {call: "work:act", with: {name: first}}
  - id: held
    python:
      with: {go: "{{ inputs.go }}"}
      code: |
        import os, signal, time, work
        work.note("begin", "held")
        while not os.path.exists(go):
            try:
                time.sleep(0.01)
            except BaseException:
                pass
inputs: {go: {type: string}}
"""


def test_a_second_signal_ends_at_once_and_the_run_can_go_on(place: Place) -> None:
    place.file.write_text(STUBBORN)
    with place.running("run", "w.braid.yaml", "-i", f"go={place.folder / 'go'}") as run:
        until(lambda: "held" in place.counts(), "the step", DEADLINE_SECONDS)
        run.send_signal(signal.SIGINT)
        until(lambda: "interrupted" in place.log, "the first signal's effect")
        began = time.monotonic()
        run.send_signal(signal.SIGINT)
        assert run.wait(DEADLINE_SECONDS) == 130
        # A step that won't end has 5 seconds after the first signal.
        assert time.monotonic() - began < 4
    assert "may still be running" in place.log
    place.let_go()

    assert place.resumed()["status"] == "succeeded"
    assert place.counts() == {"first": 1, "held": 2}


def test_a_closed_terminal_interrupts_the_run(place: Place) -> None:
    with Terminal("run", "w.braid.yaml", columns=80, rows=24, cwd=place.folder) as terminal:
        terminal.wait_for("held")
        until(lambda: "held" in place.counts(), "the step", DEADLINE_SECONDS)
        assert terminal.hang_up() == 130
    place.let_go()

    assert place.resumed()["status"] == "succeeded"
    assert place.counts() == ONCE


# Cancelling.

CLEANING = HELD + 'finally:\n  - python: {call: "work:act", with: {name: finally}}\n'


def test_a_live_run_is_cancelled_by_another_process(place: Place) -> None:
    place.file.write_text(CLEANING)
    with place.running("run", "w.braid.yaml", "--json") as run:
        until(lambda: "held" in place.counts(), "the step", DEADLINE_SECONDS)
        done = place.braid("cancel", "last", "--json", "--reason", "enough")
        assert (done.returncode, json.loads(done.stdout)["status"]) == (0, "cancelled")
        assert run.wait(DEADLINE_SECONDS) == 1
    result = json.loads((place.folder / "out").read_text())
    assert result["status"] == "cancelled"
    assert steps_of(result)["held"] == ("cancelled", 1)
    assert place.counts() == {"first": 1, "held": 1, "finally": 1}
    again = place.told("resume", "last")
    assert (again.returncode, "was cancelled" in again.stderr) == (2, True)


def test_a_dead_run_is_cancelled_without_running_again(place: Place) -> None:
    place.file.write_text(CLEANING)
    place.killed("held")
    place.file.unlink()

    done = place.braid("cancel", "last")
    assert (done.returncode, "was cancelled" in done.stderr) == (0, True)
    assert place.counts() == {"first": 1, "held": 1, "finally": 1}
    assert "has ended already: it was cancelled" in place.told("cancel", "last").stderr


def test_a_request_that_its_owner_did_not_live_to_see_is_heard_by_the_next(place: Place) -> None:
    place.file.write_text(CLEANING)
    with place.running("run", "w.braid.yaml") as run:
        until(lambda: "held" in place.counts(), "the step", DEADLINE_SECONDS)
        run.send_signal(signal.SIGSTOP)
        assert place.braid("cancel", "last", "--no-wait").returncode == 0
        run.kill()
    result = place.resumed(code=1)
    assert result["status"] == "cancelled"
    assert place.counts() == {"first": 1, "held": 1, "finally": 1}


def test_a_dead_run_that_needs_a_secret_to_be_cleaned_up_after_is_not_cancelled_without_it(place: Place) -> None:
    place.file.write_text(CLEANING.replace("name: w\n", "name: w\nsecrets: [TOKEN]\n"))
    with place.running("run", "w.braid.yaml", env={"TOKEN": "a long secret"}):
        until(lambda: "held" in place.counts(), "the step", DEADLINE_SECONDS)

    done = place.told("cancel", "last", "--json")
    assert (done.returncode, done.stderr) == (2, "")
    assert json.loads(done.stdout)["diagnostics"][0]["code"] == "missing-secret"
    # Nothing is left of the request, which the run would hear when it is resumed.
    place.let_go()
    assert place.resumed(TOKEN="a long secret")["status"] == "succeeded"
    assert place.counts() == {"first": 1, "held": 2, "last": 1, "finally": 1}
