"""Failures of expressions, and of values that are not what a field needs, as data."""

from __future__ import annotations

from braid.expressions import DurationError, EvaluationError, parse_duration
from braid.language.plan import Resolvable
from braid.machine.outcome import Failure
from braid.machine.scope import ListScope


def expression_failure(error: EvaluationError) -> Failure:
    """The failure of a step whose expression can't be evaluated."""
    message = f"{error.message}; {error.help}" if error.help else error.message
    return Failure("expression", message, retryable=False, span=error.span, seen=error.seen)


def seconds(duration: Resolvable, scope: ListScope) -> float:
    """A duration in seconds.

    Raises:
        EvaluationError: Its expression fails, or gives what is no duration.
    """
    value = duration.evaluate(scope)
    try:
        return parse_duration(value)
    except DurationError as error:
        raise EvaluationError(str(error), type="value") from error


def whole_number(number: Resolvable, scope: ListScope, what: str) -> int:
    """A whole number of at least 1.

    Raises:
        EvaluationError: Its expression fails, or gives something else.
    """
    value = number.evaluate(scope)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise EvaluationError(f"`{what}` must be a whole number of at least 1, not {value!r}", type="value")
    return value
