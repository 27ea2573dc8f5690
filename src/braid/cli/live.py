"""The live tree on a terminal: draws what `report.progress_view` says, in place.

Drawn without rich on purpose: importing its live display costs some 100 ms of every run, it hides the cursor (which
then stays hidden after kill -9), and it doesn't know that lines it wrote wrap when a terminal gets narrower.
"""

from __future__ import annotations

import os
import threading
import time
from typing import TextIO

from braid.cli.terminal import painted
from braid.diagnostics.terminal_text import columns
from braid.language.plan import Node
from braid.machine.outcome import Failure, StepRecord
from braid.report.progress import Progress
from braid.report.progress_view import Line, progress_lines
from braid.report.text import printable

FRAME_SECONDS = 0.1

FIRST_FRAME_SECONDS = 0.15
"""A run that is over sooner draws nothing."""

CLOSE_SECONDS = 2.0
"""How long the end of a run waits for the last frame."""

LINES_SPARED = 3
"""Lines of the terminal that the tree leaves to what was there before."""

_COLUMNS_DEFAULT = 80
_LINES_DEFAULT = 24


class Screen:
    """The lines at the bottom of a terminal that are drawn again and again. The cursor stands below them."""

    def __init__(self, stream: TextIO, color: bool) -> None:
        self._stream = stream
        self._color = color
        self._drawn: list[int] = []

    def size(self) -> tuple[int, int]:
        """Columns and lines that may be used."""
        try:
            size = os.get_terminal_size(self._stream.fileno())
        except (OSError, ValueError):
            return _COLUMNS_DEFAULT, _LINES_DEFAULT
        # A line that fills the last column makes some terminals wrap and others not.
        return (size.columns or _COLUMNS_DEFAULT) - 1, max((size.lines or _LINES_DEFAULT) - LINES_SPARED, 1)

    def draw(self, lines: list[Line], above: list[str]) -> None:
        """Replace what is drawn; texts `above` go before it and stay."""
        # One write a frame, each line cleared to its end after its text: no flicker.
        frame = [self._to_first_line()]
        frame += [f"{text}\x1b[K\n" for text in above]
        frame += ["".join(painted(p.text, p.style, self._color) for p in line) + "\x1b[K\n" for line in lines]
        frame.append("\x1b[J")
        self._stream.write("".join(frame))
        self._stream.flush()
        self._drawn = [sum(columns(piece.text) for piece in line) for line in lines]

    def clear(self, above: list[str]) -> None:
        """Take the lines away, and write nothing at all if there is nothing to take away or to print."""
        if self._drawn or above:
            self.draw([], above)

    def _to_first_line(self) -> str:
        width = self.size()[0] + 1
        rows = sum(max(1, -(-used // width)) for used in self._drawn)
        return f"\r\x1b[{rows}A" if rows else "\r"


class LiveView:
    """Implements `Observer`; draws from a thread of its own, at most every `FRAME_SECONDS`."""

    def __init__(self, progress: Progress, stream: TextIO, color: bool) -> None:
        self._progress = progress
        self._screen = Screen(stream, color)
        self._lock = threading.Lock()
        self._above: list[str] = []
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> LiveView:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Take the tree off the screen; lines printed above it stay."""
        self._stop.set()
        if self._thread:
            # Bounded, since a terminal that takes no more output (Ctrl-S) mustn't keep the run from ending.
            self._thread.join(timeout=CLOSE_SECONDS)

    def print_above(self, text: str) -> None:
        """Print lines that stay, above the tree."""
        with self._lock:
            self._above.extend(printable(text).split("\n"))
        self._begin()

    def step_started(self, address: str, node: Node, time: float) -> None:
        if not self._thread:
            self._begin()
        with self._lock:
            self._progress.step_started(address, node, time)

    def step_finished(self, address: str, node: Node, record: StepRecord) -> None:
        with self._lock:
            self._progress.step_finished(address, node, record)

    def step_retrying(self, address: str, node: Node, failure: Failure, attempt: int, due: float) -> None:
        with self._lock:
            self._progress.step_retrying(address, node, failure, attempt, due)

    def block_opened(self, address: str, node: Node, total: int, limit: int) -> None:
        with self._lock:
            self._progress.block_opened(address, node, total, limit)

    def _begin(self) -> None:
        # Not before something runs: what is loaded until then takes its time, and there is nothing to show.
        with self._lock:
            if not self._thread:
                self._thread = threading.Thread(target=self._draw_on, name="braid-live-view", daemon=True)
                self._thread.start()

    def _draw_on(self) -> None:
        try:
            ended = self._stop.wait(FIRST_FRAME_SECONDS)
            while not ended:
                self._frame()
                ended = self._stop.wait(FRAME_SECONDS)
            self._last_frame()
        except (OSError, ValueError):
            # The terminal is gone (closed window, lost connection): the run goes on without a view.
            return

    def _frame(self) -> None:
        width, height = self._screen.size()
        with self._lock:
            lines = progress_lines(self._progress, time.time(), width, height)
            above, self._above = self._above, []
        self._screen.draw(lines, above)

    def _last_frame(self) -> None:
        with self._lock:
            above, self._above = self._above, []
        self._screen.clear(above)
