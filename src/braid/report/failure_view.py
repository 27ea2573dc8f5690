"""How a failed run is told to a person: what failed, where in the file, why, and what was cancelled for it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from braid.diagnostics import Diagnostic, Label, Span, render_text
from braid.machine.outcome import Failure
from braid.report.aftermath import Aftermath
from braid.report.json_values import json_value
from braid.report.text import clipped, counted, one_line

if TYPE_CHECKING:
    from braid.language.values import Seen

FAILURES_SHOWN_MAX = 10
"""Of a block that ended because too many branches failed."""

DETAIL_LINES_MAX = 20

VALUE_COLUMNS_MAX = 60
"""Of a value that an expression had."""

LINE_COLUMNS_MAX = 1_000
"""Of one line of a message; `--json` has all of it."""


def failure_text(failure: Failure, aftermath: Aftermath, *, color: bool = False, width: int | None = None) -> str:
    """The failure of a run, in the shape of a diagnostic: excerpt of the step that failed first, then the rest."""
    origin = origin_of(failure)
    first, _, rest = origin.message.strip().partition("\n")
    notes = [_shortened(rest)] if rest.strip() else []
    if origin.address:
        notes.append(f"at {one_line(origin.address)}")
    if origin.attempts > 1:
        notes.append(f"after {counted(origin.attempts, 'attempt')}")
    notes += _outwards(failure)
    for error in failure.errors[:FAILURES_SHOWN_MAX]:
        notes.append(_named(origin_of(error)))
    if len(failure.errors) > FAILURES_SHOWN_MAX:
        notes.append(f"… and {len(failure.errors) - FAILURES_SHOWN_MAX} more failures")
    notes += _details(origin)
    if aftermath.cancelled_total:
        notes.append(f"cancelled: {_list_of(aftermath.cancelled, aftermath.cancelled_total)}")
    place = _place(failure, aftermath)
    label, related = _around(origin, place, aftermath)
    diagnostic = Diagnostic(origin.type, _headline(origin, first), place, label, related=related, notes=tuple(notes))
    return render_text([diagnostic], color=color, width=width)


def origin_of(failure: Failure) -> Failure:
    """The failure that all began with, and that the author can do something about."""
    while failure.cause and not failure.errors:
        failure = failure.cause
    return failure


def _outwards(failure: Failure) -> list[str]:
    """The blocks that the failure went through, from the inside to the outside."""
    origin = origin_of(failure)
    chain: list[Failure] = []
    while failure is not origin:
        chain.append(failure)
        assert failure.cause
        failure = failure.cause
    return [f"this failed `{one_line(outer.address)}`" for outer in reversed(chain) if outer.address]


def _place(failure: Failure, aftermath: Aftermath) -> Span | None:
    origin = origin_of(failure)
    return origin.span or aftermath.places.get(origin.address)


def _around(failure: Failure, place: Span | None, aftermath: Aftermath) -> tuple[str, tuple[Label, ...]]:
    """What is said at the place, and further places: the values that the expression had, and the step round it."""
    here = [_value_text(each) for each in failure.seen if each.use.span == place]
    labels = [Label(each.use.span, _value_text(each)) for each in failure.seen if each.use.span != place]
    step = aftermath.places.get(failure.address)
    if step is not None and step != place:
        labels.append(Label(step, "in this step"))
    return ", ".join(here), tuple(labels)


def _value_text(seen: Seen) -> str:
    # Texts in quotes, so that "3" and 3 are told apart.
    value = json.dumps(json_value(seen.value), ensure_ascii=False, default=str)
    return f"`{one_line(seen.name)}` is {clipped(one_line(value), VALUE_COLUMNS_MAX)}"


def _headline(failure: Failure, first_line: str) -> str:
    message = clipped(one_line(first_line).removesuffix(":"), LINE_COLUMNS_MAX) or "no message"
    return f"step `{one_line(failure.step)}` failed: {message}" if failure.step else message


def _named(failure: Failure) -> str:
    message = clipped(one_line(failure.message), LINE_COLUMNS_MAX)
    return f"{one_line(failure.address)}: {message}" if failure.address else message


def _details(failure: Failure) -> list[str]:
    """Texts of several lines, such as a traceback or what a script wrote to stderr."""
    notes = []
    for name, value in failure.details.items():
        if isinstance(value, list) and all(isinstance(line, str) for line in value):
            value = "\n".join(value)
        if isinstance(value, str) and value.strip() and value.strip() not in failure.message:
            text = _shortened(value)
            notes.append(f"{name}:\n{text}" if "\n" in text else f"{name}: {text}")
    return notes


def _shortened(text: str) -> str:
    """The last lines, which tell most in a traceback and in what a program wrote."""
    lines = [clipped(line, LINE_COLUMNS_MAX) for line in text.strip().splitlines()]
    return "\n".join(["…", *lines[-DETAIL_LINES_MAX:]] if len(lines) > DETAIL_LINES_MAX else lines)


def _list_of(shown: list[str], total: int) -> str:
    text = ", ".join(one_line(address) for address in shown)
    return f"{text} and {counted(total - len(shown), 'other step')}" if total > len(shown) else text
