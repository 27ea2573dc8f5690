"""The child's side of a worker process: reads calls, answers results. It is started by `processes.py`."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import queue
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from braid.execution.context import idempotency_key, workflow_path
from braid.execution.failures import failure_parts
from braid.execution.runners.frames import FrameReader, Message, write_frame
from braid.execution.runners.imports import imported
from braid.execution.runners.runner import StepInterrupted
from braid.execution.strays import STEP_VARIABLE
from braid.language.shape import validated
from braid.language.stored import stored

PIECE_BYTES = 1 << 16


class WorkerContext:
    """The `TaskContext` of a step in this process."""

    def __init__(self, message: Message, send: Callable[[Message], None]) -> None:
        self.run_id: str = message["run_id"]
        self.address: str = message["address"]
        self.attempt: int = message["attempt"]
        self.folder = Path(message["folder"])
        self.grace: float = message["grace"]
        self.function: Callable[..., Any] | None = (  # Any: the author's own function
            imported(message["function"]) if message["function"] else None
        )
        self.cancelled = False
        self._allow_path: bool = message["allow_path"]
        self._send = send

    @property
    def idempotency_key(self) -> str:
        """See `TaskContext`."""
        return idempotency_key(self.run_id, self.address)

    def path(self, text: str) -> Path:
        """See `TaskContext`."""
        return workflow_path(self.folder, text, allowed=self._allow_path)

    def log(self, level: str, message: str) -> None:
        """See `TaskContext`; masked on the other side."""
        self._send({"log": [level, message]})

    def holds_secret(self, text: str) -> bool:
        """This process isn't told which values are secrets."""
        return False

    def environment(self) -> dict[str, str]:
        """This process was started without the declared secrets."""
        return dict(os.environ)

    async def shared(self, name: str, create: Callable[[], Awaitable[Any]]) -> Any:  # Any: the kind's own object
        """Nothing can be shared with other processes."""
        raise AssertionError(f"`{name}` can't be shared from a worker process")


class Worker:
    """Serves calls one after the other, in the main thread, so that a signal can interrupt them."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._sending = threading.Lock()
        self._calls: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._context: WorkerContext | None = None

    def serve(self) -> None:
        """Until the other side closes its pipe."""
        signal.signal(signal.SIGTERM, self._interrupt)
        threading.Thread(target=self._read, name="braid-worker-reader", daemon=True).start()
        while True:
            self._answer(self._calls.get())

    def _read(self) -> None:
        frames = FrameReader()
        while piece := os.read(self._incoming, PIECE_BYTES):
            for message in frames.feed(piece):
                self._calls.put(message)
        # Braid is gone, perhaps by kill -9, and with it whoever waited: nothing of the step may live on.
        os.killpg(0, signal.SIGKILL)

    def _answer(self, message: Message) -> None:
        try:
            os.environ[STEP_VARIABLE] = message["mark"]
            self._context = WorkerContext(message, self._send)
            kind = imported(message["kind"])()
            fields = validated(kind.fields, message["arguments"])
            answer = {"value": stored(kind.run_blocking(fields, self._context))}
        except BaseException as error:
            answer = {"failed": failure_parts(error)}
        finally:
            self._context = None
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
        self._send(answer)

    def _send(self, message: Message) -> None:
        with self._sending:
            write_frame(self._outgoing, message)

    def _interrupt(self, _signal: int, _frame: object) -> None:
        if self._context is not None:
            self._context.cancelled = True
            raise StepInterrupted


def main() -> None:
    """Serve on stdin and stdout; what the steps print goes to stderr, whence the other side logs it."""
    faulthandler.enable()
    # Ctrl-C goes to the terminal's foreground group, where a worker isn't; but a person may send it by hand.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    incoming, outgoing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    Worker(incoming, outgoing).serve()
