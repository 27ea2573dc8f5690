"""Where steps print while a run goes on: never to standard output, which holds nothing but the run's output."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import threading
from collections.abc import Iterator
from typing import TextIO

from braid.language.task_kind import TaskContext, current_step

LINE_CHARS_MAX = 64 * 1024
"""A longer line is logged in pieces."""


class StepOutput(io.TextIOBase):
    """Stands for `sys.stdout` or `sys.stderr`: a step's lines go to its log, where secrets are masked.

    What isn't printed by a step, or by a thread that a step started, goes to `beneath`.

    Attributes:
        beneath: Standard error itself.
    """

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, beneath: TextIO) -> None:
        self.beneath = beneath
        self.buffer = _Bytes(self)
        self._lock = threading.Lock()
        self._begun: dict[TaskContext, str] = {}

    def write(self, text: str) -> int:
        step = current_step.get()
        if step is None:
            return self.beneath.write(text)
        with self._lock:
            *lines, rest = (self._begun.pop(step, "") + text).split("\n")
            if len(rest) > LINE_CHARS_MAX:
                lines.append(rest)
            elif rest:
                self._begun[step] = rest
        # Outside of the lock, since the log may be shown by something that prints.
        for line in lines:
            if line:
                step.log("info", line)
        return len(text)

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return self.beneath.isatty()

    def fileno(self) -> int:
        return self.beneath.fileno()

    def flush(self) -> None:
        with contextlib.suppress(ValueError):
            self.beneath.flush()

    def close(self) -> None:
        """Log the lines that were begun. Stays open: a step that closes it mustn't take it from the others."""
        with self._lock:
            begun, self._begun = self._begun, {}
        for step, line in begun.items():
            step.log("info", line)


class _Bytes(io.BufferedIOBase):
    """`sys.stdout.buffer`, for code that writes bytes."""

    def __init__(self, text: StepOutput) -> None:
        self._text = text

    def write(self, data: object) -> int:
        octets = bytes(memoryview(data))  # type: ignore[arg-type]  # any buffer, which typing has no name for here
        self._text.write(octets.decode("utf-8", "replace"))
        return len(octets)

    def writable(self) -> bool:
        return True


@contextlib.contextmanager
def steps_kept_apart() -> Iterator[None]:
    """While this is open, steps and what they start don't reach this process's standard input and output.

    They read an empty input: whoever reads the terminal takes what another step, or the person's shell, was to get.
    """
    output, error = sys.stdout, sys.stderr
    own = (StepOutput(error), StepOutput(error))
    with _descriptors_moved(output, error):
        sys.stdout, sys.stderr = own
        try:
            yield
        finally:
            sys.stdout, sys.stderr = output, error
            for stream in own:
                stream.close()


@contextlib.contextmanager
def _descriptors_moved(output: TextIO, error: TextIO) -> Iterator[None]:
    """0 is empty and 1 is standard error, also for programs that a step starts by itself and for libraries in C."""
    if not (_is(output, 1) and _is(error, 2)):
        # A test or a program has put something else in their place.
        yield
        return
    output.flush()
    kept = [os.dup(0), os.dup(1)]
    empty = os.open(os.devnull, os.O_RDONLY)
    try:
        os.dup2(empty, 0)
        os.dup2(2, 1)
        yield
    finally:
        for descriptor, before in enumerate(kept):
            os.dup2(before, descriptor)
        for descriptor in (*kept, empty):
            os.close(descriptor)


def _is(stream: TextIO, descriptor: int) -> bool:
    try:
        return stream.fileno() == descriptor
    except (OSError, ValueError):
        return False
