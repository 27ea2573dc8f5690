"""`braid run` as a person or a script starts it: standard output, standard error, exit codes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

BRAID = (sys.executable, "-m", "braid")
DEADLINE_SECONDS = 60

GREET = """\
name: greet
inputs:
  who: {type: string, default: you}
  times: {type: integer, minimum: 1, default: 1}
steps:
  - log: {message: "greeting {{ inputs.who }}"}
  - set: "{{ 'Hello, ' ~ inputs.who }}"
"""

FAILING = """\
name: failing
steps:
  - id: both
    parallel:
      branches:
        quick:
          - delay: 20ms
          - id: broken
            shell: echo why >&2; exit 7
        slow:
          - id: sleeper
            shell: sleep 100
"""

SLOW = """\
name: slow
steps:
  - shell: echo $$ > pid; exec sleep 100
  - set: never
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("greet", GREET), ("failing", FAILING), ("slow", SLOW)):
        (tmp_path / f"{name}.braid.yaml").write_text(text)
    return tmp_path


def braid(folder: Path, *arguments: str, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*BRAID, *arguments],
        cwd=folder,
        input=stdin,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )


@contextmanager
def started(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The command, once its first step has started."""
    process = subprocess.Popen(
        [*BRAID, *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr
        for line in process.stderr:
            if " started " in line:
                break
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_a_text_is_printed_as_it_is_and_progress_elsewhere(folder: Path) -> None:
    done = braid(folder, "run", "greet.braid.yaml", "-i", "who=007")

    assert (done.returncode, done.stdout) == (0, "Hello, 007\n")
    lines = done.stderr.splitlines()
    assert all(re.match(r"\d\d:\d\d:\d\d (started|succeeded|log) ", line) for line in lines[:-1])
    assert re.match(r"\d\d:\d\d:\d\d log log-1: greeting 007$", lines[1])
    assert re.match(r"greet succeeded in [\d.]+s: 2 steps$", lines[-1])


def test_quiet_prints_the_result_and_nothing_else(folder: Path) -> None:
    done = braid(folder, "run", "greet.braid.yaml", "--quiet")

    assert (done.stdout, done.stderr) == ("Hello, you\n", "")


def test_any_other_output_is_printed_as_json(folder: Path) -> None:
    workflow = "name: w\nsteps:\n  - set: {a: [1, 'ü']}\n"

    assert json.loads(braid(folder, "run", "-", stdin=workflow).stdout) == {"a": [1, "ü"]}


def test_json_is_one_document_of_the_run(folder: Path) -> None:
    done = braid(folder, "run", "greet.braid.yaml", "--json", "--run-id", "my-run", "--no-journal")

    run = json.loads(done.stdout)
    assert {key: run[key] for key in ("run_id", "workflow", "status", "output", "error")} == {
        "run_id": "my-run",
        "workflow": "greet",
        "status": "succeeded",
        "output": "Hello, you",
        "error": None,
    }
    assert [step["address"] for step in run["steps"]] == ["log-1", "set-2"]


def test_a_failure_names_step_place_cause_and_what_was_cancelled(folder: Path) -> None:
    done = braid(folder, "run", "failing.braid.yaml", "-q")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error[shell]: step `broken` failed: the script ended with exit code 7\n")
    assert "\n --> failing.braid.yaml:8:" in done.stderr
    assert "note: why\n" in done.stderr
    assert "at both/quick/broken" in done.stderr
    assert "this failed `both`" in done.stderr
    assert "cancelled: both/slow/sleeper" in done.stderr


def test_json_stays_one_document_when_the_run_fails(folder: Path) -> None:
    done = braid(folder, "run", "failing.braid.yaml", "--json", "-q")

    assert (done.returncode, done.stderr) == (1, "")
    run = json.loads(done.stdout)
    assert (run["status"], run["error"]["type"], run["error"]["address"]) == ("failed", "branch", "both")
    assert run["error"]["cause"]["address"] == "both/quick/broken"


def test_everything_wrong_with_the_inputs_is_said_before_anything_runs(folder: Path) -> None:
    done = braid(folder, "run", "greet.braid.yaml", "-i", "whom=me", "-i", "times=0")

    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no input `whom`; did you mean `who`?" in done.stderr
    assert "input `times`" in done.stderr
    assert "started" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("missing.braid.yaml",), "no-such-file"),
        ((".",), "not-a-file"),
        (("greet.braid.yaml", "-i", "times=x"), "invalid-input"),
        (("greet.braid.yaml", "-i", "times"), "invalid-input"),
        (("greet.braid.yaml", "--inputs", "missing.json"), "invalid-input"),
        (("greet.braid.yaml", "--run-id", "../../x"), "invalid-input"),
        (("secret.braid.yaml",), "missing-secret"),
        (("broken.braid.yaml",), "unknown-step"),
    ],
)
def test_what_keeps_a_run_from_starting_is_json_too_and_exits_with_2(
    folder: Path, arguments: tuple[str, ...], code: str
) -> None:
    (folder / "secret.braid.yaml").write_text("name: s\nsecrets: [NOWHERE_SET]\nsteps:\n  - set: 1\n")
    (folder / "broken.braid.yaml").write_text("name: b\nsteps:\n  - set: '{{ nothing }}'\n")

    done = braid(folder, "run", *arguments, "--json")
    assert done.returncode == 2
    assert code in [found["code"] for found in json.loads(done.stdout)["diagnostics"]]
    assert "Traceback" not in done.stderr


def test_an_unreadable_file_is_a_message(folder: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    (folder / "greet.braid.yaml").chmod(0)

    done = braid(folder, "run", "greet.braid.yaml")
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)


@pytest.mark.parametrize("arguments", [("run",), ("run", "x", "--max-concurrency", "0"), ("run", "x", "--nope")])
def test_wrong_usage_exits_with_2(folder: Path, arguments: tuple[str, ...]) -> None:
    assert braid(folder, *arguments).returncode == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_cancels_what_runs_and_exits_with_130(folder: Path, number: signal.Signals) -> None:
    with started(folder, "run", "slow.braid.yaml", "--json") as process:
        pid = _pid_of_the_step(folder)
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=DEADLINE_SECONDS)

    assert process.returncode == 130
    assert json.loads(stdout)["status"] == "interrupted"
    assert "interrupted: cancelling 1 running step… (a second time ends at once)" in stderr
    assert "to go on with it:  braid resume " in stderr
    assert not Path(f"/proc/{pid}").exists()


def test_who_stops_reading_causes_no_traceback(folder: Path) -> None:
    (folder / "long.braid.yaml").write_text("name: l\nsteps:\n  - set: '{{ range(200000) | list }}'\n")
    process = subprocess.Popen(
        [*BRAID, "run", "long.braid.yaml", "-q"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stderr
    process.stdout.read(10)
    process.stdout.close()

    assert process.stderr.read() == ""
    assert process.wait(DEADLINE_SECONDS) == 0
    process.stderr.close()


def test_an_output_that_the_stream_cannot_take_is_escaped(folder: Path) -> None:
    workflow = "name: w\nsteps:\n  - set: 'snow ☃'\n"

    done = braid(folder, "run", "-", "-q", stdin=workflow, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stdout) == (0, "snow \\u2603\n")
    done = braid(folder, "run", "-", "-q", "--json", stdin=workflow, PYTHONIOENCODING="ascii")
    assert json.loads(done.stdout)["output"] == "snow ☃"


def test_a_new_workflow_runs(tmp_path: Path) -> None:
    assert braid(tmp_path, "new", "Erste Schritte").stdout == "erste-schritte.braid.yaml\n"

    done = braid(tmp_path, "run", "erste-schritte.braid.yaml", "-q", "-i", 'people=["Ada"]')
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == ["Hello, Ada!"]
    assert (tmp_path / "erste-schritte.md").read_text() == "- Hello, Ada!\n"


def test_no_color_reaches_a_pipe(folder: Path) -> None:
    done = braid(folder, "run", "failing.braid.yaml", TERM="xterm-256color")

    assert "\x1b" not in done.stdout + done.stderr


def _pid_of_the_step(folder: Path) -> int:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        text = (folder / "pid").read_text() if (folder / "pid").exists() else ""
        if text.endswith("\n"):
            return int(text)
    raise AssertionError("the step has not started")
