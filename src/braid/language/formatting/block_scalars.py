"""The lines of a block scalar (`|`, `>`), without the indentation that isn't part of its text."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from braid.language.formatting.pieces import Piece

_DIGIT = re.compile("[1-9]")


class BlockText(msgspec.Struct, frozen=True):
    """What stands under the header.

    Attributes:
        lines: None when there is no text.
        start, end: From the line after the header to the end of the last line, its break left out.
        own_indent: The number of the header (`|2`), 0 if it has none.
        is_open: The file ends with it, without a line break; one more would be part of the text.
    """

    lines: list[str]
    start: int
    end: int
    own_indent: int
    is_open: bool


def block_text(text: str, header: Piece, outer: int) -> BlockText:
    """The text of the block scalar with this header.

    Args:
        outer: The column of the collection it stands in; -1 for none.
    """
    written = text[header.start : header.end]
    digit = _DIGIT.search(written)
    own_indent = int(digit.group()) if digit else 0
    start = text.find("\n", header.end) + 1 or len(text)
    indent = max(outer, 0) + own_indent if own_indent else 0
    lines: list[str] = []
    taken = 0  # without the empty lines at the end
    is_open = False
    for line, breaks in _lines(text, start):
        is_empty = not line.strip(" ")
        width = len(line) - len(line.lstrip(" "))
        if not is_empty and not indent:
            if width <= outer:
                break
            indent = width
        if (not is_empty and width < indent) or (is_empty and not breaks and not 0 < indent < width):
            break
        lines.append(line)
        if not is_empty or (indent and width > indent):
            taken, is_open = len(lines), not breaks
    keeps = "+" in written
    lines = lines if keeps else lines[:taken]
    end = start + sum(len(line) + 1 for line in lines) - 1
    found = [line[indent:] if indent else "" for line in lines]
    return BlockText(found, start, end if found else header.end, own_indent, is_open and "-" not in written)


def _lines(text: str, start: int) -> Iterator[tuple[str, bool]]:
    """Lines, each with whether a break ends it."""
    while start < len(text):
        end = text.find("\n", start)
        if end < 0:
            yield text[start:], False
            return
        yield text[start:end], True
        start = end + 1
