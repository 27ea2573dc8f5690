"""Text for terminals: what must not reach one as it is, and how many columns the rest takes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

# Control characters, lone surrogates, line separators, and the bidirectional controls with which
# a file can be made to look like another one (CVE-2021-42574).
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)


def escaped(text: str) -> str:
    """The text with every control character, line breaks included, as `\\x1b` or `\\u202e`."""
    return _UNPRINTABLE.sub(_code, text)


def columns(text: str) -> int:
    """Columns of a terminal, after Unicode Standard Annex #11; combining characters take none."""
    return len(text) if text.isascii() else sum(char_columns(char) for char in text)


def char_columns(char: str) -> int:
    """Columns of one character: 0, 1 or 2."""
    if char < "\x7f":
        return 1
    if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


_WORD = re.compile(r"(?:`[^`]*`|\S)+")


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width` columns, broken at spaces, those in backquotes left out where that is possible.

    A longer word stays whole, so that it can be copied. Space at the beginning is kept.
    """
    if columns(text) <= width:
        return [text]
    lines: list[str] = []
    line = text[: len(text) - len(text.lstrip())]
    for word in _words(text, width):
        if line.strip() and columns(line) + 1 + columns(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line.strip() else line + word
    return [*lines, line]


def _words(text: str, width: int) -> Iterator[str]:
    for found in _WORD.finditer(text):
        if columns(found[0]) <= width:
            yield found[0]
        else:
            yield from found[0].split()


def _code(found: re.Match[str]) -> str:
    point = ord(found.group())
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}"
