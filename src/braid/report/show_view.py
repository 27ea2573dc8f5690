"""`braid show`: a run with all its steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from braid.machine.outcome import Failure
from braid.report.blocking import Doing, doings
from braid.report.json_values import json_value
from braid.report.lines import aligned, field_lines
from braid.report.moments import age_text, local_time
from braid.report.plan_tree import value_text
from braid.report.progress_view import Line, Piece, Style, failure_summary
from braid.report.run_facts import owner_json
from braid.report.run_history import RunHistory
from braid.report.run_result import RunResult
from braid.report.spans import StepSpan
from braid.report.step_rows import Fold, Row, step_rows, waits_of
from braid.report.text import clipped, counted, duration_text, one_line

MARKS: Mapping[str, tuple[str, Style]] = {
    "succeeded": ("✓", "good"),
    "failed": ("✗", "bad"),
    "cancelled": ("⊘", "waiting"),
    "skipped": ("-", "dim"),
    "running": ("▶", "plain"),
    "waiting": ("…", "waiting"),
    "interrupted": ("!", "waiting"),
}
"""Status → its mark, which tells them apart without colour, and its colour."""

STATUS_STYLES: Mapping[str, Style] = {
    "succeeded": "good",
    "failed": "bad",
    "cancelled": "waiting",
    "interrupted": "waiting",
    "waiting": "waiting",
    "running": "plain",
}

WAIT_SECONDS_MIN = 0.1
"""A shorter wait isn't worth a word."""

VALUE_COLUMNS_MAX = 1_000

_FIELD_COLUMNS = 10


def show_lines(history: RunHistory, now: float, width: int, *, unfold: bool = False) -> list[Line]:
    """The run's header and the tree of its steps."""
    view = _View(history, now, width)
    lines = header_lines(history, now, width)
    rows = step_rows(history.root, unfold=unfold)
    lines.append(())
    lines += [line for row in rows for line in view.row(row)]
    return lines + [(Piece(f"  {one_line(name)}  not begun", "dim"),) for name in _not_begun(history)]


def run_heading(history: RunHistory, now: float) -> Line:
    """One line: what ran, how it stands, and which run it is."""
    facts = history.facts
    pieces = [Piece(one_line(facts.workflow) or "(no name)", "title"), Piece(" "), *_standing(history, now)]
    if facts.owner is not None:
        pieces.append(Piece(f" in {facts.owner}"))
    return (*pieces, Piece(f"  run {facts.id}", "dim"))


def header_lines(history: RunHistory, now: float, width: int) -> list[Line]:
    """What the run is and how it stands, and what is to be known about the rest."""
    facts = history.facts
    lines: list[Line] = [
        (Piece(one_line(facts.workflow) or "(no name)", "title"), Piece(" "), *_standing(history, now))
    ]
    fields: list[tuple[str, str]] = [
        ("run", facts.id),
        ("started", f"{local_time(facts.started)} ({age_text(now - facts.started)})"),
    ]
    if facts.owner is not None:
        fields.append(("owner", str(facts.owner)))
    fields += [("inputs" if not number else "", text) for number, text in enumerate(_inputs(history))]
    if history.facts.status == "succeeded" and history.output is not None:
        fields.append(("output", _value(history.output)))
    if history.replay is not None and history.replay.segments > 1:
        kept, dropped = len(history.replay.kept), len(history.replay.dropped)
        fields.append(("edited", f"{counted(kept, 'result')} kept, {counted(dropped, 'step')} ran again"))
    for name, text in fields:
        lines += field_lines(f"  {name}", [(Piece(clipped(one_line(text), max(width - _FIELD_COLUMNS - 1, 10))),)], 11)
    return lines


