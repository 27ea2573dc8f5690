"""`braid show RUN --step STEP`: one step with what it was given, what it gave, and each attempt."""

from __future__ import annotations

import json
from typing import Any

from braid.diagnostics import nearest
from braid.report.json_values import iso_time, json_value
from braid.report.lines import field_lines
from braid.report.moments import exact_time, local_time
from braid.report.progress_view import Line, Piece
from braid.report.run_history import RunHistory
from braid.report.run_tree import StepReport
from braid.report.show_view import MARKS, STATUS_STYLES, doing_by_address, doing_text, error_of, status_of_step
from braid.report.spans import StepSpan, Stretch
from braid.report.text import clipped, counted, duration_text, one_line, printable

VALUE_LINES_MAX = 20
"""Of arguments or an output, unless all is asked for."""

ATTEMPTS_SHOWN_MAX = 20
"""Of one step, unless all are asked for: the last ones."""

MESSAGE_COLUMNS_MAX = 300
"""Of the failure of an attempt; `--json` has all of it."""

NAMES_SHOWN_MAX = 5

_FIELD_COLUMNS = 11


class StepNameError(Exception):
    """No step of the run has this name, or several have; the message says which there are."""


def find_step(history: RunHistory, name: str) -> StepSpan:
    """The step of an address, or of an id or an end of an address that only one step has.

    Raises:
        StepNameError: There is none, or more than one.
    """
    span = history.spans.get(name)
    if span is not None:
        return span
    found = [span for span in history.spans.values() if span.id == name or span.address.endswith(f"/{name}")]
    if len(found) == 1:
        return found[0]
    if found:
        shown = ", ".join(one_line(span.address) for span in found[:NAMES_SHOWN_MAX])
        more = f" and {len(found) - NAMES_SHOWN_MAX:,} more" if len(found) > NAMES_SHOWN_MAX else ""
        raise StepNameError(f"`{one_line(name)}` is {len(found):,} steps of this run: {shown}{more}; give an address")
    names = dict.fromkeys(name for span in history.spans.values() for name in (span.id, span.address) if name)
    near = nearest(name, names)
    way_out = f"did you mean `{near}`?" if near else "`braid show` lists them"
    raise StepNameError(f"no step `{one_line(name)}` was started in this run; {way_out}")


def step_lines(history: RunHistory, span: StepSpan, now: float, width: int, *, unfold: bool = False) -> list[Line]:
    """All about one step. Its arguments and output are there if the history was read with the step as `wanted`."""
    status = status_of_step(span, history, doing_by_address(history))
    mark, style = MARKS[status]
    lines: list[Line] = [(Piece(f"{mark} ", style), Piece(one_line(span.address), "title"))]
    if span.kind:
        lines += field_lines("  kind", [(Piece(span.kind),)], _FIELD_COLUMNS)
    standing = [Piece(status, STATUS_STYLES.get(status, "dim"))]
    if status != "skipped":
        standing.append(
            Piece(f", {counted(span.attempts, 'attempt')}, {duration_text(span.duration(history.end(now)))}")
        )
    if span.reason:
        standing.append(Piece(f" ({span.reason})", "dim"))
    lines += field_lines("  status", [tuple(standing)], _FIELD_COLUMNS)
    for name, text in _facts(history, span, now):
        lines += field_lines(f"  {name}", [(Piece(clipped(one_line(text), max(width - _FIELD_COLUMNS, 20))),)], 11)
    lines += _attempts(span, history.end(now), unfold)
    arguments = next((s.arguments for s in reversed(span.stretches) if s.arguments is not None), None)
    if arguments is not None:
        lines += _value_lines("arguments", dict(arguments), width, unfold)
    if (span.status == "succeeded" and not span.children) or span.output is not None:
        lines += _value_lines("output", span.output, width, unfold)
    return lines


def step_json(history: RunHistory, span: StepSpan, now: float) -> dict[str, Any]:  # Any: JSON
    """As in `show --json`, with `arguments`, `output` and each attempt."""
    report = StepReport(
        address=span.address,
        id=span.id,
        kind=span.kind,
        status=status_of_step(span, history, doing_by_address(history)),
        attempts=span.attempts,
        started_at=span.opened,
        duration=span.duration(history.end(now)),
        error=span.error,
        reason=span.reason,
    )
    arguments = next((s.arguments for s in reversed(span.stretches) if s.arguments is not None), None)
    document = report.to_json()
    document["place"] = _place(span)
    document["arguments"] = None if arguments is None else json_value(dict(arguments))
    document["output"] = json_value(span.output)
    document["kept"] = span.kept
    document["ran_again"] = _rerun(history, span)
    document["history"] = [_stretch_json(stretch) for stretch in span.stretches]
    return document


