"""The `shell` kind, run for real."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import pytest

from braid.language.task_kind import TaskError
from braid.tasks.shell import Shell
from braid.testing.fake_context import FakeContext, act


async def shell(context: FakeContext, **fields: Any) -> Any:
    return await act(Shell(), fields, context)


def processes_with(marker: str) -> list[str]:
    """Living processes whose command line or environment has the marker."""
    found = []
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            text = Path(f"/proc/{entry.name}/cmdline").read_bytes() + Path(f"/proc/{entry.name}/environ").read_bytes()
            state = Path(f"/proc/{entry.name}/stat").read_bytes().rpartition(b")")[2].split()[0]
        except OSError:
            continue
        if marker.encode() in text and state != b"Z":
            found.append(f"{entry.name}: {text[:200]!r}")
    return found


async def until(condition: Any, seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it didn't happen in time"
        await asyncio.sleep(0.01)


async def test_script_stops_at_the_first_failing_command(context: FakeContext, tmp_path: Path) -> None:
    with pytest.raises(TaskError, match="exit code 3") as caught:
        await shell(context, run="echo out\necho why >&2\n(exit 3)\ntouch after")

    assert caught.value.details == {"exit_code": 3, "stdout": "out", "stderr": "why"}
    assert "why" in caught.value.message
    assert not (tmp_path / "after").exists()


async def test_exit_code_is_a_result_when_it_is_not_checked(context: FakeContext) -> None:
    done = await shell(context, run="echo out; exit 3", check=False)

    assert done == {"stdout": "out", "stderr": "", "exit_code": 3}


async def test_arguments_reach_a_program_without_a_shell(context: FakeContext) -> None:
    done = await shell(context, args=["printf", "%s|", "$HOME", 1, True, "a b"])

    assert done["stdout"] == "$HOME|1|true|a b|"


@pytest.mark.parametrize(
    ("stdin", "shown"), [("text é", "text é"), (b"\xff", "\ufffd"), ([1, {"a": None}], '[1,{"a":null}]'), (None, "")]
)
async def test_stdin_is_what_was_given_and_nothing_else(context: FakeContext, stdin: Any, shown: str) -> None:
    assert (await shell(context, args=["cat"], stdin=stdin))["stdout"] == shown


async def test_large_input_and_output_pass(context: FakeContext) -> None:
    done = await shell(context, args=["cat"], stdin="x" * 10_000_000)

    assert len(done["stdout"]) == 10_000_000


async def test_input_that_is_not_read_is_no_error(context: FakeContext) -> None:
    assert (await shell(context, args=["true"], stdin="x" * 1_000_000))["exit_code"] == 0


async def test_environment_is_set_and_removed(context: FakeContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIVEN_BEFORE", "x")
    done = await shell(context, run="echo $A ${GIVEN_BEFORE-gone}", env={"A": 5, "GIVEN_BEFORE": None})

    assert done["stdout"] == "5 gone"


async def test_script_runs_in_the_folder(context: FakeContext, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()

    assert (await shell(context, run="pwd"))["stdout"] == str(tmp_path)
    assert (await shell(context, run="pwd", cwd="sub"))["stdout"] == str(tmp_path / "sub")
    with pytest.raises(TaskError, match="no folder `none`"):
        await shell(context, run="pwd", cwd="none")


@pytest.mark.parametrize("fields", [{"run": "no-such-program-x"}, {"args": ["no-such-program-x"]}])
async def test_unknown_command_is_said_so(context: FakeContext, fields: dict[str, Any]) -> None:
    with pytest.raises(TaskError, match="command not found") as caught:
        await shell(context, **fields)
    assert caught.value.details["exit_code"] == 127


async def test_signal_is_named(context: FakeContext) -> None:
    with pytest.raises(TaskError, match="ended by SIGKILL"):
        await shell(context, run="kill -9 $$")


async def test_endless_output_is_ended(context: FakeContext) -> None:
    with pytest.raises(TaskError, match="stdout has more than 16 MiB") as caught:
        await shell(context, run="yes test-endless")

    assert not caught.value.retryable
    assert processes_with("test-endless") == []


async def test_script_too_long_for_the_system_is_said_so(context: FakeContext) -> None:
    with pytest.raises(TaskError, match="too long"):
        await shell(context, run="# " + "x" * 3_000_000)


@pytest.mark.parametrize(
    "script",
    [
        "sleep 300",
        "sleep 300 & sleep 300 & wait",
        "(sleep 300; true) | (sleep 300; true)",
        "trap '' TERM; while true; do sleep 0.1; done",
        "sh -c 'trap \"\" TERM; sleep 300; sleep 300' & wait",
    ],
)
async def test_cancelled_step_leaves_no_process(script: str, tmp_path: Path) -> None:
    context = FakeContext(tmp_path, grace=1.0)
    marker = f"BRAID_TEST_{tmp_path.name}"
    running = asyncio.ensure_future(shell(context, run=f"{script}", env={marker: "1"}))
    await until(lambda: processes_with(marker))

    started = time.monotonic()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert processes_with(marker) == []
    assert time.monotonic() - started < context.grace


async def test_cancelling_twice_still_leaves_no_process(tmp_path: Path) -> None:
    context = FakeContext(tmp_path, grace=1.0)
    marker = f"BRAID_TEST_{tmp_path.name}"
    running = asyncio.ensure_future(shell(context, run="trap '' TERM; sleep 300; sleep 300", env={marker: "1"}))
    await until(lambda: processes_with(marker))

    running.cancel()
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert processes_with(marker) == []


async def test_cancelled_script_may_clean_up(tmp_path: Path) -> None:
    context = FakeContext(tmp_path, grace=5.0)
    running = asyncio.ensure_future(
        shell(context, run="trap 'touch cleaned; exit' TERM; touch ready; while :; do sleep 0.05; done")
    )
    await until((tmp_path / "ready").exists)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert (tmp_path / "cleaned").exists()


async def test_background_process_ends_with_its_step(context: FakeContext, tmp_path: Path) -> None:
    marker = f"BRAID_TEST_{tmp_path.name}"
    done = await shell(context, run="sleep 300 & echo started", env={marker: "1"})

    assert done["stdout"] == "started"
    await until(lambda: not processes_with(marker))


async def test_no_thread_and_no_descriptor_is_left(context: FakeContext) -> None:
    await shell(context, run="true")
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        await shell(context, run="echo a", stdin="b")

    assert len(os.listdir("/proc/self/fd")) == before


async def test_data_is_not_on_the_command_line(context: FakeContext) -> None:
    joined = {"script": "tr '\\0' ' ' </proc/$$/cmdline; : \"${BRAID_1}\"", "variables": {"BRAID_1": "secret-value"}}

    assert "secret-value" not in (await shell(context, run=joined))["stdout"]