def show_json(history: RunHistory, now: float) -> dict[str, Any]:  # Any: JSON
    """The document of `run --json`, as far as the run has come, with its inputs and its owner."""
    facts = history.facts
    result = RunResult(
        run_id=facts.id,
        workflow=facts.workflow,
        status=facts.status,
        output=history.output,
        error=history.failure,
        started_at=facts.started,
        duration=history.duration(now),
        steps=history.tree.steps,
        steps_counted=history.tree.steps_counted,
    )
    waiting = {
        doing.stretch.step.address for doing in doings(history.open) if doing.what not in {"executing", "ending"}
    }
    document = result.to_json()
    for step in document["steps"]:
        span = history.spans.get(step["address"])
        if step["status"] == "running" and span is not None:
            step["status"] = "waiting" if step["address"] in waiting else "running"
            step["duration"] = round(span.duration(history.end(now)), 6)
        if span is not None and span.kept:
            step["kept"] = True
        if history.replay is not None and step["address"] in history.replay.dropped:
            step["ran_again"] = history.replay.dropped[step["address"]]
    document["inputs"] = json_value(history.inputs)
    document["owner"] = owner_json(facts.owner)
    for name, text in (("note", history.note), ("damage", history.damage)):
        if text:
            document[name] = text
    return document


def status_of_step(span: StepSpan, history: RunHistory, doing: Mapping[str, Doing]) -> str:
    """The step's status as people see it: what went on when a run was left isn't running."""
    if span.status != "running":
        return span.status
    if history.facts.status not in {"running", "waiting"}:
        return "interrupted"
    found = doing.get(span.address)
    return "waiting" if found is not None and found.what in {"pool", "retry", "delay"} else "running"


def doing_by_address(history: RunHistory) -> dict[str, Doing]:
    """What each step that goes on is doing."""
    return {doing.stretch.step.address: doing for doing in doings(history.open)}


class _View:
    def __init__(self, history: RunHistory, now: float, width: int) -> None:
        self._history = history
        self._end = history.end(now)
        self._width = width
        self._doing = doing_by_address(history)
        self._rerun = history.replay.dropped if history.replay is not None else {}

    def row(self, row: Row) -> list[Line]:
        indent = "  " * row.depth
        if row.left_out:
            return [(Piece(f"  {indent}… {row.left_out:,} more steps; --all shows them", "dim"),)]
        span = row.span
        status = status_of_step(span, self._history, self._doing)
        mark, style = MARKS[status]
        name = Piece(one_line(row.label), "bad" if status == "failed" else "dim" if status == "skipped" else "plain")
        seconds = span.duration(self._end)
        time = Piece("" if status == "skipped" or span.kept else duration_text(seconds), "dim")
        lead = Piece(f"{indent}{mark} ", style)
        return [aligned(name, [*self._details(span, row.fold, status)], time, self._width, lead)]

    def _details(self, span: StepSpan, fold: Fold | None, status: str) -> list[Piece]:
        pieces = []
        if fold is not None:
            pieces += fold_pieces(fold)
        elif not span.label.rpartition("/")[2].startswith(span.kind or "\0"):
            pieces.append(Piece(span.kind, "dim"))
        if fold is None and span.is_window and span.total:
            missing = span.total - len({span.child_key(child.address) for child in span.children})
            pieces.append(Piece(f"{missing:,} of {span.total:,} not begun" if missing > 0 else "", "waiting"))
        if span.attempts > 1:
            pieces.append(Piece(counted(span.attempts, "attempt"), "waiting"))
        failing = any(child.status == "failed" for child in span.children)
        if status == "failed" and span.error is not None and not failing:
            pieces.append(Piece(failure_summary(span.error), "bad"))
        if doing := self._doing.get(span.address):
            pieces.append(Piece(doing_text(doing, self._end, self._history.facts.status == "running"), "waiting"))
        if span.reason:
            pieces.append(Piece(_reason(span), "dim"))
        pieces += self._waits(span)
        if span.is_past:
            pieces.append(Piece("in an earlier attempt", "dim"))
        if span.kept:
            pieces.append(Piece("kept from before", "dim"))
        if span.address in self._rerun:
            pieces.append(Piece(f"ran again: {one_line(self._rerun[span.address])}", "waiting"))
        if span.node is not None and span.node.name:
            pieces.append(Piece(one_line(span.node.name), "dim"))
        return [piece for piece in pieces if piece.text]

    def _waits(self, span: StepSpan) -> list[Piece]:
        place, pool, retrying = waits_of(span)
        pieces = []
        if place >= WAIT_SECONDS_MIN:
            what = f"for pool `{pool}`" if pool else "for its turn"
            pieces.append(Piece(f"waited {duration_text(place)} {what}", "waiting"))
        stopped = sum(stretch.stopped for stretch in span.stretches)
        if stopped:
            pieces.append(Piece(f"{duration_text(stopped)} lost while the run was stopped", "waiting"))
        if retrying >= WAIT_SECONDS_MIN:
            pieces.append(Piece(f"{duration_text(retrying)} between attempts", "waiting"))
        return pieces


