"""Where the time of a shape goes: the main thread is looked at 1,400 times a second of its processor time.

Unlike a profiler that hears of every call, this costs next to nothing, so that the figures are those of the benchmark.
A sample falls on the next call of a Python function; what C code takes is counted to the function that called it.
"""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import braid

SAMPLE_SECONDS = 0.0007
SECONDS = 8.0
FUNCTIONS_SHOWN = 30

_PACKAGE = Path(braid.__file__).parent


class Samples:
    """What was seen while a function ran again and again.

    Attributes:
        rooms: Samples whose innermost frame of Braid's is in this package, or that have none.
        functions: Samples by their innermost frame.
    """

    def __init__(self) -> None:
        self.rooms: Counter[str] = Counter()
        self.functions: Counter[str] = Counter()
        self.runs = 0
        self.seconds = 0.0

    def take(self, run: Callable[[], object], seconds: float = SECONDS) -> None:
        """Run for so many seconds of processor time."""
        before = signal.signal(signal.SIGPROF, self._sample)
        signal.setitimer(signal.ITIMER_PROF, SAMPLE_SECONDS, SAMPLE_SECONDS)
        began = time.process_time()
        try:
            while time.process_time() - began < seconds:
                run()
                self.runs += 1
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, before)
        self.seconds += time.process_time() - began

    def table(self, steps: int) -> str:
        """Microseconds a step, by package and by function."""
        whole = self.seconds / self.runs / steps * 1e6
        seen = self.functions.total()
        lines = [f"{whole:6.2f} µs of processor time a step, {seen:,} samples", "", "by package:"]
        for counter, most in ((self.rooms, None), (self.functions, FUNCTIONS_SHOWN)):
            lines += [f"{count / seen * whole:6.2f} µs  {name}" for name, count in counter.most_common(most)]
            lines += ["", "by function:"] if counter is self.rooms else []
        return "\n".join(lines)

    def _sample(self, _number: int, frame: FrameType | None) -> None:
        if frame is None:
            return
        self.functions[f"{_place(frame)}:{frame.f_code.co_name}"] += 1
        inner: FrameType | None = frame
        while inner is not None and not inner.f_code.co_filename.startswith(f"{_PACKAGE}/"):
            inner = inner.f_back
        self.rooms["Python and asyncio" if inner is None else _room(inner)] += 1


def _room(frame: FrameType) -> str:
    return f"braid.{Path(frame.f_code.co_filename).relative_to(_PACKAGE).parts[0].removesuffix('.py')}"


def _place(frame: FrameType) -> str:
    path = Path(frame.f_code.co_filename)
    return str(path.relative_to(_PACKAGE)) if path.is_relative_to(_PACKAGE) else path.name
