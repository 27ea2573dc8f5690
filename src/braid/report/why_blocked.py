"""Why a run doesn't go on: which limit or pool holds steps up and who has it, what waits for its time, what works."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from braid.report.answer import Answer
from braid.report.blocking import Doing, FullWindow, doings, full_windows
from braid.report.json_values import iso_time
from braid.report.moments import age_text, clock_time
from braid.report.progress_view import Line, Piece
from braid.report.run_history import RunHistory
from braid.report.spans import StepSpan, Stretch
from braid.report.text import counted, duration_text, one_line
from braid.report.why_failed import children, short_message

SHOWN_MAX = 10
"""Steps of one kind that are named; the others are counted."""


def blocked_answer(history: RunHistory, end: float, inside: StepSpan | None = None) -> Answer:
    """What goes on in a run, or in one step of it, and what that holds up; or what went on when the run was left."""
    found = [doing for doing in doings(history.open) if inside is None or _is_in(doing.stretch.step, inside)]
    windows = [
        window for window in full_windows(history.spans.values()) if inside is None or _is_in(window.block, inside)
    ]
    alive = history.facts.status == "running"
    lines: list[Line] = []
    if not alive:
        lines += _executing(found, end, alive=False)
    lines += _pools(found, end, alive=alive)
    for window in windows:
        lines += _window(window, alive=alive)
    lines += _timers(found, end)
    if alive:
        lines += _executing(found, end, alive=True)
    if not lines:
        lines.append((Piece("nothing goes on: the run is between two steps" if alive else "nothing was going on"),))
    if not alive:
        lines += [(), (Piece(f"braid resume {history.facts.id} goes on with it", "dim"),)]
    return Answer("blocked", lines if lines[0] else lines[1:], _data(found, windows))


def _is_in(span: StepSpan, outer: StepSpan) -> bool:
    return span is outer or span.address.startswith(outer.address + "/")


def _pools(found: Sequence[Doing], end: float, *, alive: bool) -> list[Line]:
    queues: dict[str, list[Doing]] = {}
    for doing in found:
        if doing.what == "pool" and doing.stretch.pool is not None:
            queues.setdefault(doing.stretch.pool.name, []).append(doing)
    lines: list[Line] = []
    for name, queue in queues.items():
        pool = queue[0].stretch.pool
        assert pool is not None
        if not alive:
            text = f"{counted(len(queue), 'step')} waited for a slot of pool `{name}`, at most {pool.limit:,} at once"
            lines += [(), (Piece(text, "waiting"),)]
            lines += _named("waiting", [one_line(doing.stretch.step.address) for doing in queue])
            continue
        verb = "waits" if len(queue) == 1 else "wait"
        text = f"pool `{name}` is full: at most {pool.limit:,} at once, {counted(len(queue), 'step')} {verb} for a slot"
        lines += [(), (Piece(text, "waiting"),)]
        lines += _named("held by", [_since(stretch, end) for stretch in queue[0].holders])
        lines += _named("waiting", [_since(doing.stretch, end) for doing in queue])
        if pool.rate is not None:
            starts, seconds = pool.rate
            lines.append((Piece(f"  it also starts at most {starts:,} in {duration_text(seconds)}", "dim"),))
    return lines


def _window(window: FullWindow, *, alive: bool) -> list[Line]:
    block = window.block
    waiting = children(block, window.waiting)
    head = f"`{one_line(block.address)}` {'has' if alive else 'had'} no room: at most {block.limit:,} at once"
    lines: list[Line] = [
        (),
        (Piece(f"{head}, {window.ended:,} of {block.total:,} ended, {waiting} not begun", "waiting"),),
    ]
    return lines + _named("in progress", [one_line(f"{block.address}/{key}") for key in window.in_progress])


def _timers(found: Iterable[Doing], end: float) -> list[Line]:
    lines: list[Line] = []
    for doing in found:
        stretch = doing.stretch
        if doing.what not in {"retry", "delay"} or stretch.due is None:
            continue
        when = f"{age_text(end - stretch.due)}, at {clock_time(stretch.due)}" if stretch.due > end else "which is due"
        name = one_line(stretch.step.address)
        if doing.what == "delay":
            lines.append((Piece(f"`{name}` waits for its time, {when}", "waiting"),))
            continue
        failure = stretch.step.error
        why = f": attempt {stretch.attempt} failed: {short_message(failure.message)}" if failure is not None else ""
        lines.append((Piece(f"`{name}` waits for its next attempt, {when}", "waiting"), Piece(why, "bad")))
    if len(lines) > SHOWN_MAX:
        rest = len(lines) - SHOWN_MAX
        lines = [*lines[:SHOWN_MAX], (Piece(f"… and {rest:,} more that wait for their time", "dim"),)]
    return [(), *lines] if lines else []


def _executing(found: Iterable[Doing], end: float, *, alive: bool) -> list[Line]:
    running = [doing for doing in found if doing.what in {"executing", "ending"}]
    if not running:
        return []
    number = counted(len(running), "step")
    if alive:
        head = f"{number} {'is' if len(running) == 1 else 'are'} executing"
    else:
        them = "it" if len(running) == 1 else "them"
        head = f"{number} had begun, and no answer is known: `braid resume` runs {them} again"
    lines: list[Line] = [(), (Piece(head),)]
    for doing in running[:SHOWN_MAX]:
        stretch = doing.stretch
        told = ", and was told to end" if doing.what == "ending" else ""
        attempt = f", attempt {stretch.attempt}" if stretch.attempt > 1 else ""
        since = f"for {duration_text(end - stretch.asked)}" if alive else f"since {clock_time(stretch.asked)}"
        lines.append((Piece(f"  {one_line(stretch.step.address)}"), Piece(f"  {since}{attempt}{told}", "dim")))
    if len(running) > SHOWN_MAX:
        lines.append((Piece(f"  … and {len(running) - SHOWN_MAX:,} more", "dim"),))
    return lines


def _named(what: str, names: Sequence[str]) -> list[Line]:
    lines: list[Line] = [
        (Piece(f"  {what if not number else '':<11}  ", "dim"), Piece(name))
        for number, name in enumerate(names[:SHOWN_MAX])
    ]
    if len(names) > SHOWN_MAX:
        lines.append((Piece(f"  {'':<11}  … and {len(names) - SHOWN_MAX:,} more", "dim"),))
    return lines


def _since(stretch: Stretch, end: float) -> str:
    return f"{one_line(stretch.step.address)}, for {duration_text(end - stretch.asked)}"


def _data(found: Iterable[Doing], windows: Iterable[FullWindow]) -> dict[str, Any]:  # Any: JSON
    return {
        "steps": [
            {
                "address": doing.stretch.step.address,
                "doing": doing.what,
                "attempt": doing.stretch.attempt,
                "since": iso_time(doing.stretch.asked),
                "until": None if doing.stretch.due is None else iso_time(doing.stretch.due),
                "pool": None if doing.stretch.pool is None else doing.stretch.pool.name,
                "limit": None if doing.stretch.pool is None else doing.stretch.pool.limit,
                "held_by": [holder.step.address for holder in doing.holders],
                "place": doing.place or None,
            }
            for doing in found
        ],
        "blocks": [
            {
                "address": window.block.address,
                "max_concurrency": window.block.limit,
                "in_progress": list(window.in_progress),
                "ended": window.ended,
                "not_begun": window.waiting,
            }
            for window in windows
        ],
    }
