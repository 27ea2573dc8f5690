"""What an expression that failed had seen: the names it uses with their values, for who has to mend it."""

from __future__ import annotations

from collections.abc import Iterable

from braid.expressions import EvaluationError, Expression, Scope
from braid.expressions.members import NOT_THERE, member
from braid.language.task_kind import Value
from braid.language.values import Bound, MappingValue, Seen, Use

SEEN_MAX = 6
"""Names that are kept of one failure."""


def seen_by(error: EvaluationError, uses: Iterable[Use], scope: Scope) -> tuple[Seen, ...]:
    """The values of what stands in the part that failed; of all uses where that part has none."""
    every = list(uses)
    inside = [use for use in every if error.start <= use.reference.start and use.reference.end <= error.end]
    return _seen(inside or every, scope)


def seen_by_conditions(arguments: object, scope: Scope) -> tuple[Seen, ...]:
    """The values that bare expressions among a task's fields see: why `assert` found that something doesn't hold."""
    if not isinstance(arguments, MappingValue):
        return ()
    conditions = (
        item for _, item in arguments.items if isinstance(item, Bound) and isinstance(item.expression, Expression)
    )
    return _seen([use for condition in conditions for use in condition.uses], scope)


def _seen(uses: Iterable[Use], scope: Scope) -> tuple[Seen, ...]:
    found: dict[str, Seen] = {}
    for use in uses:
        # A secret's value is never shown, and not masked by what it is called in `vars` only.
        if len(found) < SEEN_MAX and use.reference.name != "secrets" and use.text not in found:
            one = _one(use, scope)
            if one is not None:
                found[use.text] = one
    return tuple(found.values())


def _one(use: Use, scope: Scope) -> Seen | None:
    """The value of the whole path, or of as much of it as is there."""
    name = use.reference.name
    try:
        value: Value = scope.lookup(name)
        for key in use.reference.path:
            inner = member(value, key)
            if inner is NOT_THERE:
                break
            name += f".{key}" if isinstance(key, str) and key.isidentifier() else f"[{key!r}]"
            value = inner
    except Exception:  # Telling of a failure must not fail: what can't be looked up isn't told.
        return None
    return None if callable(value) else Seen(use, name, value)
