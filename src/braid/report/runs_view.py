"""`braid runs`: a line a run."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from braid.diagnostics.terminal_text import columns
from braid.report.moments import age_text, local_time
from braid.report.progress_view import Line, Piece
from braid.report.run_facts import RunFacts
from braid.report.show_view import STATUS_STYLES
from braid.report.text import clipped, clipped_in_middle, duration_text, one_line

WORKFLOW_COLUMNS_MIN = 8
NAME_COLUMNS_MAX = 40
"""Of an id or a workflow's name; longer ones are cut in the middle."""


class _Column(msgspec.Struct):
    title: str
    cells: list[Piece]
    right: bool = False
    width: int = 0

    def __post_init__(self) -> None:
        self.width = max(columns(self.title), *(columns(cell.text) for cell in self.cells))


def runs_lines(runs: Sequence[RunFacts], now: float, width: int) -> list[Line]:
    """A table of runs; what doesn't fit is left out, from what tells the least on."""
    table = [
        _Column("RUN", [Piece(clipped_in_middle(one_line(run.id), NAME_COLUMNS_MAX)) for run in runs]),
        _Column("WORKFLOW", [Piece(clipped_in_middle(one_line(run.workflow), NAME_COLUMNS_MAX)) for run in runs]),
        _Column("STATUS", [Piece(run.status, STATUS_STYLES.get(run.status, "plain")) for run in runs]),
        _Column("AGE", [Piece(age_text(now - run.started)) for run in runs]),
        _Column("TOOK", [Piece(_duration(run, now)) for run in runs], right=True),
    ]
    spare = width - _total(table)
    if spare < 0:
        table[1] = _narrowed(table[1], max(table[1].width + spare, WORKFLOW_COLUMNS_MIN))
        spare = width - _total(table)
    for place, column in (
        (3, _Column("STARTED", [Piece(local_time(run.started), "dim") for run in runs])),
        (None, _Column("EVENTS", [Piece(f"{run.events:,}", "dim") for run in runs], right=True)),
        (None, _Column("OWNER", [Piece(str(run.owner or ""), "dim") for run in runs])),
    ):
        if column.width + 2 <= spare and any(cell.text for cell in column.cells):
            spare -= column.width + 2
            table.insert(len(table) if place is None else place, column)
    heading = tuple(_cell(Piece(column.title, "dim"), column, column is table[-1]) for column in table)
    rows = [
        tuple(_cell(column.cells[number], column, column is table[-1]) for column in table)
        for number in range(len(runs))
    ]
    return [_spaced(row) for row in (heading, *rows)]


def _narrowed(column: _Column, width: int) -> _Column:
    return _Column(column.title, [Piece(clipped(cell.text, width), cell.style) for cell in column.cells], column.right)


def _total(table: Sequence[_Column]) -> int:
    return sum(column.width for column in table) + 2 * (len(table) - 1)


def _cell(cell: Piece, column: _Column, last: bool) -> Piece:
    space = " " * (column.width - columns(cell.text))
    if column.right:
        return Piece(space + cell.text, cell.style)
    return cell if last else Piece(cell.text + space, cell.style)


def _spaced(cells: Sequence[Piece]) -> Line:
    line: list[Piece] = []
    for cell in cells:
        line += [Piece("  "), cell] if line else [cell]
    return tuple(line)


def _duration(run: RunFacts, now: float) -> str:
    seconds = run.duration(now)
    return "" if seconds is None else duration_text(seconds)
