"""One problem in the author's file, as a value."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from braid.diagnostics.source import Label, Span

if TYPE_CHECKING:
    from braid.diagnostics.fix import Fix

Severity = Literal["error", "warning"]

Json = dict[str, Any]  # Any: a JSON object for `--json`, written and never read back


class Diagnostic(msgspec.Struct, frozen=True):
    """One problem: what it is, where it stands and the way out.

    Attributes:
        code: Stable name in kebab-case; tests and editors rely on it.
        message: One sentence, names of the file in backquotes.
        span: The place; None when there is none (a file that can't be opened).
        label: What is wrong at that very place, shown beside the carets.
        help: What to write instead.
        severity: A warning doesn't keep a file from running.
        related: Further places, shown as excerpts of their own.
        notes: Further facts, a line each.
        fix: A change of the file after which this problem is gone, where there is one that is safe without asking.
    """

    code: str
    message: str
    span: Span | None
    label: str = ""
    help: str = ""
    severity: Severity = "error"
    related: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    fix: Fix | None = None


class DiagnosticsError(Exception):
    """A file has problems that keep it from being used; as text, all of them are rendered."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__(self.diagnostics)

    def __str__(self) -> str:
        from braid.diagnostics.rendering import render_text  # it imports this module

        return render_text(self.diagnostics)


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Sorted by file and place; what has no place comes first."""

    def place(diagnostic: Diagnostic) -> tuple[str, int, int]:
        span = diagnostic.span
        return (span.source.name, span.start, span.end) if span else ("", -1, -1)

    return sorted(diagnostics, key=place)


def to_json(diagnostics: Iterable[Diagnostic]) -> Json:
    """The document of `braid check --json`; lines and columns count characters from 1.

    `related`, `notes` and `fix` are there only when a diagnostic has some.
    """
    return {"diagnostics": [_one_to_json(diagnostic) for diagnostic in in_order(diagnostics)]}


def _one_to_json(diagnostic: Diagnostic) -> Json:
    found: Json = {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": without_surrogates(diagnostic.message),
        **_span_to_json(diagnostic.span),
        "help": without_surrogates(diagnostic.help) or None,
    }
    if diagnostic.related:
        found["related"] = [
            {"message": without_surrogates(label.text), **_span_to_json(label.span)} for label in diagnostic.related
        ]
    if diagnostic.notes:
        found["notes"] = [without_surrogates(note) for note in diagnostic.notes]
    if diagnostic.fix:
        edits = [{"text": without_surrogates(each.text), **_span_to_json(each.span)} for each in diagnostic.fix.edits]
        found["fix"] = {"message": without_surrogates(diagnostic.fix.title), "edits": edits}
    return found


def _span_to_json(span: Span | None) -> Json:
    if span is None:
        return dict.fromkeys(("file", "line", "column", "end_line", "end_column"))
    line, column = span.source.position(span.start)
    end_line, end_column = span.source.position(span.end)
    return {
        "file": span.source.name,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
    }


def without_surrogates(text: str) -> str:
    """Lone surrogates as `\\udXXX`: neither JSON nor a terminal can carry them."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
