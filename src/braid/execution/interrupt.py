"""Ctrl-C, SIGTERM and a closed terminal: once to end in order, twice to end at once."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def signals_call(
    loop: asyncio.AbstractEventLoop, first: Callable[[], None], further: Callable[[], None]
) -> Iterator[None]:
    """While this is open, the first such signal calls `first` on the loop, each further one `further`.

    The handlers that were there before come back afterwards. Outside the main thread nothing changes: signals are not
    delivered there.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    count = 0

    def on_signal() -> None:
        nonlocal count
        count += 1
        (first if count == 1 else further)()

    def wake(*_: object) -> None:
        loop.call_soon_threadsafe(on_signal)

    # Not `loop.add_signal_handler`: with three signals that is 0.6 ms a run, half of all that a small one costs.
    with _signals_wake(loop):
        before = {}
        try:
            for number in SIGNALS:
                # A program that ignores a signal (nohup) goes on ignoring it; a handler of C code couldn't come back.
                if signal.getsignal(number) not in (signal.SIG_IGN, None):
                    before[number] = signal.signal(number, wake)
                    signal.siginterrupt(number, False)
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


@contextlib.contextmanager
def _signals_wake(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """A signal ends the loop's wait, whichever thread the system gives it to: Python's handlers run in the main one."""
    reading, writing = socket.socketpair()
    with reading, writing:
        reading.setblocking(False)
        writing.setblocking(False)
        loop.add_reader(reading, reading.recv, 4096)
        before = signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(before)
            loop.remove_reader(reading)
