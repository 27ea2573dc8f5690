"""Lines of a report: pieces with a style each, fitted into the columns that there are."""

from __future__ import annotations

from collections.abc import Iterable

from braid.diagnostics.terminal_text import columns
from braid.report.progress_view import Line, Piece
from braid.report.text import clipped, clipped_in_middle

DETAIL_COLUMNS_MIN = 6
"""A detail that would get less room is left out."""


def aligned(left: Piece, details: Iterable[Piece], right: Piece, width: int, lead: Piece | None = None) -> Line:
    """`lead left  detail  detail      right`: details are cut before `left`, and that before `right`."""
    taken = columns(lead.text) if lead is not None else 0
    room = width - (columns(right.text) + 2 if right.text else 0)
    label = clipped_in_middle(left.text, max(room - taken, 1))
    pieces = [lead, Piece(label, left.style)] if lead is not None else [Piece(label, left.style)]
    used = taken + columns(label)
    for detail in details:
        space = room - used - 2
        if space < min(DETAIL_COLUMNS_MIN, columns(detail.text)):
            break
        shown = clipped(detail.text, space)
        pieces += [Piece("  "), Piece(shown, detail.style)]
        used += 2 + columns(shown)
    if right.text:
        pieces.append(Piece(" " * max(width - used - columns(right.text), 1)))
        pieces.append(right)
    return tuple(piece for piece in pieces if piece is not None and piece.text)


def text_of(line: Line) -> str:
    """A line without its styles."""
    return "".join(piece.text for piece in line)


def field_lines(name: str, values: Iterable[Line], indent: int) -> list[Line]:
    """`name     value`, the further values below the first."""
    lines = []
    for value in values:
        lines.append((Piece(f"{name:<{indent}}", "dim"), *value))
        name = ""
    return lines
