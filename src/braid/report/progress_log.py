"""Progress as plain lines, one an event, for files, pipes and CI."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from braid.language.plan import JumpNode, Node
from braid.machine.outcome import Failure, Status, StepRecord
from braid.report.progress import OpenStep, Progress
from braid.report.progress_view import block_counts, failure_summary
from braid.report.text import clipped, duration_text

WIDE_CHILDREN_MIN = 25
"""A block with more children than this is told of by a line now and then, not by lines for each of its steps."""

WIDE_LINE_SECONDS = 5.0

WIDE_FAILURES_MAX = 10
"""Failures of steps inside a wide block that get a line of their own."""

MESSAGE_COLUMNS_MAX = 300


class _Wide(msgspec.Struct):
    last_line: float
    failures: int = 0


class ProgressLog(msgspec.Struct):
    """Implements `Observer`: `12:00:01 started gather/weather` and so on.

    Attributes:
        write: Takes one line, without its line break.
        now: The time, for calls that don't bring one.
        clock: How a time (epoch seconds) is written; local time to the second.
    """

    progress: Progress
    write: Callable[[str], None]
    now: Callable[[], float]
    clock: Callable[[float], str] = lambda time: f"{datetime.fromtimestamp(time).astimezone():%H:%M:%S}"
    _wide: dict[str, _Wide] = msgspec.field(default_factory=dict)

    def step_started(self, address: str, node: Node, time: float) -> None:
        again = self.progress.find(address)
        self.progress.step_started(address, node, time)
        if not again and not self._wide_around(address):
            self._line(time, f"started {address}")

    def step_finished(self, address: str, node: Node, record: StepRecord) -> None:
        around = self._wide_around(address)
        if self._wide.pop(address, None):
            self._report(self.progress.find(address), record.started_at + record.duration)
        self.progress.step_finished(address, node, record)
        time = record.started_at + record.duration
        if around:
            self._inside_wide(around, address, record, time)
        elif not isinstance(node, JumpNode):
            self._ended(address, record, time)

    def step_retrying(self, address: str, node: Node, failure: Failure, attempt: int, due: float) -> None:
        self.progress.step_retrying(address, node, failure, attempt, due)
        if not self._wide_around(address):
            now = self.now()
            wait = duration_text(due - now)
            self._line(now, f"retrying {address} in {wait}: attempt {attempt} failed: {failure_summary(failure)}")

    def block_opened(self, address: str, node: Node, total: int, limit: int) -> None:
        self.progress.block_opened(address, node, total, limit)
        step = self.progress.find(address)
        if step and total > WIDE_CHILDREN_MIN and not self._wide_around(address):
            self._wide[address] = _Wide(step.started)

    def _wide_around(self, address: str) -> str:
        """The address of the wide block that this is inside of, or an empty text."""
        if self._wide:
            while (cut := address.rfind("/")) > 0:
                address = address[:cut]
                if address in self._wide:
                    return address
        return ""

    def _inside_wide(self, block_address: str, address: str, record: StepRecord, time: float) -> None:
        wide = self._wide[block_address]
        if record.status is Status.FAILED:
            wide.failures += 1
            if wide.failures <= WIDE_FAILURES_MAX:
                self._ended(address, record, time)
            if wide.failures == WIDE_FAILURES_MAX:
                self._line(time, f"note {block_address}: further failures inside are counted, not listed")
        if time - wide.last_line >= WIDE_LINE_SECONDS:
            wide.last_line = time
            self._report(self.progress.find(block_address), time)

    def _report(self, step: OpenStep | None, time: float) -> None:
        if step and step.block:
            counts = ", ".join(piece.text for piece in block_counts(step.block))
            self._line(time, f"progress {step.address}: {counts}")

    def _ended(self, address: str, record: StepRecord, time: float) -> None:
        text = f"{record.status.value} {address}"
        if record.status is Status.FAILED and record.error:
            text += f": {failure_summary(record.error)}"
        elif record.reason:
            text += f" ({record.reason})"
        elif record.duration >= 0.1:
            text += f" ({duration_text(record.duration)})"
        self._line(time, text)

    def _line(self, time: float, text: str) -> None:
        self.write(clipped(f"{self.clock(time)} {text}", MESSAGE_COLUMNS_MAX))
