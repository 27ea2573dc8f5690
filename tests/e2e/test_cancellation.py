"""Ctrl-C and SIGTERM in a real process: what ran is gone, the status says so, handlers come back."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import braid
from braid.testing.waiting import is_running, soon, step_threads, until

WORKFLOW = """
name: long
steps:
  - id: all
    parallel:
      branches:
        shell:
          - shell: "echo $$ > shell.pid; sleep 600 & echo $! > grandchild.pid; wait"
        process:
          - python: {call: "work:spin_in_process", isolation: process}
        thread:
          - python: {call: "work:spin_in_thread"}
finally:
  - write_file: {path: finally.txt, content: ran}
"""

WORK = """
import os, pathlib

HERE = pathlib.Path(__file__).parent

def spin_in_process():
    (HERE / "process.pid").write_text(str(os.getpid()))
    while True:
        pass

def spin_in_thread():
    (HERE / "thread.pid").write_text(str(os.getpid()))
    while True:
        pass
"""

PROGRAM = """
import json, signal, sys, threading, braid
before = signal.getsignal(signal.SIGINT)
result = braid.run("long.braid.yaml", grace=float(sys.argv[1]))
print(json.dumps({
    "status": result.status,
    "leftovers": [leftover.address for leftover in result.leftovers],
    "restored": signal.getsignal(signal.SIGINT) is before,
    "threads": [thread.name for thread in threading.enumerate() if thread.name.startswith("braid-")],
    "steps": {step.address: step.status for step in result.steps.values()},
}))
"""

NOTES = ("shell.pid", "grandchild.pid", "process.pid", "thread.pid")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "long.braid.yaml").write_text(WORKFLOW)
    (tmp_path / "work.py").write_text(WORK)
    return tmp_path


def pids(folder: Path) -> list[int]:
    """Of all that the workflow started, once it has."""
    texts = [(folder / note).read_text().strip() for note in NOTES if (folder / note).exists()]
    return [int(text) for text in texts] if len(texts) == len(NOTES) and all(texts) else []


@contextlib.contextmanager
def running(folder: Path, grace: float) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    temp = folder / "tmp"
    temp.mkdir()
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(grace)],
        cwd=folder,
        env={**os.environ, "TMPDIR": str(temp)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield program, until(lambda: pids(folder), "the start of all steps", seconds=60)
    finally:
        program.kill()
        program.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_and_leaves_nothing(folder: Path, number: signal.Signals) -> None:
    with running(folder, 5.0) as (program, started):
        program.send_signal(number)
        told = json.loads(program.communicate(timeout=60)[0])
    assert told["status"] == "interrupted"
    assert told["leftovers"] == []
    assert told["restored"]
    assert told["threads"] == []
    assert told["steps"]["all"] == "cancelled"
    for pid in started:
        until(lambda pid=pid: not is_running(pid), f"the end of process {pid}")
    assert list((folder / "tmp").iterdir()) == []
    # An interrupted run goes on later: its `finally` is still to come.
    assert not (folder / "finally.txt").exists()


def test_a_second_signal_ends_at_once(folder: Path) -> None:
    with running(folder, 600.0) as (program, started):
        program.send_signal(signal.SIGINT)
        program.send_signal(signal.SIGTERM)
        told = json.loads(program.communicate(timeout=60)[0])
    assert told["status"] == "interrupted"
    del started


def test_cancelling_arun_ends_its_steps_first(folder: Path) -> None:
    async def scenario() -> list[int]:
        running = asyncio.create_task(braid.arun(str(folder / "long.braid.yaml"), grace=5.0))
        started = await soon(lambda: [pid for pid in pids(folder) if pid != os.getpid()], "the start of all steps", 60)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        return started

    for pid in asyncio.run(scenario()):
        assert not is_running(pid)
    until(lambda: not step_threads(), "the end of the threads")


def test_a_run_that_ends_leaves_no_file_in_the_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temp = tmp_path / "tmp"
    temp.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temp))
    (tmp_path / "w.braid.yaml").write_text("name: w\nsteps:\n  - python: {code: return 1, isolation: process}\n")
    assert braid.run(tmp_path / "w.braid.yaml").output == 1
    assert list(temp.iterdir()) == []
