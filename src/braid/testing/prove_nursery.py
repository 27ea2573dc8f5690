"""A warm process that gives life to others: `python -m braid.testing.prove_nursery`.

It has imported what every run needs, and forks for each life, so that a life costs what its steps cost. It has no
thread and no loop, which a fork would tear. A request is one line and is answered by one, when that life and all that
it started are gone.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Final, NoReturn

import msgspec

from braid.language.load import load
from braid.testing.prove_child import live
from braid.testing.prove_life import Instructions, decoded, encoded

CRASHED_CODE: Final = 70
"""What a life ends with that met a bug."""
_PR_SET_CHILD_SUBREAPER: Final = 36
_PROC: Final = Path("/proc")


class Request(msgspec.Struct, frozen=True):
    """Live by these instructions, at most so many seconds; what is printed goes to a file."""

    instructions: Instructions
    printed: Path
    seconds: float


class Answer(msgspec.Struct, frozen=True):
    """How the process ended: its exit code, negative for a signal."""

    code: int
    overdue: bool


_WARMING: Final = b"""\
name: warming
steps:
  - shell: "echo {{ 1 }}"
  - write_file: {path: a, content: "{{ 2 }}"}
  - read_file: a
  - python: {code: pass}
"""


def serve() -> None:
    """Until nobody asks any more."""
    _adopt_orphans()
    # What most runs need is imported here, once. Kinds of others may start threads when they are imported.
    load(_WARMING)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    # Without a handler of Python's there is no wake-up.
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    for line in iter(sys.stdin.buffer.readline, b""):
        request = decoded(line, Request)
        if b"http" in request.instructions.workflow.read_bytes():
            # Its client is a third of a second to import.
            import_module("aiohttp")
        answer = _attended(request, woken)
        try:
            sys.stdout.buffer.write(encoded(answer) + b"\n")
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            # Whoever asked is gone. Python would complain once more when it flushes at its end.
            os._exit(0)


def _attended(request: Request, woken: int) -> Answer:
    child = os.fork()
    if not child:
        _be_born(request)
    deadline = time.monotonic() + request.seconds
    overdue, status = False, None
    while status is None:
        ready, _, _ = select.select([woken, sys.stdin.buffer], [], [], max(deadline - time.monotonic(), 0.0))
        if woken in ready:
            os.read(woken, 4096)
        ended, code = os.waitpid(child, os.WNOHANG)
        if ended:
            status = code
        # Standard input ends when whoever asked is gone; no other request comes before the answer.
        elif not ready or sys.stdin.buffer in ready:
            overdue = not ready
            os.kill(child, signal.SIGKILL)
            status = os.waitpid(child, 0)[1]
    _end_orphans()
    return Answer(os.waitstatus_to_exitcode(status), overdue)


def _be_born(request: Request) -> NoReturn:
    code = CRASHED_CODE
    try:
        # Signals of a terminal are for whoever proves, not for what is proven.
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        nothing = os.open(os.devnull, os.O_RDONLY)
        printed = os.open(request.printed, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for number, descriptor in enumerate((nothing, printed, printed)):
            os.dup2(descriptor, number)
        live(request.instructions)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        # Never back into the loop above: that is the parent's.
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)


def _adopt_orphans() -> None:
    """Become the parent of what a dead life leaves running, such as a shell script; only Linux can do that."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _end_orphans() -> None:
    """As if the machine had died: what a life started mustn't act while, or after, another one goes on."""
    while children := list(_children()):
        for child in children:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)


def _children() -> Iterator[int]:
    if not _PROC.is_dir():
        return
    own = str(os.getpid()).encode()
    for entry in os.scandir(_PROC):
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                # proc(5), `stat`: the name in brackets may hold anything; then come the state and the parent.
                fields = (_PROC / entry.name / "stat").read_bytes().rpartition(b")")[2].split()
                if fields[1] == own:
                    yield int(entry.name)


if __name__ == "__main__":
    serve()
