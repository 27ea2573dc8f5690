"""What the composer refuses, in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from braid.diagnostics import (
    ALIAS_NODES_MAX,
    DEPTH_MAX,
    NODES_MAX,
    SCALAR_CHARS_MAX,
    Diagnostic,
    Label,
    Source,
    Span,
    nearest,
)
from braid.language.document_nodes import Node, ScalarNode

if TYPE_CHECKING:
    from braid.diagnostics.fix import Fix

_SHOWN_CHARS = 80


def quoted(text: str) -> str:
    """`text` as a quoted YAML scalar of one line, in the quotes that need the fewest escapes."""
    if '"' not in text and "\\" not in text:
        return f'"{text}"'
    if "'" not in text:
        return f"'{text}'"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def shortened(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARS else text[: _SHOWN_CHARS - 1] + "…"


def write(text: str) -> str:
    """`write …` with the quoted text; only the advice when it is too long to be shown."""
    return f"write {quoted(text)}" if len(text) <= _SHOWN_CHARS else "put the whole value in quotes"


def unquoted_expression(source: Source, start: int, *, in_flow: bool) -> Diagnostic:
    end = expression_end(source.text, start, in_flow=in_flow)
    text = source.text[start:end]
    return Diagnostic(
        code="unquoted-expression",
        message="a value that begins with `{{` must be quoted",
        span=Span(source, start, end),
        label="YAML reads this as a mapping in a mapping",
        help=write(text) if "}}" in text else "put the whole value in quotes, or on the lines below, after `|`",
        fix=put_in_quotes(source, start, end),
    )


def put_in_quotes(source: Source, start: int, end: int) -> Fix | None:
    """The fix for a value with an expression; none when it isn't sure where the value ends."""
    from braid.diagnostics.fix import Edit, Fix

    text = source.text[start:end]
    if "}}" not in text:
        return None
    return Fix(f"put quotes round `{shortened(text)}`", (Edit(Span(source, start, end), quoted(text)),))


_REST_OF_LINE = re.compile(r"[^\r\n]{0,10000}")
_COMMENT = re.compile(r"[ \t]+#(?!.*\}\}).*|[ \t]+$")
_CLOSED = re.compile(r"\{\{[^\r\n]{0,10000}?\}\}(?:(?!:\s)[^,\]}\r\n]){0,10000}")


def expression_end(text: str, start: int, *, in_flow: bool) -> int:
    """Where a value that begins with `{{` ends: at the line's end, or at a comma or bracket in a flow."""
    if in_flow:
        found = _CLOSED.match(text, start)
        if found:
            return start + len(found.group().rstrip())
    line = _REST_OF_LINE.match(text, start)
    assert line, "the pattern matches the empty string"
    return start + len(_COMMENT.sub("", line.group()))


def key_not_text(node: Node | None, span: Span) -> Diagnostic:
    if not isinstance(node, ScalarNode):
        return Diagnostic(
            "key-not-text",
            "a key must be text",
            span,
            label="this is a list or a mapping",
            help="write one key and its value on a line, `key: value`",
        )
    kind = {type(None): "null", bool: "a truth value"}.get(type(node.value), "a number")
    if not node.text:
        return Diagnostic("key-not-text", "a key is missing here", span, help="write `key: value`")
    return Diagnostic(
        "key-not-text",
        f"the key `{shortened(node.text)}` must be text",
        span,
        label=f"YAML reads this as {kind}",
        help=f"write {quoted(shortened(node.text))}",
    )


def duplicate_key(key: str, span: Span, first: Span) -> Diagnostic:
    merge = key == "<<"
    return Diagnostic(
        "duplicate-key",
        f"the key `{shortened(key)}` is given twice",
        span,
        label="given again here",
        related=(Label(first, "first given here"),),
        help="write `<<: [*one, *other]`" if merge else "remove or rename one of the two",
    )


def missing_space(span: Span) -> Diagnostic:
    key, _, value = span.text.partition(":")
    return Diagnostic(
        "missing-space",
        "there must be a space after `:`",
        span,
        label=f"YAML reads this as a key `{shortened(span.text)}` without a value",
        help=f"write `{shortened(key)}: {shortened(value)}`",
    )


def number_too_large(span: Span, reason: str) -> Diagnostic:
    return Diagnostic("number-too-large", shortened(reason), span, help="if it is meant as text, quote it")


def several_documents(span: Span) -> Diagnostic:
    return Diagnostic(
        "several-documents",
        "a workflow file holds one document",
        span,
        label="a second one begins here",
        help="remove this line, or put what follows it in a file of its own",
    )


def merge_of_no_mapping(span: Span) -> Diagnostic:
    return Diagnostic(
        "bad-merge",
        "`<<` takes a mapping or a list of mappings",
        span,
        help='write `<<: *anchor`; a key that is really named so must be quoted, `"<<"`',
    )


def tag(source: Source, start: int, end: int) -> Diagnostic:
    begin = source.text.find("!", start, end)
    found = re.compile(r"\S*").match(source.text, begin)
    span = Span(source, begin, found.end() if found else end)
    name = span.text
    if name.startswith("!!"):
        advice = "remove it; text that looks like a number or a truth value is quoted"
    else:
        advice = (
            f"if it is text, put the whole value in quotes; a condition is negated with `not`, as in `not {name[1:]}`"
        )
    return Diagnostic(
        "tag", f"the YAML tag `{shortened(name)}` is not supported", span, label="read as a tag", help=advice
    )


def unknown_anchor(span: Span, name: str, anchors: Mapping[str, Span]) -> Diagnostic:
    """`anchors` are those before the alias that are to be compared, with their places."""
    guess = nearest(name, anchors)
    quote = f"if it is text, write {quoted('*' + shortened(name))}"
    return Diagnostic(
        "unknown-anchor",
        f"there is no anchor `&{shortened(name)}` before this alias",
        span,
        help=f"did you mean `*{guess}`? Otherwise, {quote}" if guess else quote,
        related=(Label(anchors[guess], f"`&{guess}` is this"),) if guess else (),
    )


def alias_in_itself(span: Span, anchor: Span) -> Diagnostic:
    return Diagnostic(
        "alias-in-itself",
        f"`{shortened(span.text)}` would contain itself",
        span,
        related=(Label(anchor, "inside of what begins here"),),
    )


def too_many_alias_nodes(span: Span) -> Diagnostic:
    return Diagnostic(
        "too-many-alias-nodes",
        f"aliases repeat more than {ALIAS_NODES_MAX:,} nodes (ALIAS_NODES_MAX)",
        span,
        help="load large data with a `read_file` step instead of repeating it by aliases",
    )


def too_deep(span: Span) -> Diagnostic:
    return Diagnostic(
        "too-deep",
        f"lists and mappings are nested deeper than {DEPTH_MAX} levels (DEPTH_MAX)",
        span,
        help="move the inner steps to a workflow of their own and use `call`",
    )


def too_many_nodes(span: Span) -> Diagnostic:
    return Diagnostic(
        "too-many-nodes",
        f"the file has more than {NODES_MAX:,} keys and values (NODES_MAX)",
        span,
        help="load large data with a `read_file` step, or split the workflow with `call`",
    )


def too_long(span: Span, length: int) -> Diagnostic:
    return Diagnostic(
        "text-too-long",
        f"a text of {length:,} characters; at most {SCALAR_CHARS_MAX:,} are read (SCALAR_CHARS_MAX)",
        span,
        help="load large data with a `read_file` step",
    )
