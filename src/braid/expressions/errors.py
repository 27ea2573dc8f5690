"""What can go wrong with an expression: it can't be read, or it can't be evaluated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from braid.diagnostics import Span

ErrorType = Literal["undefined", "type", "limit", "security", "value"]


class ExpressionSyntaxError(Exception):
    """The text is no valid expression.

    Attributes:
        message: The problem, for the author of the file.
        start, end: Character offsets into the text that was given, end exclusive.
        help: The way out, or "".
    """

    def __init__(self, message: str, start: int, end: int, help: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = max(end, start)
        self.help = help

    def shifted(self, by: int) -> ExpressionSyntaxError:
        """The same problem in a text in which this one begins at offset `by`."""
        return ExpressionSyntaxError(self.message, self.start + by, self.end + by, self.help)


class EvaluationError(Exception):
    """An expression failed on the values it was given.

    Attributes:
        message, help: As in `ExpressionSyntaxError`.
        type: "undefined" (something isn't there), "type" (a value of the wrong kind), "limit" (too
            large, see `limits`), "security" (not allowed in the sandbox) or "value" (everything else).
        start, end: Offsets of the failing reference or expression; -1 while the place isn't known,
            which no error that leaves `evaluate` is.
        span: The place in the file; set by who knows the file, see `language.values`.
        seen: What the expression used and which values that had; set there, too.
    """

    def __init__(
        self,
        message: str,
        type: ErrorType = "value",
        *,
        start: int = -1,
        end: int = -1,
        help: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.type: ErrorType = type
        self.start = start
        self.end = end
        self.help = help
        self.span: Span | None = None
        self.seen: tuple[Any, ...] = ()  # Any: `language.values.Seen`, which is not known here

    def located(self, start: int, end: int) -> EvaluationError:
        """The same error with this place, unless it already has one."""
        if self.start < 0:
            self.start, self.end = start, end
        return self

    def shifted(self, by: int) -> EvaluationError:
        """The same error in a text in which the expression begins at offset `by`."""
        if self.start >= 0:
            self.start += by
            self.end += by
        return self


class MissingValueError(Exception):
    """Inside an evaluation: something that isn't there was used. Leaves it as an `EvaluationError`."""

    def __init__(self, missing: object) -> None:
        super().__init__("a missing value was used")
        self.missing = missing
