"""All that there is to say of why one step did what it did."""

from __future__ import annotations

from braid.report.answer import Answer
from braid.report.critical_path import critical_path
from braid.report.plan_tree import shown, value_text
from braid.report.progress_view import Line, Piece
from braid.report.run_history import RunHistory
from braid.report.run_tree import error_json
from braid.report.spans import StepSpan, Stretch
from braid.report.step_view import stretch_line
from braid.report.text import duration_text, one_line
from braid.report.why_blocked import blocked_answer
from braid.report.why_failed import excerpt_lines, failed_answer, short_message
from braid.report.why_slow import slow_answer


def step_answers(history: RunHistory, span: StepSpan, end: float, *, color: bool, width: int) -> list[Answer]:
    """The answers that apply, the most urgent first."""
    answers = []
    if span.status == "failed" and span.error is not None:
        answers.append(failed_answer(history, span.error, end, color=color, width=width, step=span))
    if span.status == "cancelled":
        answers.append(_cancelled(history, span))
    if span.status == "skipped":
        answers.append(_skipped(span))
    if span.status == "running":
        answers.append(blocked_answer(history, end, span))
    if span.status == "succeeded" and span.error is not None:
        answers.append(_in_spite_of(history, span, end, color=color, width=width))
    if history.replay is not None and span.address in history.replay.dropped:
        reason = history.replay.dropped[span.address]
        text = f"it ran again when the file was edited: {one_line(reason)}"
        answers.append(Answer("rerun", [(Piece(text, "waiting"),)], {"reason": reason}))
    if span.kept:
        text = "it didn't run again: its kind and its arguments are what they were, so it took its earlier result"
        answers.append(Answer("kept", [(Piece(text),)], {}))
    if span.status in {"succeeded", "failed"} and span.stretches and not span.kept:
        answers.append(_began(span, history))
    if span.children and span.status in {"succeeded", "failed"}:
        answers.append(slow_answer(history, end, width, span))
    return answers


def reason_of_end(stretch: Stretch | None, history: RunHistory) -> str:
    """Why something was told to end, by what had ended then."""
    while stretch is not None and stretch.status == "cancelled" and stretch.told_to_end:
        stretch = stretch.canceller
    if stretch is None:
        reasons = [reason for reason in history.requests if reason]
        return f"somebody asked the run to end{f': {one_line(reasons[0])}' if reasons else ''}"
    name = f"`{one_line(stretch.step.address)}`" if stretch.step.address else "the workflow"
    if stretch.kind == "timeout":
        return f"{name} took longer than its timeout"
    if stretch.status == "failed":
        return f"{name} failed: {short_message(stretch.message)}"
    return f"{name} had ended, and its block had all that it waited for"


def _cancelled(history: RunHistory, span: StepSpan) -> Answer:
    why = reason_of_end(span.canceller, history)
    canceller = span.canceller.step.address if span.canceller is not None else None
    lines: list[Line] = [(Piece(f"it was cancelled because {why}", "waiting"),)]
    lines += [stretch_line(stretch, stretch.ended or stretch.began) for stretch in span.stretches[-1:]]
    return Answer("cancelled", lines, {"reason": why, "by": canceller})


def _skipped(span: StepSpan) -> Answer:
    condition = value_text(shown(span.node.condition)) if span.node is not None and span.node.condition else ""
    lines: list[Line] = [(Piece(f"it was skipped: {span.reason or 'its condition did not hold'}"),)]
    if condition:
        lines.append((Piece("  if: ", "dim"), Piece(one_line(condition))))
    return Answer("skipped", lines, {"reason": span.reason, "if": condition or None})


def _in_spite_of(history: RunHistory, span: StepSpan, end: float, *, color: bool, width: int) -> Answer:
    """It succeeded, and there is a failure: with its fallback, or with another attempt."""
    assert span.error is not None
    fallback = span.reason == "fallback"
    tried = "its only attempt failed" if span.attempts == 1 else f"all of its {span.attempts:,} attempts failed"
    text = f"{tried}, and it took its fallback" if fallback else f"it succeeded with attempt {span.attempts:,}"
    lines: list[Line] = [(Piece(text, "waiting"),)]
    lines += [stretch_line(stretch, end) for stretch in span.stretches[-10:]]
    lines += [(), *excerpt_lines(history, span.error, color=color, width=width)]
    data = {"error": error_json(span.error), "attempts": span.attempts}
    return Answer("fallback" if fallback else "retried", lines, data)


def _began(span: StepSpan, history: RunHistory) -> Answer:
    """When it began, and what it had to wait for before."""
    first = span.stretches[0]
    seconds = round(max(first.asked - history.facts.started, 0.0), 6)
    into = duration_text(seconds)
    if first.cause is None:
        text = "it began with the run, and waited for no other step"
        return Answer("began", [(Piece(text),)], {"after": None, "held_by": None, "seconds": seconds})
    after = one_line(first.cause.step.address) or "the workflow's timeout"
    leg = critical_path(first)[-1]
    held = f": room in `{one_line(leg.held_by.address)}`, at most {leg.held_by.limit:,} at once" if leg.held_by else ""
    lines: list[Line] = [(Piece(f"it began {into} after the run, when `{after}` had ended{held}"),)]
    data = {
        "after": first.cause.step.address,
        "held_by": leg.held_by.address if leg.held_by is not None else None,
        "seconds": seconds,
    }
    return Answer("began", lines, data)
