"""A timeline drawn with characters: as wide as the terminal, and readable without colour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from braid.diagnostics.terminal_text import columns
from braid.report.lines import aligned
from braid.report.progress_view import Line, Piece, Style
from braid.report.show_view import MARKS, run_heading
from braid.report.text import clipped_in_middle, duration_text, one_line
from braid.report.timeline import Bar, Timeline, TimelineRow

LABEL_COLUMNS_MIN: Final = 12
LABEL_SHARE: Final = 0.4
"""At most so much of a line is the step's name."""

BAR_COLUMNS_MIN: Final = 10
TICK_COLUMNS: Final = 9
"""A label of the axis has at least so much room."""

_GLYPHS: Final = {
    "block": "─",
    "executing": "█",
    "waiting": "░",
    "between": "·",
    "delay": "~",
    "kept": "▒",
    "stopped": "┄",
}
_LEGEND: Final = {
    "executing": "executing",
    "waiting": "waiting for a place",
    "between": "between attempts",
    "delay": "until its time",
    "kept": "kept from before",
    "stopped": "the run was stopped",
    "block": "holds other steps",
}
_INSTANT: Final = "▏"
"""What took no time: it was computed, not executed."""
_LEVELS: Final = "▁▂▃▄▅▆▇█"
_HEIGHT_MIN: Final = 1e-6
"""Steps at once; what is left of sums of fractions is no step."""
_STEPS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
_TIME_COLUMNS: Final = 8


def timeline_lines(found: Timeline, now: float, width: int) -> list[Line]:
    """Heading, axis, a line a row, and what the marks mean."""
    heading = run_heading(found.history, now)
    if not found.rows:
        return [heading]
    named = max(columns(one_line(row.label)) + 2 * row.depth for row in found.rows) + 3
    label = max(min(named, int(width * LABEL_SHARE)), LABEL_COLUMNS_MIN)
    room = max(width - label - _TIME_COLUMNS - 3, BAR_COLUMNS_MIN)
    axis = _Axis(found.seconds, room)
    lines: list[Line] = [heading, (), (Piece(" " * (label + 1)), Piece(axis.ticks(), "dim"))]
    lines += [_row(row, label, axis) for row in found.rows]
    return [*lines, (), *_legend(found.rows, width)]


