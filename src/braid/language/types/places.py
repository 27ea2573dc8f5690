"""Where values stand in the file."""

from __future__ import annotations

from braid.diagnostics import Span
from braid.language.values import Bound, Joined


def span_of(value: object) -> Span | None:
    """The one reference in a value, else all of it; None of a list or mapping, which has no place of its own."""
    if isinstance(value, (Bound, Joined)):
        return value.uses[0].span if len(value.uses) == 1 else value.node.span
    return None