def _facts(history: RunHistory, span: StepSpan, now: float) -> list[tuple[str, str]]:
    facts = []
    if (place := _place(span)) is not None:
        facts.append(("place", place))
    if span.status != "skipped":
        facts.append(("started", local_time(span.opened)))
    doing = doing_by_address(history).get(span.address)
    if doing is not None and (text := doing_text(doing, history.end(now), history.facts.status == "running")):
        facts.append(("now", text))
    if span.total:
        facts.append(("children", f"{span.total:,}, at most {span.limit:,} at once"))
    if span.error is not None:
        facts.append(("error", error_of(span.error)))
    if span.kept:
        facts.append(("kept", "it took the result that it had given before"))
    if reason := _rerun(history, span):
        facts.append(("ran again", reason))
    return facts


def _rerun(history: RunHistory, span: StepSpan) -> str | None:
    return history.replay.dropped.get(span.address) if history.replay is not None else None


def _place(span: StepSpan) -> str | None:
    node = span.node
    if node is None or node.span is None:
        return None
    return f"{node.span.source.name}:{node.span.line}:{node.span.column}"


def _attempts(span: StepSpan, end: float, unfold: bool) -> list[Line]:
    if not span.stretches:
        return []
    stretches = span.stretches if unfold else span.stretches[-ATTEMPTS_SHOWN_MAX:]
    lines: list[Line] = [(), (Piece("attempts", "title"),)]
    if len(stretches) < len(span.stretches):
        lines.append((Piece(f"  … {len(span.stretches) - len(stretches):,} earlier ones; --all shows them", "dim"),))
    return lines + [stretch_line(stretch, end) for stretch in stretches]


def stretch_line(stretch: Stretch, end: float) -> Line:
    """`  10:00:01  attempt 1  failed after 0.4s: message`."""
    took = duration_text((end if stretch.ended is None else stretch.ended) - stretch.began)
    moment = Piece(f"  {exact_time(stretch.asked)}  ", "dim")
    match stretch.kind:
        case "retry":
            return (moment, Piece(f"waited {took} for the next attempt", "waiting"), _stopped(stretch))
        case "delay":
            return (moment, Piece(f"waited {took}, until its time", "waiting"), _stopped(stretch))
        case "kept":
            return (moment, Piece(f"took {took}, before the file was edited; kept", "dim"))
    words = {
        "succeeded": f"took {took}",
        "failed": f"failed after {took}",
        "cancelled": f"cancelled after {took}",
        "running": f"going on for {took}",
    }
    style = STATUS_STYLES.get(stretch.status, "plain")
    pieces = [moment, Piece(f"attempt {stretch.attempt}  "), Piece(words[stretch.status], style)]
    if stretch.waited >= 0.01:
        place = f"pool `{stretch.pool.name}`" if stretch.pool is not None else "its turn"
        pieces.append(Piece(f", waited {duration_text(stretch.waited)} for {place}", "waiting"))
    if stretch.stopped:
        pieces.append(_stopped(stretch))
    if stretch.message:
        pieces.append(Piece(f": {clipped(one_line(stretch.message), MESSAGE_COLUMNS_MAX)}", "bad"))
    return tuple(pieces)


def _stopped(stretch: Stretch) -> Piece:
    text = f"; {duration_text(stretch.stopped)} were lost while the run was stopped"
    return Piece(text if stretch.stopped else "", "waiting")


def _value_lines(title: str, value: Any, width: int, unfold: bool) -> list[Line]:  # Any: a value of a workflow
    value = json_value(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2, default=str)
    rows = printable(text).splitlines() or ["``"]
    shown = rows if unfold else rows[:VALUE_LINES_MAX]
    lines: list[Line] = [(), (Piece(title, "title"),)]
    lines += [(Piece("  " + (row if unfold else clipped(row, max(width - 2, 20)))),) for row in shown]
    if len(shown) < len(rows):
        lines.append((Piece(f"  … {counted(len(rows) - len(shown), 'more line')}; --all shows them", "dim"),))
    return lines


def _stretch_json(stretch: Stretch) -> dict[str, Any]:  # Any: JSON
    return {
        "what": {"task": "attempt", "retry": "backoff"}.get(stretch.kind, stretch.kind),
        "attempt": stretch.attempt,
        "status": stretch.status,
        "asked_at": iso_time(stretch.asked),
        "began_at": iso_time(stretch.began),
        "ended_at": None if stretch.ended is None else iso_time(stretch.ended),
        "pool": None if stretch.pool is None else stretch.pool.name,
        "stopped": round(stretch.stopped, 6),
        "message": stretch.message or None,
    }
