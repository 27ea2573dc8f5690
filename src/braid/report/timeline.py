"""A run on its time axis: a row a step, with the stretches of its time, and wide blocks as one lane."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import msgspec

from braid.report.critical_path import critical_path
from braid.report.json_values import iso_time
from braid.report.run_history import RunHistory
from braid.report.show_view import doing_by_address, status_of_step
from braid.report.spans import StepSpan, Stretch
from braid.report.standstill import Gap, within
from braid.report.step_rows import Fold, step_rows

ROWS_MAX = 60
"""Of a timeline, unless all are asked for."""

BarKind = Literal["block", "executing", "waiting", "between", "delay", "kept", "stopped"]


class Bar(msgspec.Struct, frozen=True):
    """A stretch of a row; seconds from the start of the run.

    Attributes:
        what: `waiting` for a place, `between` two attempts, `delay`: until a time, `block`: it holds other steps,
            `stopped`: the run was; such a bar lies on the others.
        status: How it ended: `succeeded`, `failed`, `cancelled`, or `running`.
    """

    what: BarKind
    start: float
    end: float
    status: str


class TimelineRow(msgspec.Struct, frozen=True):
    """A step, or a wide block with all that is in it.

    Attributes:
        critical: It is on the critical path; of a folded block, something in it is.
        lane: Of a folded block: start, end and status of each step inside that holds no others.
        left_out: Stands for so many rows.
    """

    depth: int
    label: str
    span: StepSpan
    status: str
    bars: tuple[Bar, ...]
    critical: bool
    fold: Fold | None = None
    lane: tuple[Bar, ...] = ()
    left_out: int = 0


class Timeline(msgspec.Struct, frozen=True):
    """All rows; `seconds` is the length of the axis."""

    history: RunHistory
    seconds: float
    rows: list[TimelineRow]


def timeline(history: RunHistory, now: float, *, unfold: bool = False, rows_max: int = ROWS_MAX) -> Timeline:
    """The rows of a run."""
    started, end = history.facts.started, history.end(now)
    doing = doing_by_address(history)
    path = {id(leg.stretch.step): leg.stretch.step for leg in critical_path(history.last)}
    around = {id(outer) for span in path.values() for outer in span.outwards()}
    rows = []
    for row in step_rows(history.root, unfold=unfold, rows_max=rows_max):
        span = row.span
        critical = id(span) in path or (row.fold is not None and id(span) in around)
        lane = tuple(_lane(span, started, end)) if row.fold is not None else ()
        status = status_of_step(span, history, doing)
        found = doing.get(span.address)
        bars = [*_bars(span, started, end, queued=found is not None and found.what == "pool")]
        bars += _stopped_bars(span, history.standstills, started)
        rows.append(
            TimelineRow(row.depth, row.label, span, status, tuple(bars), critical, row.fold, lane, row.left_out)
        )
    return Timeline(history, max(end - started, 0.0), rows)


def timeline_json(found: Timeline) -> dict[str, Any]:  # Any: JSON
    """The document of `timeline --json`. Starts and ends are seconds from the start of the run."""
    history = found.history
    document: dict[str, Any] = {
        "run_id": history.facts.id,
        "workflow": history.facts.workflow,
        "status": history.facts.status,
        "started_at": iso_time(history.facts.started),
        "duration": round(found.seconds, 6),
        "rows": [_row_json(row) for row in found.rows],
    }
    for name, text in (("note", history.note), ("damage", history.damage)):
        if text:
            document[name] = text
    return document


def _bars(span: StepSpan, started: float, end: float, *, queued: bool) -> Iterable[Bar]:
    if not span.stretches or span.children:
        yield Bar("block" if span.children else "executing", *_within(span, started, end), span.status)
        return
    for stretch in span.stretches:
        yield from _stretch_bars(stretch, started, end, queued=queued and stretch.ended is None)


def _stretch_bars(stretch: Stretch, started: float, end: float, *, queued: bool) -> Iterable[Bar]:
    asked = max(stretch.asked - started, 0.0)
    began = max(stretch.began - started, 0.0)
    ended = max((end if stretch.ended is None else stretch.ended) - started, began)
    match stretch.kind:
        case "retry":
            yield Bar("between", asked, ended, stretch.status)
        case "delay":
            yield Bar("delay", asked, ended, stretch.status)
        case "kept":
            yield Bar("kept", asked, ended, stretch.status)
        case _:
            if queued:
                yield Bar("waiting", asked, ended, stretch.status)
                return
            if began > asked:
                yield Bar("waiting", asked, began, "succeeded")
            yield Bar("executing", began, ended, stretch.status)


def _stopped_bars(span: StepSpan, gaps: Sequence[Gap], started: float) -> Iterable[Bar]:
    for stretch in span.stretches if not span.children else ():
        if stretch.stopped and stretch.due is not None and stretch.ended is not None:
            yield Bar("stopped", stretch.ended - stretch.stopped - started, stretch.ended - started, "succeeded")
        elif stretch.stopped:
            for first, last in within(gaps, stretch.asked, stretch.began):
                yield Bar("stopped", first - started, last - started, "succeeded")


def _within(span: StepSpan, started: float, end: float) -> tuple[float, float]:
    opened = max(span.opened - started, 0.0)
    return opened, max((end if span.ended is None else span.ended) - started, opened)


def _lane(block: StepSpan, started: float, end: float) -> Iterable[Bar]:
    for span in block.inside():
        if not span.children:
            yield Bar("executing", *_within(span, started, end), span.status)


def _row_json(row: TimelineRow) -> dict[str, Any]:  # Any: JSON
    if row.left_out:
        return {"left_out": row.left_out}
    fold = row.fold
    return {
        "address": row.span.address,
        "depth": row.depth,
        "kind": row.span.kind,
        "status": row.status,
        "critical": row.critical,
        "bars": [
            {"what": bar.what, "start": round(bar.start, 6), "end": round(bar.end, 6), "status": bar.status}
            for bar in row.bars
        ],
        "folded": None
        if fold is None
        else {
            "total": fold.total,
            "succeeded": fold.succeeded,
            "failed": fold.failed,
            "cancelled": fold.cancelled,
            "running": fold.running,
            "not_begun": fold.missing,
        },
    }
