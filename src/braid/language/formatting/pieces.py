"""A YAML text as the pieces that are no white space, with what opens and closes between them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec
from yaml import tokens
from yaml.cyaml import CParser

_MARKS: Final = {
    tokens.BlockEntryToken: "-",
    tokens.ValueToken: ":",
    tokens.FlowMappingStartToken: "{",
    tokens.FlowSequenceStartToken: "[",
    tokens.FlowMappingEndToken: "}",
    tokens.FlowSequenceEndToken: "]",
    tokens.FlowEntryToken: ",",
    tokens.AnchorToken: "anchor",
    tokens.AliasToken: "alias",
    tokens.TagToken: "tag",
    tokens.DocumentStartToken: "marker",
    tokens.DocumentEndToken: "marker",
    tokens.DirectiveToken: "marker",
}
_HEADER: Final = re.compile(r"[|>][-+0-9]*")

BREAK: Final = re.compile("[\n\u2028\u2029]")
"""What ends a line between pieces; libyaml reads by YAML 1.1, which has more line breaks than 1.2."""

OPENERS: Final = frozenset("{[")
CLOSERS: Final = frozenset("}]")


class Opened(msgspec.Struct, frozen=True):
    """A block collection begins: a mapping, or a list whose dashes stand deeper than the key above."""

    is_list: bool
    column: int


class Closed(msgspec.Struct, frozen=True):
    """A block collection ends."""


class KeyBegins(msgspec.Struct, frozen=True):
    """The next piece is the first of a key."""


Change = Opened | Closed | KeyBegins


class Piece(msgspec.Struct):
    """Something written.

    Attributes:
        kind: The mark itself for one of `- ? : { [ } ] ,`; `anchor`, `alias`, `tag`, `marker`; `scalar` for one that
            is plain or quoted; `header` for the first line of a block scalar without its comment.
        changes: What opened and closed since the piece before.
    """

    kind: str
    start: int
    end: int
    column: int
    changes: list[Change]
    double_quoted: bool = False


def unified(text: str) -> str:
    """The text with line feeds only, for the breaks that YAML takes for such also inside of scalars."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n")


def pieces_of(text: str) -> tuple[list[Piece], list[Change]]:
    """The pieces of a text that was read before, and what closes after the last one."""
    found: list[Piece] = []
    changes: list[Change] = []
    parser = CParser(text)
    while (token := parser.get_token()) is not None:
        kind, start, end = type(token), token.start_mark.index, token.end_mark.index
        mark = _MARKS.get(kind)
        double_quoted = False
        if kind is tokens.BlockMappingStartToken or kind is tokens.BlockSequenceStartToken:
            changes.append(Opened(kind is tokens.BlockSequenceStartToken, token.start_mark.column))
        elif kind is tokens.BlockEndToken:
            changes.append(Closed())
        elif kind is tokens.KeyToken:
            changes.append(KeyBegins())
            mark = "?" if end > start else None
        elif kind is tokens.ScalarToken:
            mark = "scalar"
            double_quoted = token.style == '"'
            if token.style in {"|", ">"}:
                header = _HEADER.match(text, start)
                assert header, "libyaml found it there"
                mark, end = "header", header.end()
            elif start == end:
                mark = None
        if mark:
            found.append(Piece(mark, start, end, token.start_mark.column, changes, double_quoted))
            changes = []
    return found, changes


class Remark(msgspec.Struct, frozen=True):
    """A line between two pieces, or the rest of one after a piece: a comment, or nothing (`text` is empty)."""

    text: str
    column: int


def remarks(gap: str, column: int) -> Iterator[Remark]:
    """The lines of the white space and comments between two pieces; the last one, which holds the piece, left out.

    Args:
        gap: The characters between.
        column: Where the first of them stands.
    """
    *lines, _ = BREAK.split(gap)
    for line in lines:
        stripped = line.lstrip(" \t\ufeff")
        yield Remark(stripped.rstrip(), column + len(line) - len(stripped))
        column = 0
