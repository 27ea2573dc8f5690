"""The JSON Schema of the workflow file, for editors: made from the same shapes that the checker uses."""

from __future__ import annotations

from typing import Any, Final

from msgspec import UNSET

from braid.language import ast
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
from braid.language.step_keys import COMMON, CONTROL_SUMMARIES, control_fields
from braid.language.task_kind import Interpolation, TaskKind, TaskKindError, TaskRegistry
from braid.language.task_kind import registry as installed

Schema = dict[str, Any]  # Any: a JSON Schema is a JSON object

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_DURATION = r"^\s*(0|(\d+(\.\d+)?\s*(ms|s|m|h|d|w)\s*)+|[Pp]\S+)\s*$"
_TEXT_FORMATS: dict[str, Schema] = {
    "duration": {"anyOf": [{"type": "string", "pattern": _DURATION}, {"$ref": "#/$defs/expression"}, {"const": 0}]},
    "expression": {"type": "string", "minLength": 1},
    "braced": {"$ref": "#/$defs/expression"},
    "identifier": {"type": "string", "pattern": "^[a-z_][a-z0-9_]*$"},
    "percentage": {"type": "string", "pattern": r"^\s*\d{1,3}(\.\d+)?\s*%\s*$"},
    "rate": {"type": "string", "pattern": r"^\s*\d+\s*/\s*\S+\s*$"},
}
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


def workflow_json_schema(registry: TaskRegistry = installed) -> Schema:
    """The schema of a workflow file (draft 2020-12). Kinds whose plug-in can't be loaded are left out.

    It says what the types say; `braid check` says more (ids, references, cycles).
    """
    fields = struct_fields(ast.Workflow)
    properties = {key: _field(field) for key, field in fields.items()}
    properties["inputs"]["additionalProperties"] = {"$ref": "#/$defs/json_schema"}
    properties["graph"] = _described(_graph_body(), fields["graph"].description)
    kinds = {**_control_steps(), **_task_steps(registry)}
    return {
        "$schema": DIALECT,
        "title": "Braid workflow",
        "type": "object",
        "properties": properties,
        "required": ["name"],
        "oneOf": [{"required": ["steps"]}, {"required": ["graph"]}],
        "additionalProperties": False,
        "$defs": {
            "expression": {"type": "string", "pattern": r"\{\{", "description": "Text with `{{ … }}`."},
            "json_schema": {"anyOf": [{"$ref": DIALECT}, {"type": "boolean"}]},
            "steps": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/step"}},
            "step": {"anyOf": [{"$ref": f"#/$defs/{name}"} for name in kinds]},
            **kinds,
        },
    }


def _control_steps() -> dict[str, Schema]:
    steps: dict[str, Schema] = {}
    for keyword, control in ast.CONTROLS.items():
        body = _described(_control_body(keyword, control), CONTROL_SUMMARIES[keyword])
        steps[f"step_{keyword}"] = _step({keyword: body})
    conditional = steps["step_then"]
    conditional["properties"]["else"] = _field(control_fields(ast.If)["else"])
    conditional["required"] = ["if", "then"]
    return steps


def _control_body(keyword: str, control: type[ast.Step]) -> Schema:
    fields = control_fields(control)
    match keyword:
        case "steps" | "then":
            return {"$ref": "#/$defs/steps"}
        case "graph":
            return _graph_body()
        case "break" | "continue":
            return _shape(fields["when"].shape, expressions=False)
        case "goto":
            return {"anyOf": [_shape(fields["to"].shape, expressions=False), _object(fields, expressions=False)]}
        case "return":
            return {}
        case "try":
            body = _object(fields, expressions=False)
            one = _shape(StructShape(ast.Catch), expressions=False)
            body["properties"]["catch"] = {"anyOf": [body["properties"]["catch"], one]}
            return body
        case _:
            return _object(fields, expressions=False)


def _graph_body() -> Schema:
    return {"anyOf": [{"$ref": "#/$defs/steps"}, _object(control_fields(ast.Graph), expressions=False)]}


def _task_steps(registry: TaskRegistry) -> dict[str, Schema]:
    steps = {}
    for name in registry.names():
        try:
            kind = registry.get(name)
        except TaskKindError:
            continue
        steps[f"step_{name}"] = _step({name: _described(_task_body(kind), kind.summary)})
    return steps


