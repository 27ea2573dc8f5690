"""Source text to Jinja's tokens, each with its character offset where Jinja keeps the line number.

The parser copies a token's line number to the nodes it makes, so nodes carry offsets, for references and
errors. `Environment._tokenize`, where this is hooked in, is private to Jinja: a test watches over it.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

from jinja2 import lexer as jinja_lexer
from jinja2._identifier import pattern as name_pattern
from jinja2.exceptions import TemplateSyntaxError
from jinja2.lexer import Lexer, Token

from braid.expressions.errors import ExpressionSyntaxError
from braid.expressions.limits import EXPRESSION_CHARS_MAX, NESTING_MAX

_INTEGER_CHARS_MAX: Final = 1_000


def _compact(pattern: re.Pattern[str]) -> str:
    """A verbose pattern of Jinja's as part of ours, which isn't verbose."""
    return re.sub(r"#.*|\s", "", pattern.pattern)


_TOKEN: Final = re.compile(
    r"(?P<whitespace>\s+)"
    rf"|(?P<float>(?i:{_compact(jinja_lexer.float_re)}))"
    rf"|(?P<integer>(?i:{_compact(jinja_lexer.integer_re)}))"
    rf"|(?P<name>{name_pattern.pattern})"
    rf"|(?P<string>(?s:{jinja_lexer.string_re.pattern}))"
    rf"|(?P<operator>{jinja_lexer.operator_re.pattern})"
)
_PAIRS: Final = {")": "(", "]": "[", "}": "{"}
_CLOSING: Final = {opening: closing for closing, opening in _PAIRS.items()}

# What people write who come from another language, and what it is here.
_FOREIGN: Final = (
    ("===", "`===` is no operator here", "write `==`"),
    ("!==", "`!==` is no operator here", "write `!=`"),
    ("&&", "`&&` is no operator here", "write `and`"),
    ("||", "`||` is no operator here", "write `or`"),
    ("??", "`??` is no operator here", "write `| default(...)`"),
    ("?.", "`?.` is no operator here", "write `.` and end with `| default(...)`"),
    ("?", "`?` is no operator here", "write `a if condition else b`"),
    ("!", "`!` is no operator here", "write `not`"),
    ("<>", "`<>` is no operator here", "write `!=`"),
    ("=>", "`=>` is no operator here", "write `>=` to compare; there are no arrow functions, use `| map(...)`"),
    ("$", "`$` starts no name here", "write the name alone, as in `inputs.city`"),
    ("`", "a backtick can't quote text here", "use `'` or `\"`"),
    ("#", "`#` starts no comment inside an expression", "write comments as `{# ... #}` outside of it"),
    ("&", "`&` is no operator here", "write `and`; for sets of items use `| intersect(...)`"),
    ("^", "`^` is no operator here", "write `**` for a power"),
)
# Operators of ours with which one of these begins; asked first, because it is asked at every token.
_SUSPICIOUS: Final = frozenset({"=", "==", "!=", "|", "<"})
_TYPOGRAPHIC: Final = "“”„‟‘’‚«»"


class Closers(dict[int, int]):
    """Offset of an opening bracket → offset of the one that closes it."""


def expression_tokens(source: str, closers: Closers) -> Iterator[Token]:
    """The tokens of a bare expression.

    Args:
        source: The expression without `{{` and `}}`.
        closers: Filled with the pairs of brackets.

    Raises:
        ExpressionSyntaxError: A character, number, string or bracket that can't stand there, or too long.
    """
    if len(source) > EXPRESSION_CHARS_MAX:
        raise ExpressionSyntaxError(
            f"the expression has more than {EXPRESSION_CHARS_MAX:,} characters",
            0,
            len(source),
            "move parts of it into `set` steps",
        )
    brackets = _Brackets(closers)
    after_dot = False
    position = 0
    for match in _TOKEN.finditer(source):
        if match.start() != position:
            break
        position = match.end()
        kind = match.lastgroup
        if kind == "whitespace":
            continue
        assert kind is not None
        text = match[0]
        if text in _SUSPICIOUS:
            foreign = _foreign_operator(source, match.start())
            if foreign is not None:
                raise foreign
        yield _token(kind, text, match.start(), brackets, after_dot)
        after_dot = text == "."
    if position != len(source):
        raise unreadable(source, position)
    brackets.check_closed()


class _Brackets:
    """Open brackets, to say which one is wrong and to stop before the parser's recursion would."""

    def __init__(self, closers: Closers) -> None:
        self._open: list[tuple[str, int]] = []
        self._closers = closers

    def see(self, bracket: str, offset: int) -> None:
        if bracket in _CLOSING:
            self._open.append((bracket, offset))
            if len(self._open) > NESTING_MAX:
                raise ExpressionSyntaxError(
                    f"more than {NESTING_MAX} brackets inside one another",
                    offset,
                    offset + 1,
                    "move inner parts into `set` steps",
                )
            return
        if not self._open:
            raise ExpressionSyntaxError(f"`{bracket}` closes nothing", offset, offset + 1)
        opening, start = self._open.pop()
        if _PAIRS[bracket] != opening:
            raise ExpressionSyntaxError(
                f"`{bracket}` can't close `{opening}`", offset, offset + 1, f"write `{_CLOSING[opening]}`"
            )
        self._closers[start] = offset

    def check_closed(self) -> None:
        if self._open:
            opening, start = self._open[-1]
            raise ExpressionSyntaxError(f"`{opening}` isn't closed", start, start + 1, f"add the `{_CLOSING[opening]}`")


