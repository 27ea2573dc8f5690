"""Diagnostics as text for people: message, excerpt with carets, help."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from braid.diagnostics.diagnostic import Diagnostic, in_order
from braid.diagnostics.limits import DIAGNOSTICS_MAX
from braid.diagnostics.source import Span
from braid.diagnostics.terminal_text import char_columns, escaped

_WIDTH_DEFAULT = 120
_WIDTH_MIN = 40
_TAB = "    "

_RESET = "\x1b[0m"
_COLORS = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "frame": "\x1b[1;34m", "title": "\x1b[1m"}


def render_text(diagnostics: Iterable[Diagnostic], *, color: bool = False, width: int | None = None) -> str:
    """All diagnostics, sorted by file and place, an empty line between two; no newline at the end.

    Args:
        diagnostics: At most `DIAGNOSTICS_MAX` are shown; the rest is counted in the last line.
        color: Whether to use ANSI colours.
        width: Columns of the excerpt (120 when None, at least 40): a longer source line is cut to a
            window round the place. Messages are never cut.
    """
    ordered = in_order(diagnostics)
    page = _Page(color, max(width or _WIDTH_DEFAULT, _WIDTH_MIN))
    parts = [page.diagnostic(diagnostic) for diagnostic in ordered[:DIAGNOSTICS_MAX]]
    rest = len(ordered) - DIAGNOSTICS_MAX
    if rest > 0:
        parts.append(f"… and {rest} more problem{'s' if rest > 1 else ''}")
    return "\n\n".join(parts)


class _Page(msgspec.Struct, frozen=True):
    color: bool
    width: int

    def diagnostic(self, diagnostic: Diagnostic) -> str:
        severity = diagnostic.severity
        title = self._paint(severity, f"{severity}[{diagnostic.code}]")
        lines = [title + self._paint("title", f": {_one_line(diagnostic.message)}")]
        spans = [label.span for label in diagnostic.related]
        if diagnostic.span:
            spans.append(diagnostic.span)
        gutter = max((len(str(span.line)) for span in spans), default=1)
        if diagnostic.span:
            lines += self._excerpt(diagnostic.span, diagnostic.label, gutter, "-->", "^", severity)
        for label in diagnostic.related:
            lines += self._excerpt(label.span, label.text, gutter, ":::", "-", "frame")
        remarks = [("note", note) for note in diagnostic.notes]
        if diagnostic.help:
            remarks.append(("help", diagnostic.help))
        for kind, text in remarks:
            lines += self._remark(kind, text, gutter)
        return "\n".join(lines)

    def _excerpt(self, span: Span, label: str, gutter: int, arrow: str, mark: str, paint: str) -> list[str]:
        line, column = span.source.position(span.start)
        bar = self._paint("frame", " " * (gutter + 1) + "|")
        shown, before, marked = _window(span, line, max(self.width - gutter - 3, 10))
        marks = self._paint(paint, mark * marked + (f" {_one_line(label)}" if label else ""))
        place = f"{_one_line(span.source.name)}:{line}:{column}"
        return [
            self._paint("frame", " " * gutter + arrow) + f" {place}",
            bar,
            f"{self._paint('frame', f'{line:>{gutter}} |')} {shown}".rstrip(),
            f"{bar} {' ' * before}{marks}",
        ]

    def _remark(self, kind: str, text: str, gutter: int) -> list[str]:
        first, *more = (escaped(line) for line in text.split("\n"))
        indent = " " * (gutter + 1)
        lead = self._paint("frame", f"{indent}=") + self._paint("title", f" {kind}:")
        return [f"{lead} {first}", *(f"{indent}  {' ' * len(kind)}  {line}".rstrip() for line in more)]

    def _paint(self, name: str, text: str) -> str:
        return f"{_COLORS[name]}{text}{_RESET}" if self.color else text


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


def _fit(pieces: Sequence[str], columns: int, *, from_end: bool = False) -> tuple[list[str], bool]:
    kept: list[str] = []
    used = 0
    for piece in reversed(pieces) if from_end else pieces:
        used += _columns([piece])
        if used > columns:
            return (kept[::-1] if from_end else kept), True
        kept.append(piece)
    return (kept[::-1] if from_end else kept), False


def _shown(char: str) -> str:
    return _TAB if char == "\t" else escaped(char)


def _columns(pieces: Iterable[str]) -> int:
    return sum(char_columns(char) for piece in pieces for char in piece)


def _one_line(text: str) -> str:
    return escaped(text.replace("\n", "\\n"))
