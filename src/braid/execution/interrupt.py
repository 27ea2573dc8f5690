"""Ctrl-C, SIGTERM and a closed terminal: once to end in order, twice to end at once."""

from __future__ import annotations

import asyncio
import contextlib
import signal
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

    before = {number: signal.getsignal(number) for number in SIGNALS}
    installed = []
    try:
        for number in SIGNALS:
            # A program that ignores a signal (nohup) goes on ignoring it.
            if before[number] is not signal.SIG_IGN:
                loop.add_signal_handler(number, on_signal)
                installed.append(number)
        yield
    finally:
        for number in installed:
            loop.remove_signal_handler(number)
            signal.signal(number, before[number])
