"""Diagnostics as text for people: message, excerpt with carets, help."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from braid.diagnostics.diagnostic import Diagnostic, in_order
from braid.diagnostics.excerpts import Paint, excerpts, one_line
from braid.diagnostics.limits import DIAGNOSTICS_MAX
from braid.diagnostics.terminal_text import escaped, wrapped

_WIDTH_DEFAULT = 120
_WIDTH_MIN = 40

_RESET = "\x1b[0m"
_COLORS = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "frame": "\x1b[1;34m", "title": "\x1b[1m"}


def render_text(diagnostics: Iterable[Diagnostic], *, color: bool = False, width: int | None = None) -> str:
    """All diagnostics, sorted by file and place, an empty line between two; no newline at the end.

    Args:
        diagnostics: At most `DIAGNOSTICS_MAX` are shown; the rest is counted in the last line.
        color: Whether to use ANSI colours.
        width: Columns of the terminal, at least 40: a longer source line is cut to a window round the place, and
            what is said about it is wrapped at spaces. None where there is no terminal: lines are cut to 120 columns
            and nothing is wrapped. Nothing of a message is ever left out.
    """
    ordered = in_order(diagnostics)
    page = _Page(color, max(width or _WIDTH_DEFAULT, _WIDTH_MIN), width is not None)
    parts = [page.diagnostic(diagnostic) for diagnostic in ordered[:DIAGNOSTICS_MAX]]
    rest = len(ordered) - DIAGNOSTICS_MAX
    if rest > 0:
        parts.append(f"… and {rest} more problem{'s' if rest > 1 else ''}")
    return "\n\n".join(parts)


class _Page(msgspec.Struct, frozen=True):
    color: bool
    width: int
    wraps: bool

    def diagnostic(self, diagnostic: Diagnostic) -> str:
        severity = diagnostic.severity
        lines = self._title(diagnostic)
        spans = [label.span for label in diagnostic.related]
        if diagnostic.span:
            spans.append(diagnostic.span)
        gutter = max((len(str(span.line)) for span in spans), default=1)
        room = max(self.width - gutter - 3, 10)
        for excerpt in excerpts(diagnostic.span, diagnostic.label, diagnostic.related, room):
            lines += excerpt.lines(gutter, room, room if self.wraps else None, self._painter(severity))
        remarks = [("note", note) for note in diagnostic.notes]
        if diagnostic.help:
            remarks.append(("help", diagnostic.help))
        for kind, text in remarks:
            lines += self._remark(kind, text, gutter)
        return "\n".join(lines)

    def _title(self, diagnostic: Diagnostic) -> list[str]:
        kind = f"{diagnostic.severity}[{one_line(diagnostic.code)}]"
        text = f"{kind}: {one_line(diagnostic.message)}"
        first, *more = wrapped(text, self.width) if self.wraps else [text]
        # A code is never broken, as it has no spaces; what is left of the first line is message.
        lead = self._paint(diagnostic.severity, kind) + self._paint("title", first[len(kind) :])
        return [lead, *(self._paint("title", line) for line in more)]

    def _remark(self, kind: str, text: str, gutter: int) -> list[str]:
        indent = " " * (gutter + 1)
        lead = f"{indent}  {' ' * len(kind)}  "
        lines = [escaped(line) for line in text.split("\n")]
        if self.wraps:
            lines = [part for line in lines for part in wrapped(line, max(self.width - len(lead), 10))]
        first = self._paint("frame", f"{indent}=") + self._paint("title", f" {kind}:")
        return [f"{first} {lines[0]}", *(f"{lead}{line}".rstrip() for line in lines[1:])]

    def _painter(self, severity: str) -> Paint:
        return lambda style, text: self._paint(severity if style == "main" else style, text)

    def _paint(self, name: str, text: str) -> str:
        return f"{_COLORS[name]}{text}{_RESET}" if self.color else text
