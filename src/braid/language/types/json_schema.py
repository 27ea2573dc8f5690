"""JSON Schema → type: only what a schema says for certain, for what is left out could be anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from braid.language.types.lattice import (
    BOOL,
    FLOAT,
    INT,
    JSON_TEXT,
    NESTED_MAX,
    NULL,
    NUMBER,
    UNKNOWN,
    ListOf,
    ObjectOf,
    Type,
    type_of,
    union,
)

Value = Any  # Any: a JSON Schema is JSON


def from_schema(schema: Value, depth: int = 0) -> Type:
    """What a value is that meets the schema.

    Integers may be floats without a fraction, as JSON Schema takes them, and text may be a date or bytes. An object is
    closed only where the schema says so (`additionalProperties: false`).
    """
    if not isinstance(schema, Mapping) or depth > NESTED_MAX or "$ref" in schema or "$dynamicRef" in schema:
        return UNKNOWN
    if "const" in schema:
        return _constant(schema["const"])
    if isinstance(schema.get("enum"), list):
        return union(_constant(value) for value in schema["enum"])
    if "type" not in schema:
        return _alternatives(schema, depth)
    named = schema["type"]
    return union(_named(name, schema, depth) for name in (named if isinstance(named, list) else [named]))


def _alternatives(schema: Mapping[str, Value], depth: int) -> Type:
    for word in ("anyOf", "oneOf"):
        listed = schema.get(word)
        if isinstance(listed, list) and listed:
            return union(from_schema(each, depth + 1) for each in listed)
    # `properties` alone lets everything through that is no object.
    return UNKNOWN


def _named(name: Value, schema: Mapping[str, Value], depth: int) -> Type:
    match name:
        case "null":
            return NULL
        case "boolean":
            return BOOL
        case "integer":
            return union((INT, FLOAT))
        case "number":
            return NUMBER
        case "string":
            return JSON_TEXT
        case "array":
            return _list(schema, depth)
        case "object":
            return _object(schema, depth)
    return UNKNOWN


def _list(schema: Mapping[str, Value], depth: int) -> Type:
    if "prefixItems" in schema or "unevaluatedItems" in schema:
        return ListOf(UNKNOWN)
    return ListOf(from_schema(schema.get("items"), depth + 1))


def _object(schema: Mapping[str, Value], depth: int) -> Type:
    properties = schema.get("properties")
    listed = properties if isinstance(properties, Mapping) else {}
    required = schema.get("required")
    needed = frozenset(required) if isinstance(required, list) else frozenset()
    others = UNKNOWN if schema.get("patternProperties") else schema.get("additionalProperties", True)
    return ObjectOf(
        {name: from_schema(each, depth + 1) for name, each in listed.items()},
        optional=frozenset(listed) - needed,
        rest=None if others is False else from_schema(others, depth + 1),
    )


def _constant(value: Value) -> Type:
    """A value equal to this one: 1 and 1.0 are the same to JSON Schema."""
    if isinstance(value, str):
        return type_of(value)
    if isinstance(value, bool) or value is None:
        return type_of(value)
    return NUMBER if isinstance(value, (int, float)) else UNKNOWN
