"""Misspelled keywords of a JSON Schema. The standard takes them for remarks; a typo in `maximum` would be no limit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from braid.diagnostics import Diagnostic, nearest
from braid.language.document import MappingNode, Node, SequenceNode

SCHEMA: Final = frozenset(
    [
        "additionalItems",
        "additionalProperties",
        "contains",
        "contentSchema",
        "else",
        "if",
        "items",
        "not",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
    ]
)
"""Keywords whose value is a schema."""

SCHEMAS: Final = frozenset(["allOf", "anyOf", "oneOf", "prefixItems", "items"])
"""Keywords whose value may be a list of schemas."""

NAMED_SCHEMAS: Final = frozenset(["$defs", "definitions", "dependentSchemas", "patternProperties", "properties"])
"""Keywords whose value maps names to schemas."""

_OTHER: Final = frozenset(
    [
        "$anchor",
        "$comment",
        "$dynamicAnchor",
        "$dynamicRef",
        "$id",
        "$ref",
        "$schema",
        "$vocabulary",
        "const",
        "contentEncoding",
        "contentMediaType",
        "default",
        "dependencies",
        "dependentRequired",
        "deprecated",
        "description",
        "enum",
        "examples",
        "exclusiveMaximum",
        "exclusiveMinimum",
        "format",
        "maxContains",
        "maxItems",
        "maxLength",
        "maxProperties",
        "maximum",
        "minContains",
        "minItems",
        "minLength",
        "minProperties",
        "minimum",
        "multipleOf",
        "pattern",
        "readOnly",
        "required",
        "title",
        "type",
        "uniqueItems",
        "writeOnly",
    ]
)

KEYWORDS: Final = SCHEMA | SCHEMAS | NAMED_SCHEMAS | _OTHER
"""Of draft 2020-12, and what it keeps of older ones."""


def keyword_warnings(schema: Node) -> Iterator[Diagnostic]:
    """A warning for each keyword that JSON Schema doesn't know, unless it begins with `x-`, as remarks of tools do.

    Args:
        schema: It was checked before. One that names another draft is left alone.
    """
    if not (isinstance(schema, MappingNode) and "$schema" in schema):
        yield from _warnings(schema)


def _warnings(node: Node) -> Iterator[Diagnostic]:
    if not isinstance(node, MappingNode):
        return
    for entry in node.entries:
        name, value = entry.key.text, entry.value
        if name not in KEYWORDS and not name.startswith("x-"):
            meant = nearest(name, sorted(KEYWORDS))
            yield Diagnostic(
                "unknown-schema-keyword",
                f"`{name}` is no keyword of JSON Schema: it does nothing",
                entry.key.span,
                severity="warning",
                help=f"did you mean `{meant}`?" if meant else "remove it, or begin it with `x-` if it is a remark",
            )
        elif name in SCHEMAS and isinstance(value, SequenceNode):
            for item in value.items:
                yield from _warnings(item)
        elif name in NAMED_SCHEMAS and isinstance(value, MappingNode):
            for inner in value.entries:
                yield from _warnings(inner.value)
        elif name in SCHEMA:
            yield from _warnings(value)
