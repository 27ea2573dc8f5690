"""`braid resume` around the run itself: owners, files, folders, secrets, settings."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest
from killed_runs import BRAID, DEADLINE_SECONDS, DYING, HELD, ONCE, Place, steps_of

from braid.testing.waiting import until


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, HELD)


@pytest.fixture
def killed(place: Place) -> Place:
    """Killed while `held` was executing, which will not hold again."""
    place.killed("held")
    place.let_go()
    return place


# Owners.


def test_a_live_run_is_refused_by_the_name_of_its_owner_and_free_when_that_is_dead(place: Place) -> None:
    place.killed("held")
    with place.running("resume", "last") as owner:
        until(lambda: place.counts().get("held") == 2, "the second try", DEADLINE_SECONDS)
        refused = place.braid("resume", "last", "--json")
        assert refused.returncode == 2
        [problem] = json.loads(refused.stdout)["diagnostics"]
        assert problem["code"] == "run-owned"
        assert f"belongs to process {owner.pid} on {os.uname().nodename}" in problem["message"]
        place.let_go()
        owner.kill()
        # Nobody has asked yet how it ended: a zombie is dead all the same.
        assert place.resumed()["status"] == "succeeded"
    assert place.counts() == {"first": 1, "held": 3, "last": 1}


def test_of_those_that_resume_at_once_one_does(place: Place) -> None:
    place.killed("held")
    commands = [
        subprocess.Popen(
            [*BRAID, "resume", "last", "--quiet"],
            cwd=place.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    # The one that has the run holds it until the others have been refused.
    until(lambda: sum(command.poll() is not None for command in commands) == 2, "two refusals", DEADLINE_SECONDS)
    place.let_go()
    ends = [(*command.communicate(timeout=DEADLINE_SECONDS), command.returncode) for command in commands]
    assert sorted(code for _, _, code in ends) == [0, 2, 2], ends
    assert all("run-owned" in error for _, error, code in ends if code == 2)
    assert place.counts() == ONCE


def test_two_runs_share_a_state_folder(place: Place) -> None:
    with place.running("run", "w.braid.yaml", "--run-id", "one") as one:
        until(lambda: place.counts().get("held") == 1, "the first run", DEADLINE_SECONDS)
        with place.running("run", "w.braid.yaml", "--run-id", "two") as two:
            until(lambda: place.counts().get("held") == 2, "the second run", DEADLINE_SECONDS)
            place.let_go()
            assert (one.wait(DEADLINE_SECONDS), two.wait(DEADLINE_SECONDS)) == (0, 0)
    assert place.counts() == {"first": 2, "held": 2, "last": 2}
    for run_id in ("one", "two"):
        assert f"run {run_id} succeeded" in place.told("resume", run_id).stderr


# The file.


def test_a_run_needs_its_file_no_more(killed: Place) -> None:
    killed.file.unlink()

    assert killed.resumed()["output"] == "last"
    assert killed.counts() == ONCE


def test_a_file_that_moved_to_another_name_is_not_missed(killed: Place) -> None:
    killed.file.rename(killed.folder / "other.braid.yaml")

    assert killed.resumed()["output"] == "last"


def test_a_comment_is_no_edit(killed: Place) -> None:
    killed.file.write_text("# What it is for.\n\n" + HELD.replace("steps:\n", "steps:  # in order\n"))

    assert killed.resumed()["output"] == "last"
    assert killed.counts() == ONCE


def test_an_edited_file_is_refused_with_the_steps_that_differ_and_nothing_runs(killed: Place) -> None:
    text = HELD.replace("name: last", "name: least") + "  - id: more\n    log: more\n"
    killed.file.write_text(text.replace("id: first", "id: fist"))

    done = killed.told("resume", "last", "--json", "--quiet")
    assert done.returncode == 2
    [problem] = json.loads(done.stdout)["diagnostics"]
    assert problem["code"] == "not-resumed"
    for told in ("fist is new", "last changed", "more is new", "first is gone", "--edited"):
        assert told in problem["message"]
    assert "held" not in problem["message"].partition("(")[2].partition(")")[0]
    assert len(killed.effects()) == 2

    killed.file.write_text(HELD)
    assert killed.resumed()["output"] == "last"
    assert killed.counts() == ONCE


def test_an_edited_file_with_errors_is_told_as_by_check_and_nothing_runs(killed: Place) -> None:
    killed.file.write_text(HELD.replace("id: last", "id: the-last"))

    done = killed.told("resume", "last")
    assert done.returncode == 2
    assert "hyphen-in-id" in done.stderr
    assert "w.braid.yaml:" in done.stderr
    assert len(killed.effects()) == 2


CALLING = """\
name: calling
steps:
  - id: inner
    call: {workflow: w.braid.yaml}
