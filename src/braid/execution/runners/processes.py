"""Blocking calls in worker processes: for CPU work, and for what must be killable.

A worker leads a session of its own, so that whatever a step starts is in its group and dies with it. It is reused
while its calls end well; a cancelled one is ended (SIGTERM, then SIGKILL to the group) and replaced when needed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from braid.execution.pools import Pool
from braid.execution.runners.frames import FrameError, FrameReader, Message, encode_frame
from braid.execution.runners.imports import import_name
from braid.execution.runners.runner import Call
from braid.execution.runners.threads import Threads
from braid.language.plan import PoolSpec
from braid.language.task_kind import TaskError, Value

KILL_AFTER = 0.7
"""The part of the grace period after which a worker that was asked to end is killed."""

LINE_BYTES_MAX = 64 * 1024
"""A longer line of output is logged in pieces."""

_PIECE_BYTES = 1 << 16
_START = "import sys; sys.path[:] = {path!r}; from braid.execution.runners.worker import main; main()"


class ProcessRunner:
    """At most as many worker processes as there are processors, each served by a thread of ours."""

    def __init__(self, loop: asyncio.AbstractEventLoop, environment: Mapping[str, str], *, allow_path: bool) -> None:
        self.slots = Pool(PoolSpec("processes", os.cpu_count() or 1), loop)
        self._loop = loop
        self._environment = dict(environment)
        self._allow_path = allow_path
        self._threads = Threads()
        self._idle: list[WorkerProcess] = []
        self._busy: set[WorkerProcess] = set()

    async def run(self, call: Call) -> Value:
        message = self._message(call)
        # One that died meanwhile (a person killed it) is no fault of this step.
        worker = WorkerProcess(self._environment)
        while self._idle and not worker.started:
            candidate = self._idle.pop()
            if candidate.is_alive():
                worker = candidate
            else:
                candidate.reap()
        self._busy.add(worker)

        def press(again: bool) -> None:
            call.context.cancelled = True
            worker.terminate()
            self._loop.call_later(0 if again else call.context.grace * KILL_AFTER, worker.kill)

        try:
            value = await self._threads.run(lambda: worker.call(message, call), press)
        except TaskError:
            self._keep(worker)
            raise
        except BaseException:
            self._end(worker)
            raise
        self._keep(worker)
        return value

    def kill(self) -> None:
        """Kill the groups of all workers."""
        for worker in [*self._busy, *self._idle]:
            worker.kill()

    async def close(self) -> None:
        for worker in [*self._busy, *self._idle]:
            worker.reap()
        self._busy.clear()
        self._idle.clear()
        self.slots.close()
        self._threads.close()

    def _message(self, call: Call) -> Message:
        context = call.context
        # What it starts in turn can leave the worker's group.
        context.starts_processes = True
        return {
            "mark": context.mark,
            "kind": import_name(type(call.kind)),
            "arguments": dict(call.arguments),
            "function": import_name(context.function) if context.function is not None else None,
            "run_id": context.run_id,
            "address": context.address,
            "attempt": context.attempt,
            "folder": str(context.folder),
            "grace": context.grace,
            "allow_path": self._allow_path,
        }

    def _keep(self, worker: WorkerProcess) -> None:
        if worker.is_alive() and worker in self._busy:
            self._busy.discard(worker)
            self._idle.append(worker)
        else:
            self._end(worker)

    def _end(self, worker: WorkerProcess) -> None:
        self._busy.discard(worker)
        worker.reap()


class WorkerProcess:
    """One child process. `call` blocks in a thread; the other methods are called on the loop meanwhile."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._ending = False
        self._talking = False

    @property
    def started(self) -> bool:
        return self._process is not None

    def is_alive(self) -> bool:
        """It was started and has not ended."""
        return self._process is not None and not self._ending and not _has_ended(self._process)

    def call(self, message: Message, call: Call) -> Value:
        """Run one call in the child.

        Raises:
            TaskError: It failed there, or the child died.
        """
        self._talking = True
        try:
            if self._process is None:
                self._process = self._start()
                if self._ending:
                    # It was cancelled while it was being started, when there was nothing to kill yet.
                    self.kill()
            answer = _Conversation(self._process, call).hold(message)
        finally:
            self._talking = False
        if "value" in answer:
            return answer["value"]
        failed = answer["failed"]
        raise TaskError(
            failed["message"],
            type=failed["type"],
            details=failed["details"],
            retryable=failed["retryable"],
            retry_after=failed["retry_after"],
        )

    def terminate(self) -> None:
        """Ask the child to end what it does."""
        self._ending = True
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill the child and all of its group; it stays a zombie until `reap`."""
        self._ending = True
        self._signal(signal.SIGKILL)

    def reap(self) -> None:
        """Kill what is left and let go of the child. Does nothing the second time, or while a thread talks to it."""
        # The group first: as long as the child isn't reaped, its number can't belong to anybody else.
        self.kill()
        process = self._process
        if process is None or process.returncode is not None or self._talking:
            return
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            assert stream is not None
            with contextlib.suppress(OSError):
                stream.close()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-c", _START.format(path=sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(self._environment),
            bufsize=0,
            start_new_session=True,
        )

    def _signal(self, number: signal.Signals) -> None:
        process = self._process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, number)


class _Conversation:
    """One call and its answer, with the log lines and output in between; in a thread."""

    def __init__(self, process: subprocess.Popen[bytes], call: Call) -> None:
        self._process = process
        self._call = call
        self._frames = FrameReader()
        self._line = bytearray()
        self._answer: dict[str, Any] | None = None  # Any: values of a workflow

    def hold(self, message: Message) -> dict[str, Any]:  # Any: as above
        """The child's answer.

        Raises:
            TaskError: There was none, because the child died.
        """
        assert self._process.stdin
        assert self._process.stdout
        assert self._process.stderr
        try:
            frame = encode_frame(message)
        except FrameError as error:
            raise TaskError(str(error), type="arguments", retryable=False) from error
        try:
            self._exchange(frame, self._process.stdin.fileno(), self._process.stdout.fileno())
        except (OSError, ValueError, FrameError) as error:
            # Closed or broken pipes: it was killed, which the lines below report; anything else is told here.
            if not _has_ended(self._process):
                raise TaskError(f"the worker process can't be talked to: {error}", type="worker-died") from error
        with contextlib.suppress(OSError, ValueError):
            # Output was flushed before the answer was sent, so what there is to read is there already.
            self._drain(self._process.stderr.fileno())
        self._log_line()
        if self._answer is None:
            raise TaskError(f"the step's worker process died: {self._cause_of_death()}", type="worker-died")
        return self._answer

    def _exchange(self, frame: bytes, outgoing: int, incoming: int) -> None:
        assert self._process.stderr
        output = self._process.stderr.fileno()
        for descriptor in (outgoing, output):
            os.set_blocking(descriptor, False)
        rest = memoryview(frame)
        with selectors.DefaultSelector() as selector:
            selector.register(outgoing, selectors.EVENT_WRITE)
            selector.register(incoming, selectors.EVENT_READ)
            selector.register(output, selectors.EVENT_READ)
            while self._answer is None:
                for key, _ in selector.select():
                    if key.fd == outgoing:
                        with contextlib.suppress(BlockingIOError):
                            rest = rest[os.write(outgoing, rest[:_PIECE_BYTES]) :]
                        if not rest:
                            selector.unregister(outgoing)
                    elif key.fd == output:
                        if not self._drain(output):
                            selector.unregister(output)
                    elif not self._receive(os.read(incoming, _PIECE_BYTES)):
                        return

    def _receive(self, piece: bytes) -> bool:
        for message in self._frames.feed(piece):
            if "log" in message:
                self._call.context.log(*message["log"])
            else:
                self._answer = message
        return bool(piece)

    def _drain(self, output: int) -> bool:
        """Log what the child has printed; False when it has closed its side."""
        while True:
            try:
                piece = os.read(output, _PIECE_BYTES)
            except BlockingIOError:
                return True
            if not piece:
                return False
            *lines, rest = (bytes(self._line) + piece).split(b"\n")
            for line in lines:
                self._line[:] = line
                self._log_line()
            self._line[:] = rest
            if len(self._line) > LINE_BYTES_MAX:
                self._log_line()

    def _log_line(self) -> None:
        if self._line:
            self._call.context.log("info", self._line.decode("utf-8", "replace"))
            self._line.clear()

    def _cause_of_death(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            # The pipe closes a moment before the process is gone.
            os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
        code = _exit_code(self._process)
        if code is None:
            return "it closed its pipe"
        if code < 0:
            return f"killed by {signal.Signals(-code).name}"
        return f"exit code {code}"


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    return process.returncode is not None or _exit_code(process) is not None


def _exit_code(process: subprocess.Popen[bytes]) -> int | None:
    """Its exit code, without reaping it: its number stays taken until its group is killed."""
    if process.returncode is not None:
        return process.returncode
    try:
        status = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return process.returncode
    if status is None:
        return None
    return status.si_status if status.si_code == os.CLD_EXITED else -status.si_status
