"""Plain scalars by the core schema of YAML 1.2.2, section 10.3."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from braid.diagnostics import INTEGER_DIGITS_MAX

Scalar = str | int | float | bool | None

# 1.2 core schema, not PyYAML's 1.1: a country code `NO` must not become False, `12:30` not 750,
# `2026-01-05` not a date.
_WORDS: Final[dict[str, Scalar]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBER_START = frozenset("0123456789+-.")


@cache
def _numbers() -> re.Pattern[str]:
    """Compiled for the first number of a file: that takes 0.5 ms."""
    return re.compile(
        r"""(?P<dec>[-+]?[0-9]+)
          | 0o(?P<oct>[0-7]+)
          | 0x(?P<hex>[0-9a-fA-F]+)
          | (?P<float>[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)
          | (?P<inf>[-+]?)\.(?:inf|Inf|INF)
          | (?P<nan>\.(?:nan|NaN|NAN))""",
        re.VERBOSE,
    )


class NumberTooLargeError(ValueError):
    """A number that Braid does not keep exactly enough to be what the author wrote."""


def resolve_plain(text: str) -> Scalar:
    """The value of an unquoted scalar.

    Raises:
        NumberTooLargeError: A whole number of more than `INTEGER_DIGITS_MAX` digits, or a
            floating point number beyond 1.8e308, which would silently become infinite; or `.inf` and `.nan`, which
            YAML has and JSON hasn't, so that no run could keep them.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_START:
        return text
    found = _numbers().fullmatch(text)
    return _number(found) if found else text


def _number(found: re.Match[str]) -> Scalar:
    kind, digits = found.lastgroup, found[found.lastgroup or 0]
    if kind in ("inf", "nan"):
        raise NumberTooLargeError(f"`{found[0]}` is no number that a value can hold")
    if len(digits) > INTEGER_DIGITS_MAX:
        raise NumberTooLargeError(f"a number of {len(digits)} digits; at most {INTEGER_DIGITS_MAX} are read")
    if kind == "float":
        value = float(digits)
        if value in (float("inf"), float("-inf")):
            raise NumberTooLargeError(f"`{digits}` is beyond the largest floating point number, 1.8e308")
        return value
    return int(digits, {"dec": 10, "oct": 8, "hex": 16}[kind or "dec"])
