"""`# braid: allow(CODE)`: a comment that silences a warning on its line, or on the line below it.

A comment at the end of a line is about that line; one that has a line of its own is about the next line that is none.
What stands in a text of several lines can be allowed where the text begins: in it there is no room for a comment.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from braid.diagnostics import Diagnostic, Source, Span, nearest
from braid.language.compiler import Compilation
from braid.language.document import MappingNode, Node, ScalarNode, SequenceNode

MARK: Final = "braid:"
"""What a file without allowances doesn't have in it, most likely."""

_COMMENT = re.compile(r"(?:(?<=\s)|^)#[ \t]*braid:[ \t]*allow\(([^()\r\n]*)\)", re.MULTILINE)
_CODE = re.compile(r"[^\s,]+")


class Allowance(msgspec.Struct):
    """One code that is allowed.

    Attributes:
        line: That it is about.
    """

    code: str
    span: Span
    line: int
    used: bool = False


class Allowances(msgspec.Struct):
    """Those of one file."""

    source: Source
    all: list[Allowance]
    texts: list[ScalarNode]
    """Texts over several lines, in the order of the file; none when there is nothing to allow."""
    by_line: dict[int, list[Allowance]] = msgspec.field(default_factory=dict)

    @classmethod
    def of(cls, source: Source, root: Node) -> Allowances:
        """Find the comments in the text of a file.

        Args:
            root: Its content, to tell comments from what only looks like one in a text.
        """
        if MARK not in source.text:
            return cls(source, [], [])
        scalars = sorted(_scalars(root), key=lambda node: node.start)
        starts = [node.start for node in scalars]
        found: list[Allowance] = []
        for comment in _COMMENT.finditer(source.text):
            before = bisect_right(starts, comment.start()) - 1
            if before >= 0 and _is_text(scalars[before], comment.start()):
                continue
            line = _line_of(source, comment.start())
            for code in _CODE.finditer(source.text, comment.start(1), comment.end(1)):
                found.append(Allowance(code.group(), Span(source, code.start(), code.end()), line))
        by_line: dict[int, list[Allowance]] = {}
        for each in found:
            by_line.setdefault(each.line, []).append(each)
        return cls(source, found, [node for node in scalars if "\n" in source.text[node.start : node.end]], by_line)

    def allow(self, diagnostic: Diagnostic) -> bool:
        """Whether the file allows it; takes note that the allowance is of use."""
        span = diagnostic.span
        if diagnostic.severity != "warning" or span is None or span.source is not self.source:
            return False
        lines = {span.line}
        index = bisect_right(self.texts, span.start, key=lambda text: text.start) - 1
        if index >= 0 and span.start < self.texts[index].end:
            lines.add(self.texts[index].span.line)
        fitting = [each for line in lines for each in self.by_line.get(line, ()) if each.code == diagnostic.code]
        for each in fitting:
            each.used = True
        return bool(fitting)

    def filter(self, found: list[Diagnostic], file: Compilation) -> list[Diagnostic]:
        """What is left of what was found; the warnings of the file's plan are thinned out likewise."""
        if not self.all:
            return found
        file.plan.warnings = tuple(each for each in file.plan.warnings if not self.allow(each))
        return [each for each in found if not self.allow(each)]

    def diagnostics(self) -> Iterator[Diagnostic]:
        """About allowances that allow nothing."""
        useless = [each for each in self.all if not each.used]
        if not useless:
            return
        from braid.diagnostics.pages import codes

        known = frozenset(codes())
        for each in useless:
            if each.code not in known:
                close = nearest(each.code, sorted(known))
                yield Diagnostic(
                    "unknown-allow",
                    f"there is no code `{each.code}`",
                    each.span,
                    help=f"did you mean `{close}`?" if close else "a warning shows its code in brackets",
                    severity="warning",
                )
            else:
                yield Diagnostic(
                    "unused-allow",
                    f"line {each.line} has no warning `{each.code}`",
                    each.span,
                    label="allows nothing",
                    help="take it away; an error can't be allowed",
                    severity="warning",
                )


def _is_text(node: ScalarNode, offset: int) -> bool:
    """Whether a place is a part of a text; beside the `|` that begins one there is room for a comment."""
    is_block = node.style in ("literal", "folded")
    return offset < node.end and (not is_block or "\n" in node.source.text[node.start : offset])


def without_allowed(compilations: Iterable[Compilation], found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """What was found in files without errors, but for what they allow."""
    left = list(found)
    for file in compilations:
        left = Allowances.of(file.plan.source, file.origin).filter(left, file)
    return left


def _line_of(source: Source, comment: int) -> int:
    """The line that a comment is about."""
    line = source.position(comment)[0]
    start, _ = source.line_bounds(line)
    if source.text[start:comment].strip():
        return line
    while True:
        line += 1
        try:
            text = source.line_text(line).strip()
        except IndexError:
            return line - 1
        if text and not text.startswith("#"):
            return line


def _scalars(node: Node) -> Iterator[ScalarNode]:
    match node:
        case ScalarNode():
            yield node
        case SequenceNode(items=items):
            for item in items:
                yield from _scalars(item)
        case MappingNode(entries=entries):
            for entry in entries:
                yield entry.key
                yield from _scalars(entry.value)
