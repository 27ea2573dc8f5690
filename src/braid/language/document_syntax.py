"""libyaml's complaints in the words of a person who writes workflows.

libyaml says what its scanner was doing; the author needs the slip that was made. Each function
below knows one slip, looks at the lines concerned and gives None when it was another one.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec
import yaml

from braid.diagnostics import Diagnostic, Label, Source, Span
from braid.language.document_problems import (
    expression_end,
    put_in_quotes,
    several_documents,
    shortened,
    unquoted_expression,
    write,
)
from braid.language.slips import without_tabs

# Only so much of a line is looked at, so that a line of 10 MB costs nothing.
_LINE_CHARS_MAX = 10_000

_BARE_EXPRESSION = re.compile(r"""[^\S\r\n]*(?:-[ ]+)*(?:[^\s#'"{\[&*!|>%@`][^#'"{\[]*?:[ ]+)?(?=\{\{)""")
_EXPRESSION_IN_FLOW = re.compile(r"""[{,\[]\s*(?:[^\s{,\[:'"]+:\s+)?(?P<value>[^\s{,\[:'"][^{},\[\]'"]*\{\{)""")
_GLUED_PAIR = re.compile(r"""[ ]*(?:-[ ]+)*(?P<key>[A-Za-z_][\w-]*):(?P<value>[^\s:/][^\r\n]*)""")
_PAIR = re.compile(r"""[ ]*(?:-[ ]+)*(?P<key>"[^"]*"|'[^']*'|[^\s:#"'][^:#]*?)[ ]*:[ ]+(?P<value>\S.*)""")
_GLUED_ITEM = re.compile(r"-[^\s-]")
_PAIR_HELP = "write `key: value`; a text over several lines is indented below its key, after `|`"
_COMMENT = re.compile(r"[ \t]+#.*$")


class _Complaint(msgspec.Struct, frozen=True):
    source: Source
    problem: str
    offset: int  # where libyaml noticed
    context: int | None  # where the thing began that it was reading

    def line(self, offset: int) -> tuple[int, str]:
        """Start and text of the line of `offset`, cut to `_LINE_CHARS_MAX`."""
        number = self.source.position(offset)[0]
        start, end = self.source.line_bounds(number)
        return start, self.source.text[start : min(end, start + _LINE_CHARS_MAX)]

    def line_before(self, offset: int) -> tuple[int, str]:
        """The nearest earlier line that says something; an empty one at the start of the file."""
        start = self.source.line_bounds(self.source.position(offset)[0])[0]
        before = self.source.text[max(start - _LINE_CHARS_MAX, 0) : start].rstrip()
        return self.line(max(start - _LINE_CHARS_MAX, 0) + len(before)) if before else (0, "")

    def span(self, start: int, end: int | None = None) -> Span:
        size = len(self.source.text)
        return Span(self.source, start, min(start + 1 if end is None else end, size))


def explain(error: yaml.YAMLError, source: Source) -> Diagnostic:
    """One diagnostic for the error that ended the reading of a file."""
    complaint = _complaint(error, source)
    for recognise in _SLIPS:
        found = recognise(complaint)
        if found:
            return found
    related: tuple[Label, ...] = ()
    if complaint.context is not None and complaint.context != complaint.offset:
        related = (Label(complaint.span(complaint.context), "in what begins here"),)
    return Diagnostic(
        "yaml-syntax", f"this is not YAML: {complaint.problem}", complaint.span(complaint.offset), related=related
    )


def _complaint(error: yaml.YAMLError, source: Source) -> _Complaint:
    if not isinstance(error, yaml.MarkedYAMLError):
        place = min(getattr(error, "position", 0), len(source.text))
        return _Complaint(source, str(getattr(error, "reason", error)), place, None)
    context = error.context_mark.index if error.context_mark else None
    offset = error.problem_mark.index if error.problem_mark else context or 0
    return _Complaint(source, error.problem or "", offset, context)


def _bare_expression(complaint: _Complaint) -> Diagnostic | None:
    places = [complaint.offset] if complaint.context is None else [complaint.offset, complaint.context]
    for place in places:
        start, line = complaint.line(place)
        found = _BARE_EXPRESSION.match(line)
        if found:
            return unquoted_expression(complaint.source, start + found.end(), in_flow=False)
    if not _in_flow(complaint):
        return None
    start, line = complaint.line(complaint.offset)
    inside = _EXPRESSION_IN_FLOW.search(line)
    if not inside or start + inside.start("value") > complaint.offset:
        return None
    begin = start + inside.start("value")
    end = expression_end(complaint.source.text, start + inside.end("value") - 2, in_flow=True)
    value = complaint.source.text[begin:end]
    return Diagnostic(
        "unquoted-expression",
        "inside `{ }` or `[ ]`, a value with `{{` in it must be quoted",
        complaint.span(begin, end),
        help=write(value),
        fix=put_in_quotes(complaint.source, begin, end),
    )


def _in_flow(complaint: _Complaint) -> bool:
    context = complaint.context
    text = complaint.source.text
    return (
        "flow" in complaint.problem
        or "','" in complaint.problem
        or (context is not None and text[context : context + 1] in {"{", "["})
    )


def _tab(complaint: _Complaint) -> Diagnostic | None:
    start, line = complaint.line(complaint.offset)
    indentation = line[: len(line) - len(line.lstrip(" \t"))]
    if "\t" not in indentation:
        if complaint.source.text[complaint.offset : complaint.offset + 1] != "\t":
            return None
        at = complaint.offset
    else:
        at = start + indentation.index("\t")
    return Diagnostic(
        "tab-indentation",
        "YAML is indented by spaces, never by tabs",
        complaint.span(at),
        label="a tab",
        help="set the editor to indent by two spaces",
        fix=without_tabs(complaint.source),
    )


def _unclosed(complaint: _Complaint) -> Diagnostic | None:
    if complaint.context is None:
        return None
    opening = complaint.source.text[complaint.context : complaint.context + 1]
    at_end = complaint.offset >= len(complaint.source.text.rstrip())
    if "end of stream" in complaint.problem or "document indicator" in complaint.problem:
        if opening in {"'", '"'}:
            return Diagnostic(
                "unclosed-quote",
                f"this quote is never closed with `{opening}`",
                complaint.span(complaint.context),
                help='close it; inside \'…\' an apostrophe is doubled, inside "…" a quote is written \\"',
            )
        if opening not in {"[", "{"}:
            return None
    closing = {"[": "]", "{": "}"}.get(opening)
    if not closing or not (at_end or "expected ','" in complaint.problem):
        return None
    related = () if at_end else (Label(complaint.span(complaint.offset), "this can't be part of it"),)
    return Diagnostic(
        "unclosed-bracket",
        f"`{opening}` is not closed with `{closing}` where it should be",
        complaint.span(complaint.context),
        related=related,
        help=f"close it with `{closing}`, put `,` between two values, and quote text that has one of `,[]{{}}` in it",
    )


def _after_value(complaint: _Complaint) -> Diagnostic | None:
    """`when: "a" in x`: something follows a quoted text or a bracket on the same line."""
    block_header = "comment or line break" in complaint.problem  # `items: [1, 2] | length`
    if not (block_header or complaint.problem.startswith("did not find expected")):
        return None
    at = complaint.context if block_header and complaint.context is not None else complaint.offset
    start, line = complaint.line(at)
    if line[: at - start].rstrip()[-1:] not in {"'", '"', "]", "}"}:
        return None
    said = _COMMENT.sub("", line).rstrip()
    if at >= start + len(said):  # to YAML a line separator ends a comment, to an editor it doesn't
        return None
    pair = _PAIR.fullmatch(_COMMENT.sub("", line))
    begin = Label(complaint.span(start + pair.start("value")), "the value begins here") if pair else None
    return Diagnostic(
        "text-after-value",
        "the value has ended here, but the line goes on",
        complaint.span(at, start + len(said)),
        help=write(pair["value"].rstrip()) if pair else "put the whole value in quotes",
        related=(begin,) if begin else (),
    )


_STARTS = {
    "@": "`@` can't begin a text", "`": "a backquote can't begin a text", "%": "`%` can't begin a text",
    "}": "`}` can't begin a text", "]": "`]` can't begin a text", ",": "`,` can't begin a text",
    "*": "`*` begins an alias", "&": "`&` begins an anchor", "!": "`!` begins a tag",
    "|": "`|` begins a block of text", ">": "`>` begins a block of text",
}  # fmt: skip


def _reserved_start(complaint: _Complaint) -> Diagnostic | None:
    text = complaint.source.text
    cannot_start = re.search("cannot start any token|expected node content", complaint.problem)
    alias = "alphabetic or numeric" in complaint.problem
    block = "comment or line break" in complaint.problem
    tag = "tag" in complaint.problem or "URI" in complaint.problem
    if not (cannot_start or alias or block or tag):
        return None
    at = complaint.offset if cannot_start or complaint.context is None else complaint.context
    char = text[at : at + 1]
    start, line = complaint.line(at)
    value = _COMMENT.sub("", line[at - start :]).rstrip()
    if char not in _STARTS:
        return None
    advice = write(value)
    if block and char in "|>":
        advice = f"put the text on the lines below `{char}`, indented; or {advice}"
    return Diagnostic(
        "reserved-start",
        f"{_STARTS[char]}, unless it is quoted",
        complaint.span(at, at + max(len(value), 1)),
        help=advice,
    )


def _unknown_escape(complaint: _Complaint) -> Diagnostic | None:
    if "escape" not in complaint.problem and "hexdecimal" not in complaint.problem:
        return None
    text = complaint.source.text
    at = text.rfind("\\", max(complaint.offset - 12, 0), complaint.offset + 1)
    at = complaint.offset if at < 0 else at
    return Diagnostic(
        "unknown-escape",
        f"`{text[at : at + 2]}` is no escape of YAML",
        complaint.span(at, at + 2),
        help=r"write `\\` for a backslash, or use '…', where a backslash is just a backslash",
    )


def _second_colon(complaint: _Complaint) -> Diagnostic | None:
    """`mapping values are not allowed`: three slips end in this complaint."""
    if "mapping values are not allowed" not in complaint.problem:
        return None
    start, line = complaint.line(complaint.offset)
    pair = _PAIR.fullmatch(_COMMENT.sub("", line))
    if pair and start + pair.start("value") < complaint.offset:
        value = pair["value"]
        return Diagnostic(
            "second-colon",
            "a second `: ` in one line",
            complaint.span(complaint.offset),
            label="a text with `: ` in it must be quoted",
            help=write(value),
        )
    before_start, before = complaint.line_before(complaint.offset)
    glued = _GLUED_PAIR.fullmatch(before)
    if glued:
        colon = before_start + glued.end("key")
        return Diagnostic(
            "missing-space",
            "there must be a space after `:`",
            complaint.span(colon),
            help=f"write `{glued['key']}: {shortened(glued['value'])}`",
        )
    if not before.strip():
        return None
    begin = before_start + len(before) - len(before.lstrip())
    here = start + len(line) - len(line.lstrip())
    related = (Label(complaint.span(begin, before_start + len(before.rstrip())), "YAML reads both lines as one text"),)
    pair = _PAIR.fullmatch(_COMMENT.sub("", before))
    if pair or before.lstrip().startswith("- "):
        return Diagnostic(
            "bad-indentation",
            "this line is indented deeper than the one before, which has a value already",
            complaint.span(here, complaint.offset),
            related=related,
            help="let both begin in the same column, or remove the value of the line before",
        )
    return Diagnostic(
        "missing-colon",
        f"there is no `:` after `{shortened(before.strip())}`",
        related[0].span,
        help=f"write `{shortened(before.strip())}:`",
    )


def _glued_item(span: Span) -> Diagnostic:
    fixed = f"write `- {shortened(span.text[1:])}`"
    return Diagnostic("missing-space", "there must be a space after `-`", span, help=fixed)


def _missing_colon(complaint: _Complaint) -> Diagnostic | None:
    if "could not find expected ':'" not in complaint.problem:
        return None
    start, line = complaint.line(complaint.offset if complaint.context is None else complaint.context)
    text = _COMMENT.sub("", line).strip()
    begin = start + len(line) - len(line.lstrip())
    span = complaint.span(begin, begin + len(text))
    if _GLUED_ITEM.match(text):
        return _glued_item(span)
    glued = _GLUED_PAIR.fullmatch(line)
    if glued:
        return Diagnostic(
            "missing-space",
            "there must be a space after `:`",
            span,
            help=f"write `{glued['key']}: {shortened(glued['value'])}`",
        )
    return Diagnostic(
        "missing-colon",
        "this line has no `:`",
        span,
        help=f"write `{text}:`" if re.fullmatch(r"[\w-]{1,60}", text) else _PAIR_HELP,
    )


def _indentation(complaint: _Complaint) -> Diagnostic | None:
    if not re.match(r"did not find expected (key|'-' indicator)", complaint.problem):
        return None
    if complaint.context is None or complaint.offset >= len(complaint.source.text):
        return None
    start, line = complaint.line(complaint.offset)
    begin = start + len(line) - len(line.lstrip())
    if _GLUED_ITEM.match(line.lstrip()):
        return _glued_item(complaint.span(begin, start + len(line.rstrip())))
    _, column = complaint.source.position(begin)
    opened_line, opened = complaint.source.position(complaint.context)
    what = "mapping" if "key" in complaint.problem else "list"
    item = complaint.source.text.startswith("- ", begin)
    if column == opened and item and what == "mapping":
        message = "a list item can't stand among the keys of a mapping"
    elif column == opened and what == "list":
        message = "a key can't stand among the items of a list"
    elif column == opened:
        return None
    else:
        message = f"this line begins in column {column}, but the {what} it should belong to in column {opened}"
    return Diagnostic(
        "bad-indentation",
        message,
        complaint.span(begin, start + len(line.rstrip())),
        related=(Label(complaint.span(complaint.context), f"the {what} begins here, in line {opened_line}"),),
        help="entries of one list or mapping begin in the same column",
    )


def _list_in_line(complaint: _Complaint) -> Diagnostic | None:
    if "block sequence entries are not allowed" not in complaint.problem:
        return None
    return Diagnostic(
        "list-in-line",
        "a list with `-` begins on a line of its own",
        complaint.span(complaint.offset),
        help="write each item on its own line below the key, or `[a, b]`; quote a text that begins with `- `",
    )


def _second_start(complaint: _Complaint) -> Diagnostic | None:
    if "<document start>" not in complaint.problem:
        return None
    start, line = complaint.line(complaint.offset)
    span = complaint.span(complaint.offset, start + len(line.rstrip()))
    if complaint.line_before(complaint.offset)[1].startswith("..."):
        return several_documents(span)
    return Diagnostic(
        "bad-indentation",
        "this line belongs to nothing that was begun before",
        span,
        help="entries of one list or mapping begin in the same column",
    )


def _directive(complaint: _Complaint) -> Diagnostic | None:
    if "directive" not in complaint.problem and "incompatible YAML" not in complaint.problem:
        return None
    start, line = complaint.line(complaint.offset)
    return Diagnostic(
        "directive",
        "a line that begins with `%` is a directive to YAML, and not one that Braid knows",
        complaint.span(start, start + len(line.rstrip())),
        help="remove the line",
    )


_SLIPS: tuple[Callable[[_Complaint], Diagnostic | None], ...] = (
    _tab,
    _bare_expression,
    _unclosed,
    _unknown_escape,
    _after_value,
    _reserved_start,
    _second_colon,
    _missing_colon,
    _indentation,
    _list_in_line,
    _second_start,
    _directive,
)
