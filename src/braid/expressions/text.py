"""Text with interpolations: `Hello {{ name }}`."""

import re
from typing import Final

from braid.expressions.errors import EvaluationError, ExpressionSyntaxError
from braid.expressions.expression import Expression
from braid.expressions.limits import OUTPUT_CHARS_MAX, TEXT_CHARS_MAX
from braid.expressions.paths import Reference
from braid.expressions.scope import Scope
from braid.expressions.values import Value, to_text, too_long

# The `#` of shell's `${#name}` opens no comment: the text after it would silently be gone.
_OPENING: Final = re.compile(r"\{\{|\{%|(?<!\$)\{#")
_INSIDE: Final = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|-\}\}|[()\[\]{}]|[^'\"()\[\]{}-]+|.", re.DOTALL)


class Text:
    """An interpolated string, parsed but not compiled; immutable.

    Attributes:
        source: The text as written.
        references: The uses of free variables, with offsets into `source`.
        is_static: Nothing is interpolated.
        static_value: The text, if it is static.
    """

    __slots__ = ("_parts", "_single", "is_static", "references", "source", "static_value")

    def __init__(self, source: str, parts: list[str | Expression]) -> None:
        self.source = source
        self._parts = tuple(part for part in parts if part != "")
        expressions = [part for part in self._parts if isinstance(part, Expression)]
        self.is_static = not expressions
        self.static_value: str | None = "".join(map(str, self._parts)) if self.is_static else None
        rest = "".join(part for part in self._parts if isinstance(part, str))
        self._single = expressions[0] if len(expressions) == 1 and not rest.strip() else None
        self.references: tuple[Reference, ...] = tuple(
            reference for expression in expressions for reference in expression.references
        )

    @property
    def names(self) -> frozenset[str]:
        """The free variables."""
        return frozenset(reference.name for reference in self.references)

    @property
    def single(self) -> Expression | None:
        """The one `{{ ... }}` that the text is, so that its value is that one's; None if there is more."""
        return self._single

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """All `{{ ... }}`, in order."""
        return tuple(part for part in self._parts if isinstance(part, Expression))

    def evaluate(self, scope: Scope) -> Value:
        """The value of a text that is one `{{ ... }}`, else the text.

        Raises:
            EvaluationError: Whatever went wrong, with its place in `source`.
        """
        if self.static_value is not None:
            return self.static_value
        if self._single is not None:
            return self._single.evaluate(scope)
        pieces: list[str] = []
        size = 0
        for part in self._parts:
            piece = part if isinstance(part, str) else _interpolated(part, scope)
            size += len(piece)
            if size > OUTPUT_CHARS_MAX:
                raise too_long().located(0, len(self.source))
            pieces.append(piece)
        return "".join(pieces)

    def evaluate_parts(self, scope: Scope) -> list[str | tuple[Value, bool]]:
        """The static texts and, between them, each interpolation's value and whether it ends in `| raw`; in order.

        For fields that put values into text by rules of their own (a shell script, a URL).

        Raises:
            EvaluationError: Whatever went wrong, with its place in `source`.
        """
        return [part if isinstance(part, str) else (part.evaluate(scope), part.raw) for part in self._parts]

    def places(self) -> list[str | tuple[bool, tuple[int, int]]]:
        """The static texts and, between them, of each interpolation whether it ends in `| raw`, and its span."""
        return [part if isinstance(part, str) else (part.raw, part.span) for part in self._parts]

    def __repr__(self) -> str:
        return f"Text({self.source!r})"


def _interpolated(expression: Expression, scope: Scope) -> str:
    value = expression.evaluate(scope)
    try:
        return to_text(value)
    except EvaluationError as error:
        raise error.located(*expression.span) from None


def compile_text(text: str) -> Text:
    """Parse a text in which only `{{ ... }}` and `{# comments #}` mean something.

    `${#` is left alone: it is shell's length of a variable, no comment.

    Args:
        text: As written in the file.

    Raises:
        ExpressionSyntaxError: With offsets into `text`; also for `{%`, which only templates have.
    """
    if len(text) > TEXT_CHARS_MAX:
        raise ExpressionSyntaxError(
            f"the text has more than {TEXT_CHARS_MAX:,} characters", 0, len(text), "read it from a file"
        )
    parts: list[str | Expression] = []
    position = 0
    while (match := _OPENING.search(text, position)) is not None:
        static = text[position : match.start()]
        if match[0] == "{{":
            (start, end), after = interpolation_end(text, match.start())
            strips_before = text.startswith("{{-", match.start())
            parts += [static.rstrip() if strips_before else static, Expression(text, start, end)]
            position = _after_space(text, after) if text[after - 3 : after] == "-}}" else after
        elif match[0] == "{#":
            position = _comment_end(text, match.start())
            parts.append(static)
        else:
            raise _statement(match.start())
    parts.append(text[position:])
    return Text(text, parts)


def interpolation_end(text: str, opening: int) -> tuple[tuple[int, int], int]:
    """The span of the expression after the `{{` at `opening`, and the offset behind its `}}`."""
    start = opening + 2
    if text[start : start + 1] in ("-", "+"):
        start += 1
    depth = 0
    position = start
    while position < len(text):
        if depth == 0 and text.startswith(("}}", "-}}"), position):
            return (start, position), text.index("}}", position) + 2
        match = _INSIDE.match(text, position)
        assert match is not None, "any character matches"
        token = match[0]
        if token in ("(", "[", "{"):
            depth += 1
        elif token in (")", "]", "}"):
            depth = max(depth - 1, 0)
        elif token == "-}}":
            # Inside brackets: a minus before a closing brace.
            position += 1
            continue
        elif token in ("'", '"'):
            raise ExpressionSyntaxError("this string isn't closed", position, len(text), f"add the closing `{token}`")
        position = match.end()
    raise ExpressionSyntaxError("this `{{` isn't closed", opening, opening + 2, "add `}}`")


def _after_space(text: str, position: int) -> int:
    return len(text) - len(text[position:].lstrip())


def _comment_end(text: str, opening: int) -> int:
    closing = text.find("#}", opening + 2)
    if closing < 0:
        raise ExpressionSyntaxError(
            "this comment isn't closed", opening, opening + 2, "add `#}`; for the text itself write `{{ '{#' }}`"
        )
    return closing + 2


def _statement(place: int) -> ExpressionSyntaxError:
    return ExpressionSyntaxError(
        "`{%` can't be used here",
        place,
        place + 2,
        "statements are only for `template:` text; for the characters themselves write `{{ '{%' }}`",
    )
