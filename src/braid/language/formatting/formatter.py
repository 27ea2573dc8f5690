"""Workflow text → the same in the usual layout. Only white space between the pieces of the text changes.

A library's round trip (ruamel.yaml) was tried: it writes `[{log: a}]` as `[log: a]` and moves comments. Here every
piece is copied as it stands, and what comes out is read again and compared before anyone gets it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

import msgspec
import yaml
from yaml.cyaml import CParser
from yaml.events import Event

from braid.diagnostics import Diagnostic, DiagnosticsError, Source, Span
from braid.language.document import read_document
from braid.language.formatting.block_scalars import BlockText, block_text
from braid.language.formatting.lines import Line, written
from braid.language.formatting.pieces import (
    BREAK,
    CLOSERS,
    OPENERS,
    Change,
    Closed,
    KeyBegins,
    Opened,
    Piece,
    Remark,
    pieces_of,
    remarks,
    unified,
)

INDENT = 2


def format_text(text: str | bytes, name: str) -> str:
    """The text in the usual layout: two spaces a level, lists deeper than their key, at most one empty line.

    Every word, quote, comment, anchor and line of a block scalar stays what and where it is, so that the definition
    of the workflow stays the same. Formatting again changes nothing.

    Args:
        text: Bytes are UTF-8. It needn't be a right workflow, only YAML that Braid reads.
        name: How diagnostics name the file.

    Raises:
        DiagnosticsError: Everything that keeps it from being read.
    """
    source = read_document(text, name).source
    before = _Layout(unified(source.text))
    text = before.text()
    try:
        after = _Layout(text)
        after.text()
        kept = before.comments == after.comments and _mean_the_same(before.source, text)
    except yaml.YAMLError:
        kept = False
    if not kept:
        raise DiagnosticsError([_not_formatted(source)])
    return text


def _mean_the_same(before: str, after: str) -> bool:
    """Whether a parser says the same of both, but for the places."""
    return all(_facts(left) == _facts(right) for left, right in zip_longest(_events(before), _events(after)))


def _events(text: str) -> Iterator[Event]:
    parser = CParser(text)
    while (event := parser.get_event()) is not None:
        yield event


def _facts(event: Event | None) -> tuple[Any, ...]:  # Any: only compared
    if event is None:
        return ()
    event.start_mark = event.end_mark = None
    return type(event), vars(event)


def _not_formatted(source: Source) -> Diagnostic:
    return Diagnostic(
        "not-formatted",
        "this file can't be formatted without changing what it means",
        Span(source, 0, 0),
        help="it is left as it is; this is a mistake in Braid: please report it with the file",
    )


class _Block(msgspec.Struct, frozen=True):
    """A block collection that is open.

    Attributes:
        beside_key: A list whose dashes stood in the column of the key above, which YAML allows.
    """

    is_list: bool
    old: int
    new: int
    beside_key: bool = False


class _Flow(msgspec.Struct, frozen=True):
    """A bracket that is open: in which columns lines inside begin, and one with the closing bracket."""

    inner: int
    closing: int


class _Layout:
    """Goes through the pieces of one text once."""

    def __init__(self, text: str) -> None:
        self.source = text
        self.pieces, self.last_changes = pieces_of(text)
        self.lines: list[Line] = []
        self.blocks: list[_Block] = []
        self.flows: list[_Flow] = []
        self.line = Line()
        self.line_parts: list[str] = []
        self.line_width = 0
        self.line_column = 0
        self.line_in_flow = False
        self.ends_without_break = False
        self.comments: list[str] = []

    def text(self) -> str:
        previous: Piece | None = None
        end = 0
        for index, piece in enumerate(self.pieces):
            gap = self.source[end : piece.start]
            breaks = previous is None or BREAK.search(gap) is not None
            before = list(self.blocks) if breaks else []
            begins_key = self._open_and_close(piece.changes, piece)
            if breaks:
                column = self._column(previous, piece, begins_key)
                self._end_line(gap if previous else f"\n{gap}", end, before, (piece.column, column), piece)
                self._begin_line(" " * column)
                self.line_column, self.line_in_flow = column, bool(self.flows)
            elif previous:
                self._add(_space(previous, piece))
            end = self._write(index, piece)
            previous = piece
        before = list(self.blocks)
        self._open_and_close(self.last_changes, None)
        self._end_line(f"{self.source[end:]}\n", end, before, (0, 0), None)
        return "\n".join(written(self.lines)) + ("" if self.ends_without_break else "\n")

    # What is open

    def _open_and_close(self, changes: list[Change], piece: Piece | None) -> bool:
        """Whether the piece begins a key."""
        begins_key = False
        for change in changes:
            match change:
                case Opened(is_list=is_list, column=column):
                    self.blocks.append(_Block(is_list, column, self._deeper()))
                case Closed():
                    self._leave_list_beside_key()
                    self.blocks.pop()
                case KeyBegins() if not self.flows:
                    self._leave_list_beside_key()
                    begins_key = True
        if piece and piece.kind == "-" and not self.blocks[-1].is_list:
            self.blocks.append(_Block(True, piece.column, self._deeper(), beside_key=True))
        return begins_key

    def _leave_list_beside_key(self) -> None:
        if self.blocks[-1].beside_key:
            self.blocks.pop()

    def _deeper(self) -> int:
        return self.blocks[-1].new + INDENT if self.blocks else 0

    def _column(self, previous: Piece | None, piece: Piece, begins_key: bool) -> int:
        """Where a line begins that begins with this piece."""
        if piece.kind == "marker":
            return 0
        if self.flows:
            flow = self.flows[-1]
            if piece.kind in CLOSERS:
                return flow.closing
            return flow.inner + (INDENT if previous and previous.kind == ":" else 0)
        if self.blocks and (begins_key or piece.kind in {"-", ":"}):
            return self.blocks[-1].new
        return self._deeper()

    # Writing

    def _write(self, index: int, piece: Piece) -> int:
        """Append a piece to the line; gives where what was written ends in the source."""
        text = self.source[piece.start : piece.end]
        if piece.kind in CLOSERS:
            self.flows.pop()
        if piece.kind == "scalar" and "\n" in text:
            self._write_long(text, piece.double_quoted)
            return piece.end
        self._add(text)
        if piece.kind in OPENERS:
            self._open_flow(index, piece)
        if piece.kind == "header":
            return self._write_block(piece)
        return piece.end

    def _open_flow(self, index: int, piece: Piece) -> None:
        following = self.pieces[index + 1]
        if BREAK.search(self.source, piece.end, following.start):
            # The closing bracket too must stand deeper than the key: YAML 1.2 wants it, and editors complain.
            base = self.line_column if self.line_in_flow else self._deeper()
            self.flows.append(_Flow(base + INDENT, base))
        else:
            self.flows.append(_Flow(self.line_width, self.line_width - 1))

    def _write_long(self, text: str, double_quoted: bool) -> None:
        """A plain or quoted scalar of several lines: white space round its breaks has no meaning."""
        indent = " " * (self.line_column + INDENT if self.flows else max(self._deeper(), INDENT))
        first, *others = text.split("\n")
        rest = [_stripped(line.lstrip(" \t"), double_quoted) for line in others[:-1]]
        self._add(_stripped(first, double_quoted))
        for line in [*rest, others[-1].lstrip(" \t")]:
            self._end_this_line()
            self._begin_line(indent + line if line else "")

    def _write_block(self, piece: Piece) -> int:
        # Dashes in the column of a key are no level of their own to YAML.
        outer = next((block.old for block in reversed(self.blocks) if not block.beside_key), -1)
        block = block_text(self.source, piece, outer)
        if not block.lines:
            return piece.end
        comment = next(
            iter(remarks(self.source[piece.end : block.start], piece.end - self._line_start(piece.end))), None
        )
        self._add_comment(comment, piece.end)
        self._end_this_line()
        base = self.blocks[-1].new if self.blocks else -1
        indent = " " * (max(base, 0) + block.own_indent if block.own_indent else max(base, 0) + INDENT)
        self._add_text(block, indent)
        return block.end

    def _add_text(self, block: BlockText, indent: str) -> None:
        *lines, last = [f"{indent}{line}" if line else "" for line in block.lines]
        self.lines += map(Line, lines)
        self._begin_line(last)
        self.ends_without_break = block.is_open

    def _begin_line(self, code: str) -> None:
        self.line, self.line_parts, self.line_width = Line(), [code], len(code)

    def _add(self, code: str) -> None:
        self.line_parts.append(code)
        self.line_width += len(code)

    def _end_this_line(self) -> None:
        self.line.code = "".join(self.line_parts)
        self.lines.append(self.line)

    # Between lines

    def _line_start(self, offset: int) -> int:
        return self.source.rfind("\n", 0, offset) + 1

    def _add_comment(self, remark: Remark | None, end: int) -> None:
        if remark and remark.text:
            self.comments.append(remark.text)
            self.line.comment, self.line.comment_column = remark.text, remark.column
            self.line.gap = remark.column - (end - self._line_start(end))

    def _end_line(
        self, gap: str, end: int, before: list[_Block], place: tuple[int, int], following: Piece | None
    ) -> None:
        """Write the lines between two pieces: comments, and at most one empty line in a row.

        Args:
            gap: The characters between.
            end: Where they begin.
            before: What was open there.
            place: The column of the next piece, as it was and as it will be.
            following: The next piece.
        """
        first, *others = remarks(gap, end - self._line_start(end))
        self._add_comment(first, end)
        if self.pieces and (following is not self.pieces[0]):
            self._end_this_line()
        columns = _columns(before, self.blocks, place)
        under = first.column if first.text else -1
        wants_empty = False
        for remark in others:
            if not remark.text:
                under, wants_empty = -1, bool(self.lines)
                continue
            self.comments.append(remark.text)
            self.lines += [Line()] * wants_empty
            wants_empty = False
            if remark.column == under:
                self.lines.append(Line("", remark.text, remark.column))
            else:
                under = -1
                self.lines.append(Line(" " * self._comment_column(remark, columns) + remark.text))
        self.lines += [Line()] * (wants_empty and following is not None)

    def _comment_column(self, remark: Remark, columns: dict[int, int]) -> int:
        if self.flows:
            return self.flows[-1].inner
        return columns[max((old for old in columns if old <= remark.column), default=min(columns))]


def _columns(before: list[_Block], after: list[_Block], place: tuple[int, int]) -> dict[int, int]:
    """Columns where comments between two pieces could have stood → where those will stand. Inner ones win."""
    columns = {block.old: block.new for block in [*before, *after]}
    columns[place[0]] = place[1]
    return columns


def _space(left: Piece, right: Piece) -> str:
    """What stands between two pieces on a line."""
    if left.kind in OPENERS or right.kind in CLOSERS or right.kind == ",":
        return " " if left.kind == ":" else ""  # `{a: }`: readers of YAML 1.1 take `a:}` for a word
    if right.kind == ":":
        # `*a:` and `&a:` would be other names.
        return " " if left.kind in {"alias", "anchor", "tag", "?", ",", ":"} else ""
    return " "


def _stripped(line: str, double_quoted: bool) -> str:
    """Without white space at the end, except for one that a backslash makes a part of the text."""
    found = line.rstrip(" \t")
    backslashes = len(found) - len(found.rstrip("\\"))
    return found + line[len(found) : len(found) + 1] if double_quoted and backslashes % 2 else found