def _token(kind: str, text: str, offset: int, brackets: _Brackets, after_dot: bool) -> Token:
    match kind:
        case "name":
            if text == "null" and not after_dot:
                # JSON's and YAML's word, beside Jinja's `none`.
                return Token(offset, "name", "none")
            if not text.isidentifier():
                raise ExpressionSyntaxError(f"`{text}` can't be a name", offset, offset + len(text))
            return Token(offset, "name", text)
        case "operator":
            if text in _PAIRS or text in _CLOSING:
                brackets.see(text, offset)
            return Token(offset, jinja_lexer.operators[text], text)
        case "string":
            return Token(offset, "string", _unescaped(text, offset))
        case "integer":
            if len(text) > _INTEGER_CHARS_MAX:
                raise ExpressionSyntaxError(
                    f"an integer has more than {_INTEGER_CHARS_MAX} digits", offset, offset + len(text)
                )
            # Typed `str` in Jinja, though its own lexer puts numbers there too.
            return Token(offset, "integer", int(text.replace("_", ""), 0))  # type: ignore[arg-type]
        case _:
            return Token(offset, "float", float(text.replace("_", "")))  # type: ignore[arg-type]  # as above


def _unescaped(text: str, offset: int) -> str:
    body = text[1:-1]
    if "\\" not in body:
        return body
    try:
        # As Jinja does it: Python's escapes, other characters kept.
        return body.encode("ascii", "backslashreplace").decode("unicode-escape")
    except UnicodeDecodeError:
        raise ExpressionSyntaxError(
            "a `\\` escape in this string is incomplete",
            offset,
            offset + len(text),
            "write `\\\\` for a backslash",
        ) from None


def _foreign_operator(source: str, position: int) -> ExpressionSyntaxError | None:
    for text, message, way_out in _FOREIGN:
        if source.startswith(text, position):
            if text == "!" and source.startswith("!=", position):
                return None
            return ExpressionSyntaxError(message, position, position + len(text), way_out)
    return None


def unreadable(source: str, position: int) -> ExpressionSyntaxError:
    """The error for a character at which no token can start."""
    foreign = _foreign_operator(source, position)
    if foreign is not None:
        return foreign
    char = source[position]
    if char in "'\"":
        return ExpressionSyntaxError("this string isn't closed", position, len(source), f"add the closing `{char}`")
    if char in _TYPOGRAPHIC:
        return ExpressionSyntaxError(f"`{char}` is a typographic quote", position, position + 1, "use `'` or `\"`")
    shown = char if char.isprintable() else f"U+{ord(char):04X}"
    return ExpressionSyntaxError(f"`{shown}` can't stand here", position, position + 1)


def template_tokens(source: str, lexer: Lexer, closers: Closers) -> Iterator[Token]:
    """The tokens of a template with statements.

    Jinja's own lexer decides about blocks, comments and whitespace control. It drops whitespace beside
    `{%-` and before blocks, so each token is searched for from where the last one ended.

    Raises:
        ExpressionSyntaxError: As for `expression_tokens`; also for tags and comments that aren't closed.
    """
    original = _original_offsets(source)
    brackets = _Brackets(closers)
    after_dot = False
    position = 0
    stream = lexer.tokeniter(source, None)
    normal = source.replace("\r\n", "\n").replace("\r", "\n")
    opening = 0
    while True:
        try:
            _, kind, text = next(stream)
        except StopIteration:
            break
        except TemplateSyntaxError as error:
            raise _lexing_error(error, normal, position, opening, original) from None
        while not normal.startswith(text, position):
            position += 1
        offset = original(position)
        if kind in ("variable_begin", "block_begin", "comment_begin", "raw_begin"):
            opening = position
        if kind in _DATA_KINDS:
            yield Token(offset, kind, text)
        elif kind in _VALUE_KINDS:
            if text in _SUSPICIOUS:
                foreign = _foreign_operator(normal, position)
                if foreign is not None:
                    raise foreign.shifted(offset - position)
            yield _token(kind, text, offset, brackets, after_dot)
            after_dot = text == "."
        position += len(text)


_DATA_KINDS: Final = frozenset({"data", "variable_begin", "variable_end", "block_begin", "block_end"})
_VALUE_KINDS: Final = frozenset({"name", "operator", "string", "integer", "float"})


def _original_offsets(source: str) -> Callable[[int], int]:
    """Maps offsets in the text with `\\n` line ends, which is what Jinja lexes, to those in `source`."""
    if "\r\n" not in source:
        return lambda position: position
    from bisect import bisect_left

    # The n-th dropped `\r` shifts everything after its place by one more.
    dropped = [match.start() - count for count, match in enumerate(re.finditer("\r\n", source))]
    return lambda position: position + bisect_left(dropped, position)


def _lexing_error(
    error: TemplateSyntaxError, source: str, position: int, opening: int, original: Callable[[int], int]
) -> ExpressionSyntaxError:
    message = error.message or ""
    if message.startswith("Missing end of"):
        what = "comment" if "comment" in message else "`{% raw %}`"
        return ExpressionSyntaxError(f"this {what} isn't closed", original(opening), original(opening) + 2)
    found = re.search(r" at (\d+)$", message)
    if found:
        place = int(found[1])
        problem = unreadable(source, place)
        return problem.shifted(original(place) - place)
    return ExpressionSyntaxError(message.replace("'", "`"), original(position), original(position) + 1)
