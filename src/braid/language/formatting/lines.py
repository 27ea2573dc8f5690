"""Lines as they will be written, and where their comments go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

import msgspec

COMMENT_GAP_MIN: Final = 2
"""Spaces between the end of a line and its comment."""


class Line(msgspec.Struct):
    """One line.

    Attributes:
        code: With its indentation; complete if it is a line of a block scalar or a comment of its own.
        comment: What stands behind the code, or under the comment of the line before.
        comment_column: Where that stood.
        gap: How many characters were between the code and its comment.
    """

    code: str = ""
    comment: str = ""
    comment_column: int = 0
    gap: int = 0


def written(lines: Sequence[Line]) -> Iterator[str]:
    """The lines as text. Comments that stood under each other still do, as far from the longest line as before."""
    columns: dict[int, int] = {}
    commented = [(index, line) for index, line in enumerate(lines) if line.comment]
    for _, group in groupby(commented, key=lambda each: each[1].comment_column):
        members = list(group)
        column = _column([line for _, line in members])
        columns.update((index, column) for index, _ in members)
    for index, line in enumerate(lines):
        yield f"{line.code:<{columns[index]}}{line.comment}" if line.comment else line.code


def _column(lines: Iterable[Line]) -> int:
    group = [line for line in lines if line.code]
    gap = max(COMMENT_GAP_MIN, min((line.gap for line in group), default=0))
    return max((len(line.code) for line in group), default=0) + gap
