"""What a person sees of a run while it goes on: a live tree on a terminal, plain lines elsewhere, or nothing."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any

from braid.cli.terminal import err, has_color, is_terminal
from braid.machine.observer import Observer
from braid.report.aftermath import Aftermath

if TYPE_CHECKING:
    from braid.report.progress import Progress

LOGGER = "braid"
STEPS_LOGGER = "braid.steps"
"""What steps log arrives here, what the engine warns of in other ones below `LOGGER`."""


class Watch:
    """A context: while it is open the run is shown, on standard error only.

    Attributes:
        observer: To be given to the run.
        aftermath: What a report of a failure needs.
        progress: What is going on; None when nothing is shown.
        say: Prints one line among what is shown.

    Args:
        started: When the run began, in epoch seconds; now, unless given.
        replaying: The observer is told of what an earlier process did first, which is shown by no lines; until
            `go_live`.
    """

    def __init__(self, workflow: str, *, quiet: bool, started: float | None = None, replaying: bool = False) -> None:
        self.aftermath = Aftermath()
        self.progress: Progress | None = None
        self.observer: Observer = self.aftermath
        self.say: Callable[[str], None] = err
        self._view: AbstractContextManager[Any] = nullcontext()
        self._handler: logging.Handler = logging.NullHandler()
        self._before = (logging.NOTSET, True)
        self._replaying = replaying
        if not quiet:
            from braid.report.progress import Progress

            self._show(Progress(workflow, time.time() if started is None else started))

    def go_live(self) -> None:
        """All that an earlier process did has been told."""
        before, self._replaying = self._replaying, False
        if before and self.progress is not None:
            done = self.progress.totals.ended
            self.say(f"resumed: {done:,} {'step was' if done == 1 else 'steps were'} done before")

    def _line(self, text: str) -> None:
        if not self._replaying:
            err(text)

    def _show(self, progress: Progress) -> None:
        from braid.report.observers import Observers

        self.progress = progress
        if is_terminal(sys.stderr):
            from braid.cli.live import LiveView

            view = LiveView(progress, sys.stderr, has_color(sys.stderr))
            self._view = view
            self.say = view.print_above
            self.observer = Observers(self.aftermath, view)
        else:
            from braid.report.progress_log import ProgressLog

            self.observer = Observers(self.aftermath, ProgressLog(progress, self._line, time.time))
        self._handler = _LogLines(self.say)

    def __enter__(self) -> Watch:
        logger = logging.getLogger(LOGGER)
        logger.addHandler(self._handler)
        # The root logger's handler of last resort would print warnings a second time.
        self._before = (logger.level, logger.propagate)
        logger.propagate = False
        logger.setLevel(logging.INFO)
        self._view.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._view.__exit__(kind, error, trace)
        logger = logging.getLogger(LOGGER)
        logger.removeHandler(self._handler)
        level, logger.propagate = self._before
        logger.setLevel(level)


class _LogLines(logging.Handler):
    """One line a record: `12:00:01 log gather/weather: message`."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__()
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        from braid.report.text import one_line

        if record.name != STEPS_LOGGER:
            # The engine's own words are for the person at the terminal, as they are.
            self._say(one_line(record.getMessage()))
            return
        word = "log" if record.levelno <= logging.INFO else record.levelname.lower()
        clock = f"{datetime.fromtimestamp(record.created).astimezone():%H:%M:%S}"
        self._say(f"{clock} {word} {one_line(record.getMessage())}")
