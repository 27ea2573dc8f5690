"""The JSON Schema of the workflow file, for editors: made from the same shapes that the checker uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from braid.language import ast
from braid.language.schema_of_schemas import json_schema_definition
from braid.language.schema_shapes import Shapes
from braid.language.schema_texts import (
    BRANCH_NAME,
    DEFINITIONS,
    NAME,
    POOL_NAME,
    STEP_ID,
    Schema,
    described,
    single_word,
)
from braid.language.shape_types import struct_fields
from braid.language.step_keys import COMMON, CONTROL_SUMMARIES, control_fields
from braid.language.task_kind import TaskKind, TaskKindError, TaskRegistry
from braid.language.task_kind import registry as installed

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
SCHEMA_ID: Final = "urn:braid:workflow"

_NEEDS = "needs"
_OF_TASKS_ONLY = ("pool", "idempotent")
_NO_KIND = "a step needs a kind, which says what it does: `shell: echo hello`, `http: {url: …}`, `parallel: …`"
_NO_BODY = "a workflow needs `steps` or `graph`"
_SETTLES: Final[Schema] = {
    "if": {"required": ["tolerate"]},
    "then": {"required": ["settle"], "properties": {"settle": {"not": {"const": False}}}},
}

_HOLDS: Final[Schema] = {
    "if": {"not": {"required": ["value"]}},
    "then": {"properties": {"cases": {"items": {"properties": {"when": {"not": {"type": ["array", "object"]}}}}}}},
}
"""Without a `value` to compare with, `when` is a condition."""


def workflow_json_schema(registry: TaskRegistry = installed) -> Schema:
    """The schema of a workflow file (draft 2020-12). Kinds whose plug-in can't be loaded are left out.

    It says what the types say; `braid check` says more (expressions, references, cycles).
    """
    return _Workflow(registry).schema()


class _Workflow:
    def __init__(self, registry: TaskRegistry) -> None:
        self.definitions: dict[str, Schema] = {**DEFINITIONS, "json_schema": json_schema_definition()}
        self.kinds = {**self._controls(Shapes(self.definitions, expressions=False)), **self._tasks(registry)}

    def schema(self) -> Schema:
        shapes = Shapes(self.definitions, expressions=False)
        fields = struct_fields(ast.Workflow)
        properties = {key: shapes.field(field) for key, field in fields.items()}
        properties["graph"] = described(_graph_body(shapes), fields["graph"].description)
        properties["inputs"] |= {
            "propertyNames": NAME,
            "additionalProperties": {"type": "object", "$ref": "#/$defs/json_schema"},
        }
        properties["vars"] |= {"propertyNames": NAME}
        properties["pools"] |= {"propertyNames": POOL_NAME}
        for key in ("secrets", "env"):
            properties[key] |= {"items": NAME}
        return {
            "$schema": DIALECT,
            "$id": SCHEMA_ID,
            "title": "Braid workflow",
            "description": "A workflow: steps that run in order, at the same time, or as a graph.",
            "type": "object",
            "properties": properties,
            "required": ["name"],
            "oneOf": [{"required": [key], "errorMessage": _NO_BODY} for key in ("steps", "graph")],
            "additionalProperties": False,
            "$defs": {**self._steps(shapes), **self.definitions},
        }

    def _steps(self, shapes: Shapes) -> dict[str, Schema]:
        """Steps of lists and of graphs: one flat mapping, so that an error inside a kind is about that kind.

        With one mapping for each kind, editors tell of the kind that they think was meant, which is often another.
        """
        properties = {key: shapes.field(field) for key, field in COMMON.items() if key != _NEEDS}
        properties["id"] = described(STEP_ID, COMMON["id"].description)
        properties["fallback"] |= {"oneOf": [{"required": ["value"]}, {"required": ["steps"]}], "type": "object"}
        properties |= {name: {"$ref": f"#/$defs/kind_{name}"} for name in self.kinds}
        otherwise = control_fields(ast.If)["else"]
        properties["else"] = described(shapes.of(otherwise.shape), otherwise.description)
        same: dict[str, Schema] = {key: {"$ref": f"#/$defs/step/properties/{key}"} for key in properties}
        return {
            "steps": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/step"}},
            "graph_steps": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/graph_step"}},
            "step": self._step("Step", properties),
            "graph_step": self._step("Step of a graph", {**same, _NEEDS: shapes.field(COMMON[_NEEDS])}),
            **{f"kind_{name}": body for name, body in self.kinds.items()},
        }

    def _step(self, title: str, properties: dict[str, Schema]) -> Schema:
        return {
            "title": title,
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
            "oneOf": [
                {"type": "object", "title": name, "required": [name], "errorMessage": _NO_KIND} for name in self.kinds
            ],
            "dependentRequired": {"then": ["if"], "else": ["then"]},
            "if": {"anyOf": [{"required": [name]} for name in ast.CONTROLS]},
            "then": {"properties": dict.fromkeys(_OF_TASKS_ONLY, False)},
        }

    def _controls(self, shapes: Shapes) -> dict[str, Schema]:
        return {
            keyword: {"title": keyword} | described(_control_body(keyword, control, shapes), CONTROL_SUMMARIES[keyword])
            for keyword, control in ast.CONTROLS.items()
        }

    def _tasks(self, registry: TaskRegistry) -> dict[str, Schema]:
        kinds = {}
        for name in registry.names():
            try:
                kind = registry.get(name)
            except TaskKindError:
                continue
            # Each kind its own shapes: structs of two plug-ins may have one name.
            body = _task_body(kind, Shapes(self.definitions, expressions=True))
            kinds[name] = {"title": name} | described(body, kind.summary, _markdown(kind)) | _examples(kind)
        return kinds


def _control_body(keyword: str, control: type[ast.Step], shapes: Shapes) -> Schema:
    fields = control_fields(control)
    match keyword:
        case "steps" | "then":
            return {"$ref": "#/$defs/steps"}
        case "graph":
            return _graph_body(shapes)
        case "break" | "continue":
            return shapes.of(fields["when"].shape)
        case "goto":
            return {"anyOf": [shapes.of(fields["to"].shape), shapes.object(fields)]}
        case "return":
            return {}
        case "try":
            body = shapes.object(fields)
            body["properties"]["catch"]["anyOf"].insert(0, {"$ref": "#/$defs/Catch"})
            return body
        case "parallel":
            body = shapes.object(fields) | _SETTLES
            named: Schema = {"type": "object", "propertyNames": BRANCH_NAME}
            body["properties"]["branches"] |= {"if": {"type": "object"}, "then": named}
            body["properties"]["wait"] |= _word("all", "any", "ok", "failed", "done", "total")
            body["properties"]["merge"] |= _word("list", "object", "concat", "branches")
            return body
        case "switch":
            return shapes.object(fields) | _HOLDS
        case "foreach":
            return shapes.object(fields) | _SETTLES
        case _:
            return shapes.object(fields)


def _word(*words: str) -> Schema:
    return {"if": {"type": "string"}, "then": single_word(words)}


def _graph_body(shapes: Shapes) -> Schema:
    body = shapes.object(control_fields(ast.Graph))
    body["properties"]["steps"] |= {"$ref": "#/$defs/graph_steps"}
    return {"anyOf": [{"$ref": "#/$defs/graph_steps"}, body]}


def _task_body(kind: TaskKind, shapes: Shapes) -> Schema:
    fields = struct_fields(kind.fields)
    shorthand = fields[kind.shorthand] if kind.shorthand else None
    if shorthand and kind.whole_body:
        return shapes.of(shorthand.shape)
    whole = shapes.object(fields)
    choices = [{"oneOf": [_is_given(name) for name in names]} for names in kind.one_of]
    body = whole | ({"allOf": choices} if choices else {})
    if not kind.one_of and not any(field.required for field in fields.values()):
        body = {"anyOf": [body, {"type": "null"}]}
    if not shorthand:
        return body
    # Not `anyOf`: editors would tell of the form that they think was meant, and of the wrong one.
    return {"if": {"type": ["object", "null"]}, "then": body, "else": shapes.field(shorthand)}


def _is_given(name: str) -> Schema:
    return {"type": "object", "required": [name], "properties": {name: {"not": {"type": "null"}}}}


def _markdown(kind: TaskKind) -> str:
    example = f"\n\n```yaml\n{kind.example.strip()}\n```" if kind.example else ""
    return f"{kind.summary}\n\n**Result:** {kind.result}{example}"


def _examples(kind: TaskKind) -> Schema:
    """The first body that the kind's own example has of it."""
    if not kind.example:
        return {}
    from braid.language.document import read_document

    found = next(_bodies(read_document(kind.example, kind.name).root.to_value(), kind.name), None)
    return {"examples": [found]} if found is not None else {}


def _bodies(value: Any, name: str) -> Iterator[Any]:  # Any: values of YAML
    if isinstance(value, dict):
        if name in value:
            yield value[name]
        inner: Iterable[Any] = value.values()
    else:
        inner = value if isinstance(value, list) else ()
    for each in inner:
        yield from _bodies(each, name)
