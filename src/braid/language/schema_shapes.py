"""Shapes of fields → JSON Schema."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import UNSET

from braid.language.schema_texts import EXPRESSION, FORMATS, LONE_EXPRESSION, Schema, described
from braid.language.shape_types import (
    AnyShape,
    ChoiceShape,
    FieldShape,
    InstanceShape,
    ListShape,
    MapShape,
    ScalarShape,
    Shape,
    StepShape,
    StructShape,
    UnionShape,
    struct_fields,
)
from braid.language.task_kind import Interpolation

_TYPES = {"int": "integer", "float": "number", "bool": "boolean", "str": "string", "null": "null"}
_BOUNDS = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
    "multiple_of": "multipleOf",
    "min_length": "minLength",
    "max_length": "maxLength",
    "pattern": "pattern",
}
_BARE: Final[Schema] = {"anyOf": [{"type": "string", "pattern": r"\S"}, {"type": ["boolean", "number"]}]}


class Shapes:
    """Makes schemas of shapes; mappings with fixed keys are collected in `definitions`.

    Args:
        expressions: Every value may be text with `{{ … }}`, as in the fields of task kinds.
        definitions: Where definitions go; those of several instances may be the same mapping.
    """

    def __init__(self, definitions: dict[str, Schema], *, expressions: bool) -> None:
        self._definitions = definitions
        self._expressions = expressions
        self._names: dict[type[msgspec.Struct], str] = {}

    def field(self, field: FieldShape) -> Schema:
        found = described(self._ruled(field), field.description)
        if not field.required and isinstance(field.default, str | int | float | bool):
            found["default"] = field.default
        if field.examples:
            found["examples"] = list(field.examples)
        return found

    def object(self, fields: dict[str, FieldShape]) -> Schema:
        """A mapping with these keys and no others."""
        found: Schema = {
            "type": "object",
            "properties": {key: self.field(field) for key, field in fields.items()},
            "additionalProperties": False,
        }
        required = [key for key, field in fields.items() if field.required]
        return {**found, "required": required} if required else found

    def of(self, shape: Shape) -> Schema:
        found = self._plain(shape)
        if not self._expressions or not found or found == {"type": "string"}:
            return found
        is_block = isinstance(shape, ListShape | MapShape | StructShape)
        return {"anyOf": [found, LONE_EXPRESSION if is_block else EXPRESSION]}

    def _ruled(self, field: FieldShape) -> Schema:
        rule = field.rule
        if rule.interpolation is Interpolation.EXPRESSION:
            return _BARE
        if rule.join:
            return {"type": "string"}
        if rule.interpolation is Interpolation.REFUSED:
            return self._plain(field.shape)
        return self.of(field.shape)

    def _plain(self, shape: Shape) -> Schema:
        match shape:
            case AnyShape():
                return {}
            case ScalarShape():
                return _scalar(shape)
            case ChoiceShape(values=values):
                return {"enum": list(values)}
            case InstanceShape():
                return EXPRESSION
            case ListShape(item=StepShape()):
                return {"$ref": "#/$defs/steps"}
            case ListShape(item=item, min_length=least, max_length=most):
                lengths = {"minItems": least, "maxItems": most}
                return {"type": "array", "items": self.of(item), **_given(lengths)}
            case MapShape(format="schema"):
                return {"$ref": "#/$defs/json_schema"}
            case MapShape(value=value, min_length=least, max_length=most):
                lengths = {"minProperties": least, "maxProperties": most}
                return {"type": "object", "additionalProperties": self.of(value), **_given(lengths)}
            case StructShape(cls=cls):
                return {"$ref": f"#/$defs/{self._defined(cls)}"}
            case StepShape():
                return {"$ref": "#/$defs/step"}
            case UnionShape(alternatives=alternatives):
                # The whole union admits an expression, so its parts needn't say so again.
                return {"anyOf": _distinct([self._plain(each) for each in alternatives])}

    def _defined(self, cls: type[msgspec.Struct]) -> str:
        """The name of the definition of a struct, which may hold itself."""
        if cls not in self._names:
            name = cls.__name__
            while name in self._definitions:
                name += "_"
            self._names[cls] = name
            self._definitions[name] = {}
            self._definitions[name].update(self.object(struct_fields(cls)))
        return self._names[cls]


def _scalar(shape: ScalarShape) -> Schema:
    if shape.format == "duration" or (shape.type == "str" and shape.format in FORMATS):
        return FORMATS[shape.format]
    bounds = {word: getattr(shape, name) for name, word in _BOUNDS.items()}
    return {"type": _TYPES[shape.type], **_given(bounds)}


def _given(bounds: dict[str, Any]) -> Schema:  # Any: numbers, a pattern
    return {name: bound for name, bound in bounds.items() if bound is not None and bound is not UNSET}


def _distinct(schemas: list[Schema]) -> list[Schema]:
    return [schema for index, schema in enumerate(schemas) if schema not in schemas[:index]]
