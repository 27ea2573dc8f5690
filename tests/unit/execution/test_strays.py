"""Processes that leave their step's group, or outlive Braid: found by their mark when the step was told to end."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import braid
from braid.execution.executor import Executor
from braid.execution.launch import Ended
from braid.execution.strays import STEP_VARIABLE, Strays, end_strays, step_mark
from braid.testing.executor_kinds import plan, step
from braid.testing.waiting import is_running, soon, until

RunPlan = Callable[..., Ended]

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="environments are read from /proc")

SLEEPER = [sys.executable, "-c", "import sys; sys.stdin.read()"]


def process(mark: str | None) -> subprocess.Popen[bytes]:
    """A process with a mark, in a session of its own; it ends when its input does."""
    environment = {name: value for name, value in os.environ.items() if name != STEP_VARIABLE}
    if mark is not None:
        environment[STEP_VARIABLE] = mark
    return subprocess.Popen(SLEEPER, env=environment, stdin=subprocess.PIPE, start_new_session=True)


@pytest.fixture
def processes() -> Iterator[Callable[[str | None], subprocess.Popen[bytes]]]:
    made: list[subprocess.Popen[bytes]] = []

    def make(mark: str | None) -> subprocess.Popen[bytes]:
        made.append(process(mark))
        # Until it is executed it has the environment of this process, and for a moment none.
        shown, own = Path(f"/proc/{made[-1].pid}/environ"), Path("/proc/self/environ").read_bytes()
        until(lambda: shown.read_bytes() not in (b"", own))
        return made[-1]

    yield make
    for each in made:
        each.kill()
        each.communicate()


Make = Callable[[str | None], subprocess.Popen[bytes]]


def test_only_processes_with_one_of_the_marks_are_killed(processes: Make) -> None:
    one, other = step_mark("token", "a" * 32), step_mark("token", "b" * 32)
    marked = [processes(one), processes(one), processes(other)]
    spared = [processes(None), processes(f"{one}c"), processes(step_mark("nekot", "a" * 32))]

    assert end_strays([one, other]) == 3
    assert [is_running(each.pid) for each in marked] == [False] * 3
    assert [is_running(each.pid) for each in spared] == [True] * 3
    assert end_strays([one, other]) == 0


def test_this_process_is_never_a_stray(monkeypatch: pytest.MonkeyPatch) -> None:
    # Its environment as /proc shows it is that of its start.
    script = "from braid.execution.strays import end_strays; print(end_strays(['mine']))"
    done = subprocess.run(
        [sys.executable, "-c", script], env={**os.environ, STEP_VARIABLE: "mine"}, capture_output=True, check=True
    )
    assert done.stdout == b"0\n"


async def test_steps_that_end_together_are_looked_for_once(processes: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[set[str]] = []
    monkeypatch.setattr("braid.execution.strays.end_strays", looks.append)
    strays = Strays(asyncio.get_running_loop())

    await asyncio.gather(strays.ended("a"), strays.ended("b"))
    await strays.ended("c")
    assert looks == [{"a", "b"}, {"c"}]


async def test_a_cancellation_meanwhile_changes_nothing(processes: Make) -> None:
    stray = processes("token.key")
    waiting = asyncio.ensure_future(Strays(asyncio.get_running_loop()).ended("token.key"))
    await asyncio.sleep(0)
    waiting.cancel()
    await waiting
    assert not is_running(stray.pid)


DAEMON = """\
name: w
steps:
  - id: daemon
    {settings}
    shell: |
      setsid sh -c 'echo $$ > daemon.pid; exec sleep 600' &
      while [ ! -s daemon.pid ]; do sleep 0.01; done
      {rest}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    if (tmp_path / "daemon.pid").exists() and is_running(pid := daemon(tmp_path)):
        os.kill(pid, 9)


def daemon(folder: Path) -> int:
    return int((folder / "daemon.pid").read_text())


def run_daemon(folder: Path, settings: str, rest: str) -> braid.RunResult:
    file = folder / "w.braid.yaml"
    file.write_text(DAEMON.format(settings=settings, rest=rest))
    return braid.run(file, no_journal=True)


def test_a_daemon_of_a_step_that_took_too_long_is_ended_with_it(folder: Path) -> None:
    result = run_daemon(folder, "timeout: 500ms", "sleep 600")
    assert result.error is not None
    assert result.error.type == "timeout"
    assert not is_running(daemon(folder))


def test_a_daemon_of_a_step_that_ended_by_itself_stays(folder: Path) -> None:
    assert run_daemon(folder, "timeout: 10s", "exit 0").succeeded
    assert is_running(daemon(folder))


def start_daemon(fields: Any, context: Any) -> None:
    process = subprocess.Popen(["sleep", "600"], start_new_session=True)
    Path(fields.value).write_text(str(process.pid))
    process.wait()


def test_a_daemon_of_a_cancelled_worker_is_ended_with_it(folder: Path, run_plan: RunPlan) -> None:
    note = folder / "daemon.pid"

    async def cancel(executor: Executor) -> None:
        await soon(lambda: note.exists() and note.read_text(), "the daemon")
        executor.cancel()

    run_plan(plan(step("in_process", start_daemon, value=str(note))), cancel, env=os.environ)
    assert not is_running(daemon(folder))
