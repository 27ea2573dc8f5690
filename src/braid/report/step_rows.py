"""The steps of a run as rows of a tree, with wide blocks folded to counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from braid.report.spans import StepSpan

FOLD_WIDTH = 25
"""A block with more children than this is folded."""

FOLD_WIDTH_DEEP = 2
"""The same, from that depth on which makes the rows fit: what is inside blocks of blocks is folded first."""

DEPTHS = (8, 6, 5, 4, 3, 2, 1, 0)
"""Tried one after the other."""

ROWS_MAX = 120
"""Of a whole run, unless all are asked for."""

FAILURES_SHOWN_MAX = 10
"""Of one folded block."""

OPEN_SHOWN_MAX = 5
"""Steps that go on in one folded block."""


class Fold(msgspec.Struct, frozen=True):
    """The children of a block, counted.

    Attributes:
        total: How many the block has; of a loop, how many iterations were begun.
        missing: How many never began.
        shown: Steps inside that have a row nevertheless: failed ones, and some that go on.
    """

    total: int
    succeeded: int
    failed: int
    cancelled: int
    running: int
    shown: tuple[StepSpan, ...]

    @property
    def missing(self) -> int:
        return max(self.total - self.succeeded - self.failed - self.cancelled - self.running, 0)


class Row(msgspec.Struct, frozen=True):
    """One row.

    Attributes:
        label: The step's address below the row that holds it.
        fold: Of a block whose children have no rows.
        left_out: Stands for so many rows that were cut out of the middle; the other fields mean nothing then.
    """

    depth: int
    span: StepSpan
    label: str
    fold: Fold | None = None
    left_out: int = 0


def step_rows(root: StepSpan, *, unfold: bool = False, rows_max: int = ROWS_MAX) -> list[Row]:
    """The rows of a run: all of them, or at most `rows_max`."""
    if unfold:
        return _rows(root, None, 0)
    for deep in DEPTHS:
        rows = _rows(root, FOLD_WIDTH, deep, rows_max)
        if len(rows) <= rows_max:
            return rows
    rows = _rows(root, FOLD_WIDTH, 0)
    # A long list of steps can't be folded: what began first and what came last tell the most.
    head = rows_max // 2
    tail = rows_max - head - 1
    gap = Row(0, rows[head].span, "", left_out=len(rows) - head - tail)
    return [*rows[:head], gap, *rows[-tail:]]


def _rows(root: StepSpan, width: int | None, deep: int, rows_max: int | None = None) -> list[Row]:
    """`deep`: The depth from which on narrow blocks are folded too. Stops when there are more than `rows_max`."""
    rows: list[Row] = []
    waiting = [(child, 0) for child in reversed(root.children)]
    while waiting and (rows_max is None or len(rows) <= rows_max):
        span, depth = waiting.pop()
        fold = None
        if width is not None and (span.is_window or span.is_repeated):
            statuses = child_statuses(span)
            if len(statuses) > (width if depth < deep else FOLD_WIDTH_DEEP):
                fold = _fold(span, statuses)
        rows.append(Row(depth, span, span.label, fold))
        if fold is None:
            waiting.extend((child, depth + 1) for child in reversed(span.children))
        else:
            start = len(span.address) + 1
            rows += [Row(depth + 1, inner, inner.address[start:]) for inner in fold.shown]
    return rows


def child_statuses(block: StepSpan) -> dict[str, str]:
    """Branch, item, iteration or graph step of a block → its status."""
    found: dict[str, str] = {}
    for child in block.children:
        if not child.is_past:
            # Steps are in the order in which they began: the last one of a child tells how the child stands.
            status = "succeeded" if child.status == "skipped" else child.status
            found[block.child_key(child.address)] = status
    return found


def _fold(block: StepSpan, statuses: dict[str, str]) -> Fold:
    counts = Counter(statuses.values())
    failures: list[StepSpan] = []
    going_on: list[StepSpan] = []
    for span in block.inside():
        if span.status == "failed" and len(failures) < FAILURES_SHOWN_MAX and not _any(span.children, "failed"):
            failures.append(span)
        elif span.status == "running" and len(going_on) < OPEN_SHOWN_MAX and not _any(span.children, "running"):
            going_on.append(span)
    return Fold(
        total=max(block.total, len(statuses)),
        succeeded=counts["succeeded"],
        failed=counts["failed"],
        cancelled=counts["cancelled"],
        running=counts["running"],
        shown=(*failures, *going_on),
    )


def _any(spans: Iterable[StepSpan], status: str) -> bool:
    return any(span.status == status for span in spans)


def waits_of(span: StepSpan) -> tuple[float, str, float]:
    """Seconds that a step waited for places, the pool that it waited for most, and seconds between its attempts."""
    place, pool, longest, retrying = 0.0, "", 0.0, 0.0
    for stretch in span.stretches:
        if stretch.kind == "retry" and stretch.ended is not None:
            retrying += stretch.ended - stretch.asked - stretch.stopped
        elif stretch.kind == "task":
            place += stretch.waited
            if stretch.pool is not None and stretch.waited > longest:
                pool, longest = stretch.pool.name, stretch.waited
    return place, pool, retrying
