"""Why a run or a step took its time: the critical path, with the share that each step has in it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from braid.report.answer import Answer
from braid.report.critical_path import Leg, Share, critical_path, shares
from braid.report.lines import aligned
from braid.report.progress_view import Line, Piece
from braid.report.run_history import RunHistory
from braid.report.spans import StepSpan
from braid.report.text import counted, duration_text, one_line

SHARES_SHOWN_MAX = 12
"""The largest ones, in the order of the path."""

_BESIDE = "before the file was edited, not counting what was kept"
"""What was kept has its own times, as part of the path; those of what counts no more are no step's."""

PERCENT_MIN = 1.0
"""A smaller share is told of in one line with the others."""


def slow_answer(history: RunHistory, end: float, width: int, step: StepSpan | None = None) -> Answer:
    """What took the time of the whole run, or of one step."""
    span = history.root if step is None else step
    last = history.last if step is None else span.end_cause
    if step is not None and step.stretches:
        last = step.stretches[-1]
    legs = critical_path(last, step)
    total = max(history.duration(end) if step is None else span.duration(end), 0.0)
    found = shares(legs)
    lines = _lines(found, total, width, edited=history.replay is not None and history.replay.segments > 1)
    return Answer("slow", lines, _data(found, legs, total))


def _lines(found: Sequence[Share], total: float, width: int, *, edited: bool) -> list[Line]:
    if not found or total <= 0:
        return [(Piece("nothing in it took any time"),)]
    largest = sorted(found, key=lambda share: -share.seconds)[:SHARES_SHOWN_MAX]
    kept = {id(share) for share in largest if share.seconds * 100 >= total * PERCENT_MIN} or {id(largest[0])}
    lines: list[Line] = [(Piece("SHARE    TOOK  CRITICAL PATH: each began when the one before had ended", "dim"),)]
    for share in found:
        if id(share) in kept:
            lines += _share_lines(share, total, width)
    rest = sum(share.seconds for share in found if id(share) not in kept)
    others = len(found) - len(kept)
    if others:
        lines.append(
            (Piece(f"{_percent(rest, total)}  {duration_text(rest):>6}  {counted(others, 'other step')}", "dim"),)
        )
    beside = total - sum(share.seconds for share in found)
    if beside * 100 >= total * PERCENT_MIN:
        what = _BESIDE if edited else "outside of all steps"
        lines.append((Piece(f"{_percent(beside, total)}  {duration_text(beside):>6}  {what}", "dim"),))
    return lines


def _share_lines(share: Share, total: float, width: int) -> list[Line]:
    lead = Piece(f"{_percent(share.seconds, total)}  {duration_text(share.seconds):>6}  ", "title")
    lines = [aligned(Piece(one_line(share.pattern)), [], Piece(""), width, lead)]
    indent = " " * (len(lead.text) + 2)
    for text in remarks(share):
        for row in textwrap.wrap(text, max(width - len(indent), 20), break_on_hyphens=False):
            lines.append((Piece(indent), Piece(row, "waiting")))
    return lines


def remarks(share: Share) -> list[str]:
    """What of its time was no work, and which limit made it wait for others."""
    found = []
    if len(share.steps) > 1:
        found.append(f"{len(share.steps):,} times, one after the other")
    for pattern, block in share.windows.items():
        found.append(f"it waited for room in `{one_line(pattern)}`: at most {block.limit:,} of {block.total:,} at once")
    for seconds, what in (
        (share.in_pool, f"waiting for pool `{share.pool}`"),
        (share.elsewhere, "waiting to execute"),
        (share.retrying, "between attempts"),
        (share.idle, "waiting, as the workflow asks"),
        (share.stopped, "lost: the run was stopped then, and went on later"),
        (share.ending, "from being told to end to the end"),
    ):
        if seconds >= 0.05 and seconds * 20 >= share.seconds:
            found.append(f"{duration_text(seconds)} of it {what}")
    return found


def _percent(seconds: float, total: float) -> str:
    return f"{seconds / total:>5.0%}"


def _data(found: Sequence[Share], legs: Sequence[Leg], total: float) -> dict[str, Any]:  # Any: JSON
    return {
        "duration": round(total, 6),
        "critical_path": [
            {
                "step": share.pattern,
                "share": round(share.seconds / total, 4) if total > 0 else 0.0,
                "seconds": round(share.seconds, 6),
                "times": len(share.steps),
                "waited_for_pool": round(share.in_pool, 6),
                "waited_to_execute": round(share.elsewhere, 6),
                "between_attempts": round(share.retrying, 6),
                "delayed": round(share.idle, 6),
                "stopped": round(share.stopped, 6),
                "ending": round(share.ending, 6),
                "pool": share.pool or None,
                "held_by": sorted(share.windows),
            }
            for share in found
        ],
        "legs": len(legs),
    }
