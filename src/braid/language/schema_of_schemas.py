"""JSON Schema as editors know it inside of a workflow file, where inputs and outputs are described.

Not a reference to the standard's own meta-schema: an editor would have to fetch that, and few read its vocabularies.
"""

from __future__ import annotations

from typing import Final

from braid.language.schema_keywords import KEYWORDS, NAMED_SCHEMAS, SCHEMA, SCHEMAS
from braid.language.schema_texts import Schema, described

_ONE: Final[Schema] = {"$ref": "#/$defs/json_schema"}
_MANY: Final[Schema] = {"type": "array", "minItems": 1, "items": _ONE}
_TYPES: Final[Schema] = {"enum": ["string", "number", "integer", "boolean", "array", "object", "null"]}
_NAMES: Final[Schema] = {"type": "array", "items": {"type": "string"}, "uniqueItems": True}

_COUNTS = ("Contains", "Items", "Length", "Properties")
_LIMITS = ("maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum")
_SPECIAL: Final[dict[str, Schema]] = {
    "type": {"anyOf": [_TYPES, {"type": "array", "items": _TYPES, "minItems": 1, "uniqueItems": True}]},
    "enum": {"type": "array"},
    "required": _NAMES,
    "dependentRequired": {"type": "object", "additionalProperties": _NAMES},
    "multipleOf": {"type": "number", "exclusiveMinimum": 0},
    "pattern": {"type": "string"},
    "format": {"type": "string", "examples": ["date", "date-time", "email", "uri", "uuid"]},
    "uniqueItems": {"type": "boolean"},
    "deprecated": {"type": "boolean"},
    "readOnly": {"type": "boolean"},
    "writeOnly": {"type": "boolean"},
    "examples": {"type": "array"},
    "title": {"type": "string"},
    "description": {"type": "string"},
    "$ref": {"type": "string", "pattern": "^#"},
    "$comment": {"type": "string"},
}

_DESCRIPTIONS: Final = {
    "type": "The type of the value, or a list of types.",
    "default": "The value when none is given. Without one an input is required.",
    "description": "What it is for.",
    "enum": "The values that it may have.",
    "items": "The schema of each element of a list.",
    "properties": "Name → schema of that entry of an object.",
    "required": "The entries that an object must have.",
    "additionalProperties": "The schema of other entries; `false` allows none.",
    "minimum": "No number is smaller.",
    "maximum": "No number is larger.",
    "minItems": "A list has at least so many elements.",
    "maxItems": "A list has at most so many elements.",
    "minLength": "Text has at least so many characters.",
    "maxLength": "Text has at most so many characters.",
    "pattern": "A regular expression that is found in the text.",
    "anyOf": "The value fits at least one of these schemas.",
    "oneOf": "The value fits exactly one of these schemas.",
    "const": "The only value that it may have.",
    "examples": "Values as they may be given.",
    "uniqueItems": "Whether no element of a list may be there twice.",
    "format": "What text must be: `date`, `date-time`, `email`, `uri`, …",
}


def json_schema_definition() -> Schema:
    """A schema that a JSON Schema of draft 2020-12 fits. Unknown keywords are admitted: the standard does, too."""
    return {
        "title": "JSON Schema",
        "anyOf": [
            {"type": "boolean"},
            {"type": "object", "properties": {keyword: _value(keyword) for keyword in sorted(KEYWORDS)}},
        ],
    }


def _value(keyword: str) -> Schema:
    found = _SPECIAL.get(keyword) or _kept(keyword)
    if keyword in _DESCRIPTIONS:
        return described(found, _DESCRIPTIONS[keyword])
    return {**found, "doNotSuggest": True}  # an editor would offer sixty words, of which ten are ever meant


def _kept(keyword: str) -> Schema:
    if keyword in _LIMITS:
        return {"type": "number"}
    if keyword[:3] in {"min", "max"} and keyword[3:] in _COUNTS:
        return {"type": "integer", "minimum": 0}
    if keyword in NAMED_SCHEMAS:
        return {"type": "object", "additionalProperties": _ONE}
    if keyword in SCHEMA and keyword in SCHEMAS:
        return {"anyOf": [_ONE, _MANY]}
    if keyword in SCHEMAS:
        return _MANY
    return _ONE if keyword in SCHEMA else {}
