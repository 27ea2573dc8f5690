"""Why a run or a step failed: the first failure with its place, its attempts, how far it went and what it ended."""

from __future__ import annotations

from typing import Any

from braid.machine.outcome import Failure
from braid.report.aftermath import Aftermath
from braid.report.answer import Answer
from braid.report.failure_view import failure_text, origin_of
from braid.report.progress_view import Line, Piece
from braid.report.run_history import RunHistory
from braid.report.run_tree import error_json
from braid.report.spans import StepSpan
from braid.report.step_view import ATTEMPTS_SHOWN_MAX, MESSAGE_COLUMNS_MAX, stretch_line
from braid.report.text import clipped, counted, duration_text, one_line

BLOCKS_SHOWN_MAX = 5

CANCELLED_LISTED_MAX = 100
"""In `--json`; all are counted."""

_NOUNS = {"foreach": ("item", "items"), "parallel": ("branch", "branches"), "graph": ("step", "steps")}


def failed_answer(
    history: RunHistory, failure: Failure, end: float, *, color: bool, width: int | None, step: StepSpan | None = None
) -> Answer:
    """Why the run failed, or one step of it."""
    origin = origin_of(failure)
    span = history.spans.get(origin.address)
    lines = excerpt_lines(history, failure, color=color, width=width)
    if span is not None and span.ended is not None:
        into = duration_text(span.ended - history.facts.started)
        lines += [(), (Piece(f"`{one_line(origin.address)}` failed {into} after the run began"),)]
    if span is not None and len(span.stretches) > 1:
        lines += [stretch_line(stretch, end) for stretch in span.stretches[-ATTEMPTS_SHOWN_MAX:]]
    ended = _ended_by(history, span) if span is not None else []
    if ended:
        lines += [(), (Piece(f"it cancelled {counted(len(ended), 'step')}:"),)]
        lines += [(Piece(f"  ⊘ {one_line(other.address)}", "waiting"),) for other in ended[:BLOCKS_SHOWN_MAX]]
        if len(ended) > BLOCKS_SHOWN_MAX:
            lines.append((Piece(f"  … and {len(ended) - BLOCKS_SHOWN_MAX:,} more", "dim"),))
    lost = _never_begun(span) if span is not None else []
    for block, missing in lost:
        text = f"{children(block, missing)} of `{one_line(block.address)}` never began"
        lines.append((Piece(text, "waiting"),))
    if step is not None and (text := _reach(step)):
        lines += [(), (Piece(text),)]
    return Answer("failed", lines, _data(failure, origin, span, ended, lost))


def children(block: StepSpan, number: int) -> str:
    """`1 item`, `3 branches`: so many children of a block."""
    one, many = _NOUNS.get(block.kind, ("child", "children"))
    return f"{number:,} {one if number == 1 else many}"


def excerpt_lines(history: RunHistory, failure: Failure, *, color: bool, width: int | None) -> list[Line]:
    """A failure with its place in the file, as `braid run` shows it."""
    # Without what was cancelled: that is told apart, and more exactly, as others may have been for other reasons.
    places = Aftermath()
    span = history.spans.get(origin_of(failure).address)
    if span is not None and span.node is not None and span.node.span is not None:
        places.places[span.address] = span.node.span
    text = failure_text(failure, places, color=color, width=width)
    return [(Piece(line),) for line in text.splitlines()]


def short_message(message: str) -> str:
    """A message on one line."""
    return clipped(one_line(message), MESSAGE_COLUMNS_MAX)


def _ended_by(history: RunHistory, span: StepSpan) -> list[StepSpan]:
    """The tasks and waits that were told to end when this one failed."""
    last = span.stretches[-1] if span.stretches else None
    if last is None:
        return []
    return [
        other
        for other in history.spans.values()
        if other.stretches and other.status == "cancelled" and other.canceller is last
    ]


def _never_begun(span: StepSpan) -> list[tuple[StepSpan, int]]:
    """The blocks round a failed step that have children which never began, from the inside to the outside."""
    found = []
    for block in span.outwards():
        if block.status == "failed" and block.is_window:
            begun = len({block.child_key(child.address) for child in block.children})
            if block.total > begun:
                found.append((block, block.total - begun))
    return found


def _reach(step: StepSpan) -> str:
    """Where the failure of a step ended."""
    failed = [outer for outer in step.outwards() if outer.status == "failed"]
    healed = next((outer for outer in step.outwards() if outer.status == "succeeded"), None)
    if healed is not None:
        return f"its failure ended at `{one_line(healed.address)}`, which went on"
    if failed:
        return f"this failed {', '.join(f'`{one_line(outer.address)}`' for outer in failed)}"
    return ""


def _data(
    failure: Failure, origin: Failure, span: StepSpan | None, ended: list[StepSpan], lost: list[tuple[StepSpan, int]]
) -> dict[str, Any]:  # Any: JSON
    place = origin.span or (span.node.span if span is not None and span.node is not None else None)
    return {
        "error": error_json(failure),
        "first": error_json(origin),
        "file": None if place is None else place.source.name,
        "line": None if place is None else place.line,
        "column": None if place is None else place.column,
        "cancelled": [other.address for other in ended[:CANCELLED_LISTED_MAX]],
        "cancelled_total": len(ended),
        "never_begun": [{"address": block.address, "count": missing} for block, missing in lost],
    }
