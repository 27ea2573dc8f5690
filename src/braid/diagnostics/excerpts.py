"""Lines of a source with the places in them marked, as rustc shows them.

Places that stand near each other in one file share an excerpt: the one that the problem is at has carets, others
have dashes, and each may have a text beside or below its marks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from braid.diagnostics.source import Label, Source, Span
from braid.diagnostics.terminal_text import char_columns, columns, escaped, wrapped

_TAB = "    "
_LINES_APART_MAX = 6
"""Places further from each other than this have excerpts of their own."""

_LINES_BETWEEN_MAX = 2
"""More lines than this between two places are left out."""

_TEXT_COLUMNS_MIN = 28
"""A text is not squeezed into fewer; it begins further left instead."""

Paint = Callable[[str, str], str]
"""Style and text → the text in that style."""


class Mark(msgspec.Struct, frozen=True):
    """A place to mark, and what to say there."""

    span: Span
    text: str
    main: bool
    """It is the place of the problem, not a further one."""


class Excerpt(msgspec.Struct, frozen=True):
    """Some lines of one source; `marks` begins with the place that stands above it."""

    marks: list[Mark]

    @property
    def source(self) -> Source:
        return self.marks[0].span.source

    def lines(self, gutter: int, width: int, text_width: int | None, paint: Paint) -> list[str]:
        """The excerpt with a gutter for numbers of `gutter` digits.

        Args:
            width: Columns for a source line.
            text_width: Columns for what is said about a place; None when it stands in one line however long it is.
        """
        first = self.marks[0]
        line, column = self.source.position(first.span.start)
        arrow = "-->" if first.main else ":::"
        bar = paint("frame", " " * (gutter + 1) + "|")
        shown = [paint("frame", " " * gutter + arrow) + f" {one_line(self.source.name)}:{line}:{column}", bar]
        by_line: dict[int, list[Mark]] = {}
        for mark in self.marks:
            by_line.setdefault(mark.span.line, []).append(mark)
        before: int | None = None
        for number in sorted(by_line):
            if before is not None and number - before - 1 > _LINES_BETWEEN_MAX:
                shown.append(paint("frame", "..."))
            elif before is not None:
                for between in range(before + 1, number):
                    text, _ = _whole(self.source, between, width)
                    shown.append(f"{paint('frame', f'{between:>{gutter}} |')} {text}".rstrip())
            text, spots = _marked(by_line[number], number, width)
            shown.append(f"{paint('frame', f'{number:>{gutter}} |')} {text}".rstrip())
            shown += [f"{bar} {row}" for row in _below(spots, text_width, paint)]
            before = number
        return shown


def excerpts(main: Span | None, label: str, related: Sequence[Label], width: int) -> list[Excerpt]:
    """The excerpts that show all places, that of the problem first.

    Args:
        width: Columns for a source line. Two places of one line that it can't hold have an excerpt each.
    """
    marks = [] if main is None else [Mark(main, label, True)]
    marks += [Mark(each.span, each.text, False) for each in related]
    found: list[Excerpt] = []
    for mark in marks:
        home = next((excerpt for excerpt in found if _belongs(mark, excerpt, width)), None)
        if home is None:
            found.append(Excerpt([mark]))
        else:
            home.marks.append(mark)
    return found


def _belongs(mark: Mark, excerpt: Excerpt, width: int) -> bool:
    if mark.span.source is not excerpt.source:
        return False
    line = mark.span.line
    lines = [other.span.line for other in excerpt.marks]
    if min(abs(line - other) for other in lines) > _LINES_APART_MAX:
        return False
    return line not in lines or _whole(excerpt.source, line, width)[1]


def _whole(source: Source, line: int, width: int) -> tuple[str, bool]:
    """A line from its beginning, cut to the width, and whether nothing had to be cut."""
    start, end = source.line_bounds(line)
    pieces = [_shown(char) for char in source.text[start : min(end, start + width + 1)]]
    kept, cut = _fit(pieces, width)
    if not cut:
        return "".join(kept), True
    return "".join(_fit(pieces, width - 1)[0]) + "…", False


class _Spot(msgspec.Struct, frozen=True):
    """A mark in columns of the shown line."""

    start: int
    columns: int
    mark: Mark

    @property
    def end(self) -> int:
        return self.start + self.columns


def _marked(marks: Sequence[Mark], line: int, width: int) -> tuple[str, list[_Spot]]:
    if len(marks) == 1:
        text, before, marked = _window(marks[0].span, line, width)
        return text, [_Spot(before, marked, marks[0])]
    source = marks[0].span.source
    start, end = source.line_bounds(line)
    spots = []
    for mark in marks:
        left = min(mark.span.start, end)
        right = max(min(mark.span.end, end), left)
        before = _columns(_shown(char) for char in source.text[start:left])
        marked = _columns(_shown(char) for char in source.text[left:right])
        spots.append(_Spot(before, max(marked, 1), mark))
    return _whole(source, line, width)[0], spots


def _below(spots: list[_Spot], width: int | None, paint: Paint) -> list[str]:
    """The rows under a line: the marks, and what is said about each, the rightmost first."""
    # Further places first, so that the problem's carets are drawn over them.
    cells: dict[int, tuple[str, str]] = {}
    for spot in sorted(spots, key=lambda spot: spot.mark.main):
        cells.update(dict.fromkeys(range(spot.start, spot.end), ("^" if spot.mark.main else "-", _style(spot))))
    marks = _row(cells, paint)
    told = sorted((spot for spot in spots if spot.mark.text), key=lambda spot: (spot.start, spot.end), reverse=True)
    if not told:
        return [marks]
    rows = []
    text = one_line(told[0].mark.text)
    beside = told[0].end == max(cells) + 1
    if beside and (width is None or told[0].end + 1 + columns(text) <= width):
        rows.append(f"{marks} {paint(_style(told[0]), text)}")
        told = told[1:]
        if told:
            rows.append(_connectors(told, paint))
    else:
        rows.append(marks)
        if len(spots) > 1:
            rows.append(_connectors(told, paint))
    for index, spot in enumerate(told):
        left = [other for other in told[index + 1 :] if other.start < spot.start]
        rows += _said(spot, left, width, paint)
    return rows


def _connectors(spots: Iterable[_Spot], paint: Paint) -> str:
    return _row({spot.start: ("|", _style(spot)) for spot in sorted(spots, key=lambda spot: spot.mark.main)}, paint)


def _said(spot: _Spot, left: Sequence[_Spot], width: int | None, paint: Paint) -> list[str]:
    """A text below its mark; it begins further left when there is little room and nothing stands in the way."""
    text = one_line(spot.mark.text)
    if width is None:
        lines, column = [text], spot.start
    else:
        column = spot.start if left else min(spot.start, max(width - columns(text), width - _TEXT_COLUMNS_MIN, 0))
        lines = wrapped(text, max(width - column, _TEXT_COLUMNS_MIN))
    lead = _row({other.start: ("|", _style(other)) for other in reversed(left)}, paint, upto=column)
    return [lead + paint(_style(spot), line) for line in lines]


def _style(spot: _Spot) -> str:
    return "main" if spot.mark.main else "frame"


def _row(cells: dict[int, tuple[str, str]], paint: Paint, upto: int | None = None) -> str:
    """Characters at their columns; neighbours of one style are painted together."""
    end = max(cells, default=-1) + 1 if upto is None else upto
    pieces: list[str] = []
    run, style = "", ""
    for column in range(end):
        char, its = cells.get(column, (" ", ""))
        if its != style and run:
            pieces.append(paint(style, run) if style else run)
            run = ""
        run, style = run + char, its
    if run:
        pieces.append(paint(style, run) if style else run)
    return "".join(pieces)


def _window(span: Span, line: int, width: int) -> tuple[str, int, int]:
    """The part of a line round the span, the columns before the marks, and the columns marked."""
    line_start, line_end = span.source.line_bounds(line)
    text = span.source.text
    start = min(span.start, line_end)
    end = max(min(span.end, line_end), start)

    # No more than this is looked at, however long the line is. A character is at most six columns
    # wide when escaped.
    left = max(line_start, start - width)
    right = min(line_end, start + width)
    before = [_shown(char) for char in text[left:start]]
    marked = [_shown(char) for char in text[start : min(end, right)]]
    after = [_shown(char) for char in text[min(end, right) : right]]

    ending = "…" if right < line_end else ""
    if left > line_start or _columns(before) + _columns(marked) + _columns(after) + len(ending) > width:
        before, cut_left = _fit(before, width // 3, from_end=True)
        cut_left = cut_left or left > line_start
        marked, cut_marked = _fit(marked, width - _columns(before) - 2)
        after, cut_after = _fit(after, width - _columns(before) - _columns(marked) - 2)
        if cut_left:
            before.insert(0, "…")
        if cut_marked:
            after = []
        ending = "…" if ending or cut_marked or cut_after else ""
    shown = "".join((*before, *marked, *after, ending))
    return shown, _columns(before), max(_columns(marked), 1)


def _fit(pieces: Sequence[str], limit: int, *, from_end: bool = False) -> tuple[list[str], bool]:
    kept: list[str] = []
    used = 0
    for piece in reversed(pieces) if from_end else pieces:
        used += _columns([piece])
        if used > limit:
            return (kept[::-1] if from_end else kept), True
        kept.append(piece)
    return (kept[::-1] if from_end else kept), False


def _shown(char: str) -> str:
    return _TAB if char == "\t" else escaped(char)


def _columns(pieces: Iterable[str]) -> int:
    return sum(char_columns(char) for piece in pieces for char in piece)


def one_line(text: str) -> str:
    """The text for a terminal, in one line whatever is in it."""
    return escaped(text.replace("\n", "\\n"))
