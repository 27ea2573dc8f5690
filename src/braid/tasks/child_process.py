"""A child process with a group of its own, of which nothing is left when the step has ended.

Not asyncio's subprocess: on Python 3.11 it needs a thread for each child, and it reaps the child before it tells, so
that a signal to the group might meet a stranger that was given the same number. Here the child stays a zombie, and
its number taken, until its group is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

import msgspec

OUTPUT_BYTES_MAX: Final = 16 * 1024 * 1024
"""What a child may write to stdout, and to stderr, before it is ended."""
TERMINATION_PART: Final = 0.7
"""The part of the run's grace that SIGTERM is given before SIGKILL; the rest is for the end itself."""
DRAIN_SECONDS: Final = 1.0
"""How long output is awaited after the end: only a process that left the group can still hold the pipe."""
_HAS_MEMORY_FILES: Final = hasattr(os, "memfd_create")
_READ_BYTES: Final = 64 * 1024
_POLL_SECONDS: Final = (0.005, 0.01, 0.02, 0.05)


class OutputTooLargeError(Exception):
    """The child wrote more than `OUTPUT_BYTES_MAX`; it has been ended."""

    def __init__(self, stream: str) -> None:
        super().__init__(f"{stream} has more than {OUTPUT_BYTES_MAX // 1024**2} MiB")
        self.stream = stream


class Ended(msgspec.Struct, frozen=True):
    """How a child ended; `code` is negative for a signal, as in `subprocess`."""

    code: int
    stdout: bytes
    stderr: bytes


async def run_child(
    command: Sequence[str], *, cwd: Path, environment: Mapping[str, str], stdin: bytes | None, grace: float
) -> Ended:
    """Run a command to its end, then kill what is left of its process group.

    Cancelling sends SIGTERM to the group and, after `TERMINATION_PART` of `grace` seconds, SIGKILL; it returns
    when the group is gone.

    Raises:
        OSError: The command can't be started.
        OutputTooLargeError: It was killed because it wrote too much.
    """
    with _input_file(stdin) as source:
        child = subprocess.Popen(  # noqa: ASYNC220  # a vfork of about a millisecond, as in asyncio itself
            command,
            cwd=cwd,
            env=environment,
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    exited = asyncio.ensure_future(_exited(child))
    assert child.stdout is not None
    assert child.stderr is not None
    outputs = [_Output("stdout", child.stdout), _Output("stderr", child.stderr)]
    too_large = [output.too_large for output in outputs]
    gently = False
    try:
        await asyncio.wait({exited, *too_large}, return_when=asyncio.FIRST_COMPLETED)
    except asyncio.CancelledError:
        gently = True
        raise
    finally:
        await _to_the_end(_end(child, exited, outputs, grace * TERMINATION_PART if gently else 0), child)
    for output in outputs:
        if output.too_large.done():
            raise OutputTooLargeError(output.name)
    return Ended(child.returncode, outputs[0].data, outputs[1].data)


class _Output:
    """What the child writes to one of its streams."""

    def __init__(self, name: str, pipe: IO[bytes]) -> None:
        self._loop = asyncio.get_running_loop()
        self.name = name
        self.too_large: asyncio.Future[None] = self._loop.create_future()
        self.closed: asyncio.Future[None] = self._loop.create_future()
        self._pipe = pipe
        self._chunks: list[bytes] = []
        self._size = 0
        os.set_blocking(pipe.fileno(), False)
        self._loop.add_reader(pipe.fileno(), self._read)

    @property
    def data(self) -> bytes:
        return b"".join(self._chunks)

    def _read(self) -> None:
        try:
            chunk = os.read(self._pipe.fileno(), _READ_BYTES)
        except BlockingIOError:
            return
        self._size += len(chunk)
        if not chunk:
            self.close()
        elif self._size <= OUTPUT_BYTES_MAX:
            self._chunks.append(chunk)
        elif not self.too_large.done():
            self.too_large.set_result(None)

    def close(self) -> None:
        if not self.closed.done():
            self._loop.remove_reader(self._pipe.fileno())
            self._pipe.close()
            self.closed.set_result(None)


@contextlib.contextmanager
def _input_file(data: bytes | None) -> Iterator[int]:
    """A file that holds the input: no pipe to feed, and no deadlock with a child that doesn't read it."""
    if not data:
        yield subprocess.DEVNULL
        return
    # In memory where that exists: the input may be a secret.
    with os.fdopen(os.memfd_create("input"), "w+b") if _HAS_MEMORY_FILES else tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        yield file.fileno()


async def _exited(child: subprocess.Popen[bytes]) -> None:
    """Wait for the child's end and leave it a zombie, where the system can tell without reaping it."""
    if not hasattr(os, "pidfd_open"):
        await asyncio.to_thread(child.wait)
        return
    loop = asyncio.get_running_loop()
    over: asyncio.Future[None] = loop.create_future()
    descriptor = os.pidfd_open(child.pid)
    loop.add_reader(descriptor, over.set_result, None)
    try:
        await over
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


async def _end(
    child: subprocess.Popen[bytes], exited: asyncio.Future[None], outputs: Sequence[_Output], patience: float
) -> None:
    """End the group, with SIGTERM and `patience` seconds first if there are any, and reap the child."""
    if patience:
        _signal(child.pid, signal.SIGTERM)
        await _until_gone(child.pid, patience)
    _signal(child.pid, signal.SIGKILL)
    await exited
    child.wait()
    await asyncio.wait([output.closed for output in outputs], timeout=DRAIN_SECONDS)
    for output in outputs:
        output.close()


async def _to_the_end(
    ending: Coroutine[Any, Any, None],  # Any: what every coroutine has
    child: subprocess.Popen[bytes],
) -> None:
    """Run a clean-up to its end; being cancelled meanwhile, a second time, ends its patience with the group."""
    task = asyncio.ensure_future(ending)
    cancelled = False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            cancelled = True
            if child.returncode is None:
                _signal(child.pid, signal.SIGKILL)
    task.result()
    if cancelled:
        raise asyncio.CancelledError


def _signal(group: int, number: signal.Signals) -> None:
    # macOS answers EPERM where all that is left of the group is a zombie.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


async def _until_gone(group: int, seconds: float) -> None:
    """Wait until no process of the group is living, at most so many seconds."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    for turn in range(sys.maxsize):
        if not _is_living(group) or loop.time() >= deadline:
            return
        await asyncio.sleep(_POLL_SECONDS[min(turn, len(_POLL_SECONDS) - 1)])


def _is_living(group: int) -> bool:
    """Whether the group has a process that is no zombie; in a container nobody may reap those."""
    if not Path("/proc/self/stat").exists():
        try:
            os.killpg(group, 0)
        except OSError:
            return False
        return True
    return any(_group_and_state(entry.name) == (group, True) for entry in os.scandir("/proc") if entry.name.isdigit())


def _group_and_state(pid: str) -> tuple[int, bool]:
    """A process's group, and whether it is living; proc(5), `stat`: the name in brackets may hold anything."""
    try:
        state, _parent, group = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[:3]
    except (OSError, ValueError):
        return (0, False)
    return (int(group), state not in (b"Z", b"X"))