class _Axis:
    """Seconds of a run as columns."""

    def __init__(self, seconds: float, room: int) -> None:
        self.seconds = seconds
        self.room = room

    def column(self, seconds: float) -> int:
        """The column that a moment is in."""
        if self.seconds <= 0:
            return 0
        return min(max(int(seconds / self.seconds * self.room), 0), self.room - 1)

    def share_after(self, seconds: float, column: int) -> float:
        """How much of this column is after a moment in it, from 0 to 1."""
        if self.seconds <= 0:
            return 0.0
        return min(max(column + 1 - seconds / self.seconds * self.room, 0.0), 1.0)

    def ticks(self) -> str:
        """`0s       5s       10s`, at round times."""
        step = self._step()
        cells = [" "] * self.room
        number = 0
        while (moment := number * step) <= self.seconds:
            text = f"|{_tick_text(moment)}"
            column = self.column(moment)
            if column + len(text) <= self.room:
                cells[column : column + len(text)] = text
            number += 1
        return "".join(cells).rstrip()

    def _step(self) -> float:
        wanted = self.seconds * TICK_COLUMNS / self.room
        if wanted <= 0:
            return 1.0
        if wanted > _STEPS[-1]:
            return -(-wanted // _STEPS[-1]) * _STEPS[-1]
        power = 1.0
        while wanted * power < 0.5 and power < 1e6:
            power *= 10
        return next(step for step in _STEPS if step >= wanted * power) / power


def _row(row: TimelineRow, label: int, axis: _Axis) -> Line:
    if row.left_out:
        return (Piece(f"  … {row.left_out:,} more rows; --all shows them", "dim"),)
    mark, style = MARKS[row.status]
    indent = "  " * row.depth
    text = clipped_in_middle(one_line(row.label), max(label - len(indent) - 2, 1))
    name = f"{indent}{mark} {text}"
    seconds = max((bar.end for bar in row.bars), default=0.0) - min((bar.start for bar in row.bars), default=0.0)
    took = "" if row.status == "skipped" else duration_text(seconds)
    colour: Style = style if row.status in {"failed", "cancelled"} else "plain"
    cells = _lane(row.lane, axis) if row.lane else _bars(row.bars, axis) if row.status != "skipped" else " " * axis.room
    return (
        Piece(name + " " * max(label - columns(name), 0), colour),
        Piece("*" if row.critical else " ", "title"),
        Piece(cells, colour),
        Piece(f" {took:>{_TIME_COLUMNS - 1}}", "dim"),
    )


def _bars(bars: Iterable[Bar], axis: _Axis) -> str:
    cells = [" "] * axis.room
    for bar in bars:
        first, last = axis.column(bar.start), axis.column(bar.end)
        if bar.what == "waiting" and first == last and bar.status == "succeeded":
            continue  # what it waited for is in the same column, and tells more
        if last > first and axis.seconds and bar.end / axis.seconds * axis.room == last:
            last -= 1  # it ends where the next column begins
        glyph = _INSTANT if bar.what == "executing" and bar.start == bar.end else _GLYPHS[bar.what]
        cells[first : last + 1] = glyph * (last + 1 - first)
        if bar.status in {"failed", "cancelled"}:
            cells[last] = MARKS[bar.status][0]
    return "".join(cells)


def _lane(steps: Sequence[Bar], axis: _Axis) -> str:
    """How many steps were open in each column, as heights; columns in which one failed say so."""
    # A step that ends within a column and the next one that begins there are one step at once, not two.
    parts = [0.0] * axis.room
    whole = [0] * (axis.room + 1)
    failed: set[int] = set()
    for bar in steps:
        first, last = axis.column(bar.start), axis.column(bar.end)
        parts[first] += axis.share_after(bar.start, first)
        parts[last] -= axis.share_after(bar.end, last)
        whole[first + 1] += 1
        whole[last + 1] -= 1
        if bar.status == "failed":
            failed.add(last)
    heights, height = [], 0
    for column in range(axis.room):
        height += whole[column]
        heights.append(max(height + parts[column], 0.0))
    most = max(heights, default=0.0) or 1.0
    cells = [
        _LEVELS[min(int(height / most * len(_LEVELS)), len(_LEVELS) - 1)] if height > _HEIGHT_MIN else " "
        for height in heights
    ]
    for column in failed:
        cells[column] = MARKS["failed"][0]
    return "".join(cells)


def _legend(rows: Sequence[TimelineRow], width: int) -> list[Line]:
    used = {bar.what for row in rows if not row.lane for bar in row.bars}
    parts = [f"{_GLYPHS[what]} {words}" for what, words in _LEGEND.items() if what in used]
    if any(row.lane for row in rows):
        parts.append(f"{_LEVELS[0]}{_LEVELS[-1]} steps at once")
    if any(row.critical for row in rows):
        parts.append("* critical path")
    lines: list[Line] = []
    line = ""
    for part in parts:
        if line and columns(line) + 3 + columns(part) > width:
            lines.append((Piece(line, "dim"),))
            line = ""
        line += ("   " if line else "") + part
    return [*lines, aligned(Piece(line, "dim"), [], Piece(""), width)] if line else lines


def _tick_text(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1000:g}ms" if seconds else "0s"
    if seconds < 60:
        return f"{seconds:g}s"
    whole = round(seconds)
    parts = ((whole // 86400, "d"), (whole % 86400 // 3600, "h"), (whole % 3600 // 60, "m"), (whole % 60, "s"))
    return "".join(f"{number}{unit}" for number, unit in parts if number)
