"""Diagnostics as workflow commands of GitHub Actions, which shows them beside the lines of a pull request.

https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Iterable

from braid.diagnostics.diagnostic import Diagnostic, in_order, without_surrogates


def to_github(diagnostics: Iterable[Diagnostic]) -> str:
    """A line for each diagnostic; no newline at the end."""
    return "\n".join(_command(each) for each in in_order(diagnostics))


def _command(diagnostic: Diagnostic) -> str:
    properties: dict[str, object] = {}
    span = diagnostic.span
    if span is not None:
        properties |= {"file": span.source.name, "line": span.line, "endLine": span.end_line}
        # GitHub refuses columns where a place has several lines.
        if span.line == span.end_line:
            properties |= {"col": span.column, "endColumn": span.end_column}
    properties["title"] = f"braid: {diagnostic.code}"
    given = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{diagnostic.severity} {given}::{_data(_message(diagnostic))}"


def _message(diagnostic: Diagnostic) -> str:
    """What one without the excerpt needs to know."""
    lines = [diagnostic.message]
    lines += [diagnostic.label] if diagnostic.label else []
    lines += [
        f"{label.text} ({label.span.source.name}:{label.span.line}:{label.span.column})" for label in diagnostic.related
    ]
    lines += [f"note: {note}" for note in diagnostic.notes]
    lines += [f"help: {diagnostic.help}"] if diagnostic.help else []
    return "\n".join(lines)


def _data(text: str) -> str:
    return without_surrogates(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