"""


def test_a_called_file_that_was_edited_is_refused_by_its_name(place: Place) -> None:
    (place.folder / "calling.braid.yaml").write_text(CALLING)
    place.killed("held", command=("run", "calling.braid.yaml"))
    place.let_go()
    place.file.write_text(HELD.replace("name: last", "name: least"))

    done = place.told("resume", "last")
    assert done.returncode == 2
    assert "w.braid.yaml, which it calls, changed" in done.stderr
    place.file.write_text(f"# Said in other words.\n{HELD}")
    result = place.resumed()
    assert (result["output"], place.counts()) == ("last", ONCE)
    assert steps_of(result)["inner/held"] == ("succeeded", 1)


def test_a_called_file_that_is_gone_is_not_missed(place: Place) -> None:
    (place.folder / "calling.braid.yaml").write_text(CALLING)
    place.killed("held", command=("run", "calling.braid.yaml"))
    place.let_go()
    place.file.unlink()

    done = place.told("resume", "last")
    # The file that calls it is there, and would not be the same without it.
    assert (done.returncode, "w.braid.yaml" in done.stderr) == (2, True)
    (place.folder / "calling.braid.yaml").unlink()
    assert place.resumed()["output"] == "last"


def test_a_workflow_from_standard_input_goes_on(place: Place) -> None:
    done = subprocess.run(
        [*DYING, "append", "after", "1", "run", "-"], cwd=place.folder, input=HELD, text=True, check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert place.effects() == ["first"]
    place.let_go()
    place.file.write_text("name: another\nsteps:\n  - log: x\n")

    assert place.resumed()["output"] == "last"


# Folders.


def test_the_nearest_state_folder_upwards_is_taken(killed: Place) -> None:
    deeper = killed.folder / "deep" / "deeper"
    deeper.mkdir(parents=True)

    done = killed.braid("resume", "last", "--quiet", cwd=deeper)
    assert (done.returncode, done.stdout) == (0, "last\n")
    assert not (deeper / ".braid").exists()


def test_without_a_state_folder_nothing_is_made(tmp_path: Path) -> None:
    place = Place(tmp_path, HELD)
    for command in ("resume", "cancel"):
        done = place.told(command, "last")
        assert done.returncode == 2
        assert "there is no .braid/ in this folder or above it" in done.stderr
        done = place.told(command, "last", "--state", "elsewhere")
        assert done.returncode == 2
        assert "there is no journal in elsewhere" in done.stderr
    assert not (tmp_path / "elsewhere").exists()


def test_the_state_folder_may_be_named(place: Place) -> None:
    given = place.folder / "given"
    place.killed("held", command=("run", "w.braid.yaml", "--state", "given"))
    place.let_go()
    assert (given / "journal.sqlite").is_file()
    assert not (place.folder / ".braid").exists()
    assert (given / ".gitignore").read_text().endswith("*\n")

    assert place.resumed(BRAID_STATE=str(given))["output"] == "last"
    assert place.counts() == ONCE
    again = place.told("resume", "last", "--state", str(given), cwd=place.folder.parent)
    assert "succeeded; there is nothing left to do" in again.stderr


def test_a_run_without_the_durability_against_power_cuts_survives_a_kill(place: Place) -> None:
    place.killed("held", command=("run", "w.braid.yaml", "--durability", "normal"))
    place.let_go()

    assert place.resumed("--durability", "normal")["output"] == "last"
    assert place.counts() == ONCE


def test_without_a_journal_nothing_is_kept_and_nobody_is_told_to_resume(place: Place) -> None:
    with place.running("run", "w.braid.yaml", "--no-journal") as run:
        until(lambda: "held" in place.counts(), "the step", DEADLINE_SECONDS)
        run.send_signal(signal.SIGINT)
        assert run.wait(DEADLINE_SECONDS) == 130
    assert "nothing of it was kept" in place.log
    assert "braid resume" not in place.log
    assert not (place.folder / ".braid").exists()


def test_a_run_that_there_is_not_or_not_only_once_is_wrong_usage(place: Place) -> None:
    for run_id in ("r1", "r2"):
        place.dying("begin", "after", 1, "run", "w.braid.yaml", "--run-id", run_id)
    for name, problem in (("nope", "there is no run"), (".", "there is no run"), ("r", "r2, r1")):
        done = place.told("resume", name)
        assert (done.returncode, problem in done.stderr) == (2, True)


# What the run was given.

SECRET = "sw0rdf!sh-&-chips"
SECRETIVE = """\
name: w
secrets: [TOKEN]
steps:
  - id: said
    shell: printf %s "$SAME"; printf %s "$SAME" >&2
  - id: large
    python: {code: "return [secret] * 30000", with: {secret: "{{ secrets.TOKEN }}"}}
  - id: caught
    python: {code: "raise ValueError(secret)", with: {secret: "{{ secrets.TOKEN }}"}}
    fallback: {value: "{{ error.message ~ secrets.TOKEN }}"}
  - id: held
    python: {call: "work:hold", with: {name: held, give: "{{ secrets.TOKEN ~ caught }}"}}
  - id: failed
    python: {code: "raise ValueError(secret)", with: {secret: "{{ secrets.TOKEN }}"}}
