"""Diagnostics as SARIF 2.1.0, which code scanning and editors read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from braid.diagnostics.diagnostic import Diagnostic, in_order, without_surrogates
from braid.diagnostics.fix import Edit, Fix
from braid.diagnostics.pages import Page, Paragraph, has_page, read_page
from braid.diagnostics.source import Label, Span

Json = dict[str, Any]  # Any: a JSON object, written and never read back

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def to_sarif(diagnostics: Iterable[Diagnostic], version: str) -> Json:
    """One run with a result for each diagnostic, and a rule for each code that occurs.

    Args:
        version: That of Braid.
    """
    found = in_order(diagnostics)
    codes = sorted({each.code for each in found})
    driver: Json = {"name": "braid", "version": version, "rules": [_rule(code) for code in codes]}
    run: Json = {
        "tool": {"driver": driver},
        # Ours count characters as Python does; the default would be UTF-16 code units.
        "columnKind": "unicodeCodePoints",
        "results": [_result(each, codes.index(each.code)) for each in found],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str) -> Json:
    rule: Json = {"id": code, "name": "".join(word.capitalize() for word in code.split("-"))}
    if has_page(code):
        page = read_page(code)
        rule["shortDescription"] = {"text": page.summary}
        rule["fullDescription"] = {"text": _prose(page)}
        rule["help"] = {"text": _prose(page), "markdown": _markdown(page)}
    return rule


def _prose(page: Page) -> str:
    return " ".join([page.summary, *(part.text for part in page.parts if isinstance(part, Paragraph))])


def _markdown(page: Page) -> str:
    blocks = [page.summary]
    for part in page.parts:
        if isinstance(part, Paragraph):
            blocks.append(part.text)
        else:
            heading = f"{(part.role or part.file).capitalize()}:\n\n" if part.role or part.file else ""
            blocks.append(f"{heading}```{part.language}\n{part.text}```")
    return "\n\n".join(blocks)


def _result(diagnostic: Diagnostic, rule: int) -> Json:
    result: Json = {
        "ruleId": diagnostic.code,
        "ruleIndex": rule,
        "level": diagnostic.severity,
        "message": _message("\n".join(filter(None, (diagnostic.message, *diagnostic.notes, diagnostic.help)))),
    }
    if diagnostic.span is not None:
        location: Json = {"physicalLocation": _place(diagnostic.span)}
        if diagnostic.label:
            location["message"] = _message(diagnostic.label)
        result["locations"] = [location]
    if diagnostic.related:
        result["relatedLocations"] = [_related(number, label) for number, label in enumerate(diagnostic.related, 1)]
    if diagnostic.fix is not None:
        result["fixes"] = [_fix(diagnostic.fix)]
    return result


def _related(number: int, label: Label) -> Json:
    return {"id": number, "message": _message(label.text), "physicalLocation": _place(label.span)}


def _fix(fix: Fix) -> Json:
    by_file: dict[str, list[Edit]] = {}
    for edit in fix.edits:
        by_file.setdefault(edit.span.source.name, []).append(edit)
    changes = [
        {"artifactLocation": _artifact(name), "replacements": [_replacement(edit) for edit in edits]}
        for name, edits in by_file.items()
    ]
    return {"description": _message(fix.title), "artifactChanges": changes}


def _replacement(edit: Edit) -> Json:
    return {"deletedRegion": _region(edit.span), "insertedContent": {"text": without_surrogates(edit.text)}}


def _place(span: Span) -> Json:
    return {"artifactLocation": _artifact(span.source.name), "region": _region(span)}


def _region(span: Span) -> Json:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }


def _artifact(name: str) -> Json:
    path = PurePath(name)
    if path.is_absolute():
        return {"uri": path.as_uri()}
    return {"uri": quote(without_surrogates(path.as_posix()))}


def _message(text: str) -> Json:
    return {"text": without_surrogates(text)}
