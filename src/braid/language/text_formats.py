"""Rules for constant text in a field: durations, rates, code, and so on."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

import msgspec

from braid.language.names import id_problem
from braid.language.task_kind import Value

ITEM_NAMES = frozenset({"item"})
"""The reserved names that a foreach may give its items."""


class Mismatch(msgspec.Struct, frozen=True):
    """Why a value isn't what a field takes.

    Attributes:
        message: Empty for the usual "expected …, found …".
        offset: Where in the text it goes wrong, in characters, where known.
    """

    message: str = ""
    help: str = ""
    code: str = "wrong-type"
    label: str = ""
    offset: int | None = None
    length: int = 1


def format_problem(format: str, value: Value) -> Mismatch | None:
    """What a format has against a constant, or None. Formats that nobody knows have nothing against anything."""
    check = _FORMATS.get(format)
    return check(value) if check else None


def format_words(format: str) -> str | None:
    """The format as part of a sentence: "expected a duration"."""
    return _WORDS.get(format)


@lru_cache(maxsize=1024, typed=True)
def _seconds(value: str | float) -> float:
    from braid.expressions.durations import parse_duration

    return parse_duration(value)


def duration_problem(value: Value) -> Mismatch | None:
    """Why `value` is no duration, or None."""
    from braid.expressions.durations import DurationError

    try:
        _seconds(value)
    except DurationError as error:
        return Mismatch(str(error), error.help or "write `250ms`, `30s`, `5m`, `1h30m` or `2d`", "bad-duration")
    return None


def _braced(value: Value) -> Mismatch | None:
    if isinstance(value, str) and "{{" not in value:
        return Mismatch()
    return None


def _expression(value: Value) -> Mismatch | None:
    if isinstance(value, str) and not value.strip():
        return Mismatch("the expression is empty", "write a condition, such as `inputs.count > 3`", "empty-expression")
    return None


def _identifier(value: Value) -> Mismatch | None:
    problem = id_problem(str(value), what="the name of an item", allowed=ITEM_NAMES)
    return Mismatch(problem.message, problem.help, problem.code, problem.label) if problem else None


_PERCENTAGE = re.compile(r"\s*(\d{1,3}(\.\d+)?)\s*%\s*", re.ASCII)


def _percentage(value: Value) -> Mismatch | None:
    found = _PERCENTAGE.fullmatch(value) if isinstance(value, str) else None
    if not found:
        return Mismatch()
    if float(found[1]) > 100:
        return Mismatch(f"`{value.strip()}` is more than all", "write at most `100%`", "out-of-bounds")
    return None


_RATE = re.compile(r"\s*(\d+)\s*/\s*(\S+)\s*", re.ASCII)


def _rate(value: Value) -> Mismatch | None:
    found = _RATE.fullmatch(value) if isinstance(value, str) else None
    help = "write how many starts in what time, such as `100/1m`"
    if not found:
        return Mismatch(f"`{value}` is no rate", help, "bad-rate")
    if int(found[1]) < 1:
        return Mismatch("a rate of 0 would never let a step start", help, "bad-rate")
    problem = duration_problem(found[2])
    if problem:
        return Mismatch(f"`{found[2]}` is no duration", help, "bad-rate", offset=found.start(2), length=len(found[2]))
    from braid.expressions.durations import parse_duration

    if parse_duration(found[2]) <= 0:
        return Mismatch("the time of a rate must be more than 0", help, "bad-rate", offset=found.start(2))
    return None


def parse_rate(text: str) -> tuple[int, float]:
    """`100/1m` as (100 starts, 60.0 seconds). The text was checked before."""
    from braid.expressions.durations import parse_duration

    found = _RATE.fullmatch(text)
    assert found, f"the rate {text!r} was not checked"
    return int(found[1]), float(parse_duration(found[2]))


def _path(value: Value) -> Mismatch | None:
    if isinstance(value, str) and not value.strip():
        return Mismatch("the path is empty", "name a file, relative to the workflow's folder", "bad-path")
    return None


def _code(value: Value) -> Mismatch | None:
    return _python(value) if isinstance(value, str) else None


# The same code is looked at before the run and then in each run of its step: 30 µs for two lines.
@lru_cache(maxsize=256)
def _python(code: str) -> Mismatch | None:
    import ast
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape such as `\d` is the author's style, no error
            ast.parse(code)
    except SyntaxError as error:
        offset = _offset(code, error.lineno or 1, error.offset or 1)
        return Mismatch(f"this is not Python: {error.msg}", "", "bad-code", offset=offset)
    except (ValueError, RecursionError, MemoryError) as error:
        return Mismatch(f"this is not Python: {error or 'it is nested too deeply'}", "", "bad-code")
    return None


def _offset(text: str, line: int, column: int) -> int:
    lines = text.splitlines(keepends=True)
    return min(sum(map(len, lines[: line - 1])) + max(column - 1, 0), max(len(text) - 1, 0))


def foreign_braces(code: str) -> int | None:
    """Offset of the first `{{` in Python code that isn't an escaped brace of an f-string, or None."""
    import ast
    import warnings

    first = code.find("{{")
    if first < 0:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return first
    places = [
        (
            _offset_of_bytes(code, node.lineno, node.col_offset),
            _offset_of_bytes(code, node.end_lineno or node.lineno, node.end_col_offset or 0),
        )
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
    ]
    for found in re.finditer(r"\{\{", code):
        if not any(start <= found.start() < end for start, end in places):
            return found.start()
    return None


def _offset_of_bytes(text: str, line: int, column: int) -> int:
    # Python's syntax tree counts columns in bytes of UTF-8.
    lines = text.splitlines(keepends=True)
    prefix = lines[line - 1].encode("utf-8", "surrogatepass")[:column].decode("utf-8", "replace") if lines else ""
    return sum(map(len, lines[: line - 1])) + len(prefix)


_FORMATS: dict[str, Callable[[Value], Mismatch | None]] = {
    "duration": duration_problem,
    "braced": _braced,
    "expression": _expression,
    "identifier": _identifier,
    "percentage": _percentage,
    "rate": _rate,
    "path": _path,
    "code": _code,
}

_WORDS = {
    "duration": "a duration such as `30s`",
    "braced": "an expression in `{{ }}`",
    "expression": "an expression",
    "identifier": "a name",
    "percentage": "a percentage such as `10%`",
    "rate": "a rate such as `100/1m`",
    "path": "a path",
    "code": "Python code",
    "schema": "a JSON Schema",
}
