"""What steps print and read, and a command whose standard streams are missing, full or elsewhere."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from braid.testing.waiting import is_running, until

BRAID = (sys.executable, "-m", "braid")
DEADLINE_SECONDS = 60

PRINTING = """\
name: printing
secrets: [TOKEN]
steps:
  - id: own
    python:
      code: |
        import os, sys
        print("printed", token)
        print("complained", token, file=sys.stderr)
        sys.stdout.buffer.write(b"bytes\\n")
        os.write(1, b"descriptor\\n")
        os.system("echo child")
        print("no line end", end="")
        sys.stdout.close()
      with: {token: "{{ secrets.TOKEN }}"}
  - id: awaiting
    python: {code: "import asyncio; await asyncio.sleep(0); print('on the loop')"}
  - python: {isolation: process, code: "print('in a process')"}
"""


def braid(folder: Path, text: str, *arguments: str, shell: str = "") -> subprocess.CompletedProcess[str]:
    """Run a workflow, with redirections of a shell."""
    (folder / "w.braid.yaml").write_text(text)
    return subprocess.run(
        ["/bin/sh", "-c", f'"$@" {shell}', "sh", *BRAID, "run", "w.braid.yaml", *arguments],
        cwd=folder,
        input="a line\n",
        env={**os.environ, "TOKEN": "s3cr3t-token"},
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )


def test_standard_output_holds_the_run_and_nothing_that_a_step_printed(tmp_path: Path) -> None:
    done = braid(tmp_path, PRINTING, "--json")

    assert json.loads(done.stdout)["status"] == "succeeded"
    assert "descriptor\nchild\n" in done.stderr


def test_what_a_step_prints_is_in_its_log_without_secrets(tmp_path: Path) -> None:
    done = braid(tmp_path, PRINTING)

    for line in ("own: printed ***", "own: complained ***", "own: bytes", "own: no line end", "awaiting: on the loop"):
        assert f" log {line}\n" in done.stderr
    assert "s3cr3t" not in done.stdout + done.stderr


def test_a_step_reads_an_empty_input_not_the_terminal_of_the_person(tmp_path: Path) -> None:
    text = "name: w\nsteps:\n  - python: {code: 'import sys; return [sys.stdin.read(), sys.__stdin__.read()]'}\n"

    assert json.loads(braid(tmp_path, text).stdout) == ["", ""]


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_command_without_a_standard_stream_runs_all_the_same(tmp_path: Path, closed: str) -> None:
    text = "name: w\nsteps:\n  - write_file: {path: done.txt, content: yes}\n"

    done = braid(tmp_path, text, shell=closed)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    # Not what was meant for the terminal, which would get there if the file had its number.
    assert (tmp_path / "done.txt").read_text() == "yes"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
def test_an_output_that_cannot_be_written_is_a_message_and_no_success(tmp_path: Path) -> None:
    done = braid(tmp_path, "name: w\nsteps:\n  - set: 1\n", "-q", shell=">/dev/full")

    assert (done.returncode, done.stderr) == (1, "Error: can't write to standard output: no space left on device\n")


def test_a_second_interrupt_kills_a_program_that_ignores_the_first(tmp_path: Path) -> None:
    script = "trap '' TERM; echo $$ > pid; while :; do sleep 0.1; done"
    (tmp_path / "w.braid.yaml").write_text(json.dumps({"name": "w", "steps": [{"shell": script}]}))
    process = subprocess.Popen(
        [*BRAID, "run", "w.braid.yaml"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr
    try:
        assert until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().endswith("\n"))
        process.send_signal(signal.SIGINT)
        for line in process.stderr:
            if "interrupted" in line:
                break
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=DEADLINE_SECONDS)[1]
    finally:
        process.kill()

    assert process.returncode == 130
    assert not is_running(int((tmp_path / "pid").read_text()))
    assert "did not end within 5s" not in rest
