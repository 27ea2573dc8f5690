"""Is a JSON Schema in the file one? With the author's own words for what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from braid.diagnostics import Diagnostic, Span, nearest
from braid.language.document import MappingNode, Node, ScalarNode, SequenceNode
from braid.language.schemas import JsonSchema, SchemaError

_TYPES = ("string", "number", "integer", "boolean", "array", "object", "null")

_OTHER_TYPE_NAMES = {
    "str": "string",
    "text": "string",
    "int": "integer",
    "float": "number",
    "double": "number",
    "bool": "boolean",
    "list": "array",
    "dict": "object",
    "map": "object",
    "mapping": "object",
    "none": "null",
    "date": "string` with `format: date",
    "datetime": "string` with `format: date-time",
    "any": "",
}

_META = "https://json-schema.org/draft/2020-12/schema"


def schema_diagnostics(node: Node, key: Span, *, is_input: bool = False) -> list[Diagnostic]:
    """Everything that keeps `node` from being a JSON Schema.

    Args:
        node: The schema.
        key: Where the key stands whose value it is.
        is_input: It declares an input of a workflow, so `required: true` gets a help of its own.
    """
    definition = node.to_value()
    if not isinstance(definition, dict | bool):
        return [_not_a_schema(node, key)]
    try:
        JsonSchema(definition).compile()
    except SchemaError as error:
        return _explained(node, key, definition, error, is_input)
    return []


def default_diagnostics(node: MappingNode) -> list[Diagnostic]:
    """What an input's schema has against its own `default`. The schema was checked before."""
    default = node.get("default")
    if default is None:
        return []
    problems = JsonSchema(node.to_value()).placed_errors(default.to_value())
    key = node.key_node("default")
    return [
        Diagnostic(
            "bad-default",
            f"the default doesn't fit the input's schema: {problem}",
            place_in(default, key, path, problem),
            label="" if path else "the default",
            help="change the default or the schema",
        )
        for path, problem in problems
    ]


def _not_a_schema(node: Node, key: Span) -> Diagnostic:
    found = "a list" if isinstance(node, SequenceNode) else "nothing"
    help = "write `{type: string}`, or another JSON Schema"
    if isinstance(node, ScalarNode) and node.value is not None:
        found = f"`{node.text[:40]}`"
        meant = _type_meant(node.text)
        help = f"write `{{type: {meant}}}`" if meant else help
    span = node.span if node.span.end > node.span.start else key
    return Diagnostic("bad-schema", f"expected a JSON Schema, found {found}", span, help=help)


def _explained(
    node: Node, key: Span, definition: dict[str, Any] | bool, error: SchemaError, is_input: bool
) -> list[Diagnostic]:  # Any: a schema holds any values
    import jsonschema_rs

    if not error.path:
        references = _bad_references(node, error.message)
        if references:
            return references
    found: dict[tuple[str | int, ...], str] = {}
    if isinstance(definition, dict) and definition.get("$schema", _META) == _META:
        validator = jsonschema_rs.Draft202012Validator({"$ref": _META})
        for each in validator.iter_errors(definition):
            found.setdefault(tuple(each.instance_path), each.message)
    return [
        _diagnostic(node, key, path, message, is_input)
        for path, message in (found or {error.path: error.message}).items()
    ]


def _diagnostic(node: Node, key: Span, path: tuple[str | int, ...], message: str, is_input: bool) -> Diagnostic:
    place, place_key = node_at(node, path)
    span = _span_of(place, place_key) if path else key
    last = path[-1] if path else ""
    if last == "type" or (len(path) > 1 and path[-2] == "type"):
        wrong = place.text if isinstance(place, ScalarNode) else "this"
        meant = _type_meant(wrong)
        help = f"did you mean `{meant}`?" if meant else f"the types are {', '.join(f'`{name}`' for name in _TYPES)}"
        return Diagnostic("bad-schema", f"`{wrong}` is no type of JSON Schema", span, help=help)
    help = "see https://json-schema.org/understanding-json-schema"
    if last == "required" and isinstance(place, ScalarNode):
        help = "`required` is a list of property names, as in `required: [name, age]`"
        if is_input and len(path) == 1:
            help = "leave it out: an input without a `default` is required"
    return Diagnostic("bad-schema", f"this is not JSON Schema: {message}", span, help=help)


def _bad_references(node: Node, message: str) -> list[Diagnostic]:
    """About each `$ref` that leads out of the schema, or to where the message says that nothing is."""
    found = []
    for reference in _references(node):
        if not reference.text.startswith("#"):
            message_here = "a `$ref` reaches only into the schema itself: nothing is fetched"
        elif f"'{reference.text.removeprefix('#')}'" in message:
            message_here = f"`{reference.text}` leads nowhere in this schema"
        else:
            continue
        help = "put what it refers to under `$defs` and write `$ref: '#/$defs/NAME'`"
        found.append(Diagnostic("bad-schema", message_here, reference.span, help=help))
    return found


def _references(node: Node) -> Iterator[ScalarNode]:
    match node:
        case SequenceNode(items=items):
            for item in items:
                yield from _references(item)
        case MappingNode(entries=entries):
            for entry in entries:
                if entry.key.text == "$ref" and isinstance(entry.value, ScalarNode):
                    yield entry.value
                yield from _references(entry.value)


def _type_meant(text: str) -> str | None:
    lower = text.strip().lower()
    if lower in _TYPES:
        return lower
    return _OTHER_TYPE_NAMES.get(lower) or nearest(lower, _TYPES)


def node_at(node: Node, path: Iterable[str | int]) -> tuple[Node, ScalarNode | None]:
    """The node at a path of keys and indexes and the last key on the way; stops where the path leaves the value."""
    key: ScalarNode | None = None
    for part in path:
        if isinstance(node, MappingNode) and isinstance(part, str) and part in node:
            inner, key = node.get(part), node.key_node(part)
            assert inner, "the key is there"
            node = inner
        elif isinstance(node, SequenceNode) and isinstance(part, int) and 0 <= part < len(node.items):
            node = node.items[part]
        else:
            break
    return node, key


def place_in(node: Node, key: ScalarNode | None, path: Sequence[str | int], problem: str) -> Span:
    """Where a problem at this path of a value is best shown.

    That is a scalar, or the key of a larger part; of an item its first key; for what is missing a key that is like it.
    """
    inner, inner_key = node_at(node, path)
    before, missing, _ = problem.rpartition('" is a required property')
    if missing and isinstance(inner, MappingNode):
        meant = inner.key_node(nearest(before.rpartition('"')[2], inner.keys()) or "")
        if meant is not None:
            return meant.span
    if path and isinstance(path[-1], int) and isinstance(inner, MappingNode) and inner.entries:
        return inner.entries[0].key.span
    return _span_of(inner, inner_key or key)


def _span_of(node: Node, key: ScalarNode | None) -> Span:
    if isinstance(node, ScalarNode) and node.span.end > node.span.start:
        return node.span
    return key.span if key else node.span