def fold_pieces(fold: Fold) -> list[Piece]:
    """`500 in all`, `498 succeeded`, `2 failed`; what is zero is left out."""
    pieces = [Piece(f"{fold.total:,} in all")]
    styles: tuple[tuple[int, str, Style], ...] = (
        (fold.succeeded, "succeeded", "good"),
        (fold.failed, "failed", "bad"),
        (fold.cancelled, "cancelled", "waiting"),
        (fold.running, "in progress", "plain"),
        (fold.missing, "not begun", "dim"),
    )
    return pieces + [Piece(f"{number:,} {word}", style) for number, word, style in styles if number]


def doing_text(doing: Doing, now: float, alive: bool) -> str:
    """What a step that goes on waits for."""
    stretch = doing.stretch
    match doing.what:
        case "pool":
            assert stretch.pool is not None
            return f"{'waits' if alive else 'waited'} for pool `{stretch.pool.name}`"
        case "retry" | "delay":
            assert stretch.due is not None
            what = "next attempt" if doing.what == "retry" else "waits until"
            when = age_text(now - stretch.due) if stretch.due > now else "is due"
            return f"{what} {when}" if doing.what == "retry" else f"waits, {when}"
        case "ending":
            return "was told to end"
        case _:
            return "" if alive else "was executing"


def _standing(history: RunHistory, now: float) -> list[Piece]:
    facts = history.facts
    took = duration_text(history.duration(now))
    words = {
        "succeeded": f"succeeded in {took}",
        "failed": f"failed after {took}",
        "cancelled": f"was cancelled after {took}",
        "running": f"has been running for {took}",
        "waiting": f"waits for a person, since {took}",
        "interrupted": f"was interrupted after {took}"
        if facts.ended is not None
        else f"was interrupted; its last sign of life came after {took}",
    }
    return [Piece(words.get(facts.status, facts.status), STATUS_STYLES.get(facts.status, "plain"))]


def _not_begun(history: RunHistory) -> list[str]:
    """The steps of the workflow's own list that never began; of blocks, their row tells how many did not."""
    if history.replay is None:
        return []
    begun = {span.label for span in history.root.children}
    return [node.key for node in history.replay.plan.body.steps if node.key not in begun]


def _inputs(history: RunHistory) -> list[str]:
    return [f"{name}: {_value(value)}" for name, value in history.inputs.items()]


def _value(value: Any) -> str:  # Any: a value of a workflow
    return clipped(one_line(value_text(json_value(value))), VALUE_COLUMNS_MAX)


def _reason(span: StepSpan) -> str:
    if span.reason == "fallback":
        why = f" after: {failure_summary(span.error)}" if span.error is not None else ""
        return f"took its fallback{why}"
    return span.reason


def error_of(failure: Failure) -> str:
    """`type: message`, of the innermost cause."""
    while failure.cause:
        failure = failure.cause
    return f"{failure.type}: {one_line(failure.message)}"