def _task_body(kind: TaskKind) -> Schema:
    fields = struct_fields(kind.fields)
    shorthand = fields[kind.shorthand] if kind.shorthand else None
    if shorthand and kind.whole_body:
        return _field(shorthand, expressions=True)
    bodies = [_object(fields, expressions=True)]
    if shorthand:
        bodies.append({"not": {"type": "object"}, **_field(shorthand, expressions=True)})
    if not any(field.required for field in fields.values()):
        bodies.append({"type": "null"})
    return bodies[0] if len(bodies) == 1 else {"anyOf": bodies}


def _step(kind: dict[str, Schema]) -> Schema:
    common = {key: _field(field) for key, field in COMMON.items()}
    common["id"] = _described(_TEXT_FORMATS["identifier"], COMMON["id"].description)
    return {
        "type": "object",
        "properties": {**common, **kind},
        "required": list(kind),
        "additionalProperties": False,
    }


def _object(fields: dict[str, FieldShape], *, expressions: bool) -> Schema:
    found: Schema = {
        "type": "object",
        "properties": {key: _field(field, expressions=expressions) for key, field in fields.items()},
        "additionalProperties": False,
    }
    required = [key for key, field in fields.items() if field.required]
    return {**found, "required": required} if required else found


def _field(field: FieldShape, *, expressions: bool = False) -> Schema:
    found = _described(_ruled(field, expressions), field.description)
    if not field.required and isinstance(field.default, str | int | float | bool):
        found["default"] = field.default
    if field.examples:
        found["examples"] = list(field.examples)
    return found


def _ruled(field: FieldShape, expressions: bool) -> Schema:
    rule = field.rule
    if rule.interpolation is Interpolation.EXPRESSION:
        return {"type": ["string", "boolean", "number"]}
    if rule.interpolation is Interpolation.REFUSED:
        expressions = False
    if rule.join:
        return {"type": "string"}
    return _shape(field.shape, expressions=expressions)


def _described(schema: Schema, description: str) -> Schema:
    return {"description": description, **schema} if description else dict(schema)


def _shape(shape: Shape, *, expressions: bool) -> Schema:
    found = _plain(shape, expressions)
    if not expressions or not found or (found.get("type") == "string" and set(found) == {"type"}):
        return found
    return {"anyOf": [found, {"$ref": "#/$defs/expression"}]}


def _plain(shape: Shape, expressions: bool) -> Schema:
    match shape:
        case AnyShape():
            return {}
        case ScalarShape():
            return _scalar(shape)
        case ChoiceShape(values=values):
            return {"enum": list(values)}
        case InstanceShape():
            return {"$ref": "#/$defs/expression"}
        case ListShape(item=StepShape()):
            return {"$ref": "#/$defs/steps"}
        case ListShape(item=item, min_length=least, max_length=most):
            lengths = {"minItems": least, "maxItems": most}
            return {"type": "array", "items": _shape(item, expressions=expressions), **_given(lengths)}
        case MapShape(format="schema"):
            return {"$ref": "#/$defs/json_schema"}
        case MapShape(value=value, min_length=least, max_length=most):
            lengths = {"minProperties": least, "maxProperties": most}
            inner = _shape(value, expressions=expressions)
            return {"type": "object", "additionalProperties": inner, **_given(lengths)}
        case StructShape(cls=cls):
            return _object(struct_fields(cls), expressions=expressions)
        case StepShape():
            return {"$ref": "#/$defs/step"}
        case UnionShape(alternatives=alternatives):
            # The whole union admits an expression, so its parts needn't say so again.
            return {"anyOf": _distinct([_plain(each, expressions) for each in alternatives])}


def _scalar(shape: ScalarShape) -> Schema:
    if shape.format == "duration":
        return _TEXT_FORMATS["duration"]
    if shape.type == "str" and shape.format in _TEXT_FORMATS:
        return _TEXT_FORMATS[shape.format]
    bounds = {word: getattr(shape, name) for name, word in _BOUNDS.items()}
    return {"type": _TYPES[shape.type], **_given(bounds)}


def _given(bounds: dict[str, Any]) -> Schema:  # Any: numbers, a pattern
    return {name: bound for name, bound in bounds.items() if bound is not None and bound is not UNSET}


def _distinct(schemas: list[Schema]) -> list[Schema]:
    return [schema for index, schema in enumerate(schemas) if schema not in schemas[:index]]