"""


def test_secrets_are_nowhere_in_the_state_folder_and_needed_again(tmp_path: Path) -> None:
    place = Place(tmp_path, SECRETIVE)
    with place.running("run", "w.braid.yaml", env={"TOKEN": SECRET, "SAME": SECRET}) as run:
        until(lambda: "held" in place.counts() or run.poll() is not None, "the step", DEADLINE_SECONDS)
        assert run.poll() is None, place.log
        assert _found(place, SECRET) == []
    place.let_go()
    assert SECRET not in place.log

    without = place.told("resume", "last", "--json")
    assert without.returncode == 2
    [problem] = json.loads(without.stdout)["diagnostics"]
    assert problem["code"] == "missing-secret"
    assert "`TOKEN` has no value: set the environment variable TOKEN" in problem["message"]
    assert place.counts() == {"held": 1}

    done = place.braid("resume", "last", "--json", TOKEN=SECRET)
    assert done.returncode == 1
    result = json.loads(done.stdout)
    assert (result["error"]["address"], result["error"]["message"]) == ("failed", "***")
    assert SECRET not in done.stdout + done.stderr
    assert place.counts() == {"held": 2}
    assert _found(place, SECRET) == []
    # The search can find something: the same file, without its secret.
    assert [path.name for path in _found(place, "caught")] != []


def test_a_resumed_run_has_the_inputs_and_the_environment_that_it_began_with(tmp_path: Path) -> None:
    place = Place(
        tmp_path,
        """\
name: w
inputs:
  names: {type: array, items: {type: string}}
  size: {type: integer, default: 3}
env: [CITY]
max_concurrency: 1
steps:
  - python: {call: "work:hold", with: {name: "{{ inputs.names[0] }}"}}
  - id: each
    foreach: {items: "{{ inputs.names }}", as: name, steps: [{set: "{{ name ~ inputs.size ~ env.CITY }}"}]}
""",
    )
    (tmp_path / "names.json").write_text('["a", "b"]')
    with place.running("run", "w.braid.yaml", "-i", "names=@names.json", env={"CITY": "Lima"}):
        until(lambda: "a" in place.counts(), "the step", DEADLINE_SECONDS)
    (tmp_path / "names.json").write_text('["other"]')
    place.let_go()

    assert place.resumed(CITY="Oslo")["output"] == ["a3Lima", "b3Lima"]


def test_a_run_that_may_leave_its_folder_still_may(tmp_path: Path) -> None:
    folder = tmp_path / "flows"
    folder.mkdir()
    (tmp_path / "outside.txt").write_text("seen")
    text = 'name: w\nsteps:\n  - python: {call: "work:hold", with: {name: held}}\n  - read_file: ../outside.txt\n'
    place = Place(folder, text)
    place.killed("held", command=("run", "w.braid.yaml", "--allow-path"))
    place.let_go()

    assert place.resumed()["output"] == "seen"


def _found(place: Place, text: str) -> list[Path]:
    """Files of the state folder in whose bytes a text stands."""
    files = [path for path in (place.folder / ".braid").rglob("*") if path.is_file()]
    assert [path for path in files if "blobs" in path.parts], "the large value is in a file of its own"
    return [path for path in files if text.encode() in path.read_bytes()]
