"""Blocking calls in threads of our own.

Not `ThreadPoolExecutor`: the interpreter joins its threads at exit, so that one step that hangs in C would keep the
command from ever ending. These are daemon threads, reused while the run goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from braid.execution.pools import Pool
from braid.execution.runners.runner import Call, Press, StepInterrupted
from braid.language.plan import PoolSpec
from braid.language.task_kind import Value, current_step

THREADS_MAX = 512
"""Blocking calls at once in one run; more wait."""

HEAD_START = 0.2
"""The part of the grace period in which a cancelled call may end by itself, because it looks at `context.cancelled`.

After that it is interrupted from outside, which may hit its clean-up too."""

JOIN_SECONDS = 1.0
"""An idle thread ends within microseconds; longer than this isn't waited for it."""


class Job:
    """A call on its way through a thread."""

    def __init__(self, function: Callable[[], Value], loop: asyncio.AbstractEventLoop) -> None:
        self._function = function
        self._loop = loop
        self._ended = False
        self._given_up = False
        self._value: Value = None
        self._error: BaseException | None = None
        self._waiter: asyncio.Future[None] | None = None

    def call(self) -> Callable[[], None]:
        """In the thread: call, and return what tells the loop about the end."""
        value: Value = None
        error: BaseException | None = None
        try:
            value = self._function()
        except BaseException as raised:
            error = raised

        def tell() -> None:
            # A closed loop has given this call up long ago.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._end, value, error)

        return tell

    async def result(self, press: Press) -> Value:
        """Wait for the end, also when cancelled: then it is pressed to end."""
        cancelled = False
        while not self._ended and not self._given_up:
            self._waiter = self._loop.create_future()
            try:
                await self._waiter
            except asyncio.CancelledError:
                press(cancelled)
                cancelled = True
        if cancelled or self._given_up:
            raise asyncio.CancelledError
        if self._error is not None:
            try:
                raise self._error
            finally:
                self._error = None  # else the error, its traceback and this job keep each other alive
        return self._value

    def give_up(self) -> None:
        """Nobody waits for it any more."""
        self._given_up = True
        self._wake()

    def _end(self, value: Value, error: BaseException | None) -> None:
        self._ended = True
        self._value = value
        self._error = error
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Threads:
    """Daemon threads, started when none is idle and kept for the next job."""

    def __init__(self) -> None:
        self._idle: list[_Worker] = []
        self._lock = threading.Lock()
        self._closed = False
        self._jobs: set[Job] = set()

    async def run(self, function: Callable[[], Value], press: Press) -> Value:
        """Call in a thread and wait for its end; `press` is called at each cancellation."""
        job = Job(function, asyncio.get_running_loop())
        with self._lock:
            worker = self._idle.pop() if self._idle else _Worker(self)
        self._jobs.add(job)
        worker.jobs.put(job)
        try:
            return await job.result(press)
        finally:
            self._jobs.discard(job)

    def keep(self, worker: _Worker) -> bool:
        """In a worker's thread: whether it shall wait for another job."""
        with self._lock:
            if not self._closed:
                self._idle.append(worker)
            return not self._closed

    def close(self) -> None:
        """End idle threads and give up the jobs of the others, which end when their calls do."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.jobs.put(None)
        for job in list(self._jobs):
            job.give_up()
        for worker in idle:
            worker.thread.join(JOIN_SECONDS)


class _Worker:
    def __init__(self, threads: Threads) -> None:
        self.jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._threads = threads
        self.thread = threading.Thread(target=self._work, name="braid-step", daemon=True)
        self.thread.start()

    def _work(self) -> None:
        while (job := self.jobs.get()) is not None:
            tell = job.call()
            # Idle before the loop hears of the end, so that the next step finds this thread instead of starting one.
            kept = self._threads.keep(self)
            tell()
            if not kept:
                return
            del job, tell  # what they hold must not live until the next one comes


class ThreadRunner:
    """Blocking calls in threads; pure Python that doesn't end is interrupted, a call stuck in C can't be."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.slots = Pool(PoolSpec("threads", THREADS_MAX), loop)
        self._threads = Threads()
        self._loop = loop

    async def run(self, call: Call) -> Value:
        guarded = _Interruptible(call)

        def press(again: bool) -> None:
            call.context.cancelled = True
            if again:
                guarded.interrupt()
            else:
                self._loop.call_later(call.context.grace * HEAD_START, guarded.interrupt)

        return await self._threads.run(guarded, press)

    def kill(self) -> None:
        """Threads can't be killed; they were interrupted, and they end with the process."""

    async def close(self) -> None:
        self.slots.close()
        self._threads.close()


class _Interruptible:
    """A call that can be interrupted while it runs, and at no other moment.

    `PyThreadState_SetAsyncExc` makes a thread raise at its next bytecode, whatever it does then. The lock makes sure
    that it is asked for only between start and end of the call; what was asked for and not yet raised at the end is
    withdrawn there, so that it can't hit the thread's next job.
    """

    def __init__(self, call: Call) -> None:
        self._call = call
        self._lock = threading.Lock()
        self._thread: int | None = None
        self._ended = False
        self._interrupted = False

    def __call__(self) -> Value:
        try:
            try:
                with self._lock:
                    self._thread = threading.get_ident()
                current_step.set(self._call.context)
                return self._call.kind.run_blocking(self._call.fields, self._call.context)
            finally:
                self._leave()
        except StepInterrupted:
            # It may have come in `_leave` itself. A second one can't follow within microseconds: each is a tenth of
            # the grace period after the one before.
            self._leave()
            raise

    def interrupt(self) -> None:
        """On the loop: raise StepInterrupted in the call, if it still runs."""
        with self._lock:
            if self._thread is not None and not self._ended:
                self._interrupted = True
                _raise_in(self._thread, StepInterrupted)

    def _leave(self) -> None:
        with self._lock:
            self._ended = True
        if self._interrupted:
            _raise_in(threading.get_ident(), None)


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    import ctypes  # 2 ms; few runs interrupt a thread

    raised: Any = ctypes.py_object(error) if error is not None else None  # Any: NULL withdraws
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), raised)
