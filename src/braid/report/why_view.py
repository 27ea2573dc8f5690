"""`braid why`: the questions that a run, or a step of it, raises, with their answers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from braid.report.answer import Answer
from braid.report.lines import aligned
from braid.report.progress_view import Line, Piece
from braid.report.run_history import RunHistory
from braid.report.show_view import MARKS, doing_by_address, run_heading, status_of_step
from braid.report.spans import StepSpan
from braid.report.text import counted, duration_text, one_line
from braid.report.why_blocked import blocked_answer
from braid.report.why_failed import failed_answer
from braid.report.why_slow import slow_answer
from braid.report.why_step import reason_of_end

RERUN_SHOWN_MAX = 20

_NUMBER = re.compile(r"(?<=/)\d+(?=/|$)")
"""An item or iteration, as in the list that `braid resume --edited` shows."""

_PREPOSITIONS = {
    "succeeded": "in",
    "failed": "after",
    "cancelled": "after",
    "interrupted": "after",
    "running": "for",
    "waiting": "for",
}


def run_answers(history: RunHistory, now: float, *, color: bool, width: int) -> list[Answer]:
    """What there is to say of why a run went as it did."""
    end = history.end(now)
    status = history.facts.status
    answers = []
    if status == "failed" and history.failure is not None:
        answers.append(failed_answer(history, history.failure, end, color=color, width=width))
    if status == "cancelled":
        answers.append(_cancelled(history))
    if status in {"running", "waiting", "interrupted"} and history.replay is not None:
        answers.append(blocked_answer(history, end))
    if history.replay is not None and (history.replay.dropped or history.replay.kept):
        answers.append(_rerun(history, width))
    if status == "succeeded":
        answers.append(slow_answer(history, end, width))
    return answers


def why_lines(history: RunHistory, answers: Iterable[Answer], now: float, step: StepSpan | None = None) -> list[Line]:
    """The answers for people, below what they are about."""
    lines = [run_heading(history, now) if step is None else _step_heading(history, step, now)]
    for answer in answers:
        lines += [(), *answer.lines]
    return lines


def why_json(
    history: RunHistory, answers: Iterable[Answer], step: StepSpan | None = None
) -> dict[str, Any]:  # Any: JSON
    """The document of `why --json`."""
    document = {
        "run_id": history.facts.id,
        "workflow": history.facts.workflow,
        "status": history.facts.status,
        "step": None if step is None else step.address,
        "answers": [answer.to_json() for answer in answers],
    }
    for name, text in (("note", history.note), ("damage", history.damage)):
        if text:
            document[name] = text
    return document


def _step_heading(history: RunHistory, step: StepSpan, now: float) -> Line:
    status = status_of_step(step, history, doing_by_address(history))
    mark, style = MARKS[status]
    took = duration_text(step.duration(history.end(now)))
    words = f"{status} {_PREPOSITIONS[status]} {took}" if status in _PREPOSITIONS else status
    return (Piece(f"{mark} ", style), Piece(one_line(step.address), "title"), Piece(f" {words}"))


def _cancelled(history: RunHistory) -> Answer:
    why = reason_of_end(None, history)
    lines: list[Line] = [(Piece(f"it was cancelled because {why}", "waiting"),)]
    total = history.aftermath.cancelled_total
    if total:
        names = ", ".join(f"`{one_line(address)}`" for address in history.aftermath.cancelled)
        more = f" and {counted(total - len(history.aftermath.cancelled), 'other step')}"
        lines.append((Piece(f"that ended {names}{more if total > len(history.aftermath.cancelled) else ''}"),))
    data = {"reason": why, "cancelled": list(history.aftermath.cancelled), "cancelled_total": total}
    return Answer("cancelled", lines, data)


def _rerun(history: RunHistory, width: int) -> Answer:
    assert history.replay is not None
    kept, dropped = history.replay.kept, history.replay.dropped
    lines: list[Line] = [
        (Piece(f"the file was edited: {counted(len(kept), 'result')} kept, {counted(len(dropped), 'step')} ran again"),)
    ]
    rows = Counter((_NUMBER.sub("*", address), reason) for address, reason in dropped.items())
    for (place, reason), count in list(rows.items())[:RERUN_SHOWN_MAX]:
        times = f"×{count:,}, " if count > 1 else ""
        detail = [Piece(times + one_line(reason), "waiting")]
        lines.append(aligned(Piece(one_line(place)), detail, Piece(""), width, Piece("  ")))
    if len(rows) > RERUN_SHOWN_MAX:
        lines.append((Piece(f"  … and {len(rows) - RERUN_SHOWN_MAX:,} more", "dim"),))
    return Answer("rerun", lines, {"kept": sorted(kept), "ran_again": dict(dropped)})
