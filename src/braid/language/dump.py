"""Syntax tree → plain values → YAML text, which reads back as the same tree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec import UNSET

from braid.diagnostics import INTEGER_DIGITS_MAX
from braid.language import ast
from braid.language.shape_types import FieldShape, struct_fields
from braid.language.step_keys import COMMON, control_fields
from braid.language.task_kind import Value
from braid.language.yaml_text import yaml_text

_BEFORE_BODY = ("id", "name", "if", "needs")
_AFTER_BODY = ("retry", "timeout", "fallback", "output", "schema", "pool", "idempotent")
_KEYWORDS = {control: keyword for keyword, control in ast.CONTROLS.items()}


_INTEGER_BITS_MAX: Final = int(INTEGER_DIGITS_MAX * 3.32)


class DumpError(TypeError):
    """A workflow built in Python holds something that no file can say."""


def to_yaml(workflow: ast.Workflow) -> str:
    """The workflow as the text of a file.

    Raises:
        DumpError: It holds a value that is no text, number, boolean, null, list or mapping of such.
    """
    return yaml_text(to_values(workflow))


def to_values(workflow: ast.Workflow) -> dict[str, Value]:
    """The workflow as its file would be read by any YAML library, keys in their usual order.

    Raises:
        DumpError: As `to_yaml`.
    """
    values = _part(workflow, struct_fields(ast.Workflow), "")
    graph = workflow.graph
    if isinstance(graph, ast.Graph):
        values["graph"] = _graph(graph, "graph")
    return values


def _part(part: Any, fields: Mapping[str, FieldShape], place: str) -> dict[str, Value]:  # Any: a struct of the AST
    """The fields that differ from their defaults, under their keys; required ones always."""
    values: dict[str, Value] = {}
    for key, field in fields.items():
        value = getattr(part, field.name)
        if not field.required and (value is UNSET or (value == field.default and type(value) is type(field.default))):
            continue
        values[key] = _value(value, f"{place}.{key}" if place else key)
    return values


def _value(value: Value, place: str) -> Value:
    match value:
        case int() if value.bit_length() > _INTEGER_BITS_MAX:
            raise DumpError(f"{place}: the number has more than {INTEGER_DIGITS_MAX:,} digits")
        case None | bool() | int() | float() | str():
            # Subclasses (an enumeration of texts, numpy's float64) are written as what they stand for.
            return value
        case ast.Step():
            return _step(value, place)
        case ast.Part():
            return _part(value, struct_fields(type(value)), place)
        case list() | tuple():
            return [_value(item, f"{place}[{index}]") for index, item in enumerate(value)]
        case Mapping():
            return {_key(key, place): _value(item, f"{place}.{key}") for key, item in value.items()}
        case _:
            raise DumpError(
                f"{place}: a {type(value).__name__} can't stand in a workflow; "
                "give it as text, or make it in a step, such as `python`"
            )


def _key(key: object, place: str) -> str:
    if not isinstance(key, str):
        raise DumpError(f"{place}: the key {key!r} is no text")
    return key


def _step(step: ast.Step, place: str) -> dict[str, Value]:
    common = _part(step, COMMON, place)
    if isinstance(step, ast.Task):
        kind, body = step.kind, _task_body(step, f"{place}.{step.kind}")
    else:
        kind, body = _KEYWORDS[type(step)], _control_body(step, place)
    values = {key: common[key] for key in _BEFORE_BODY if key in common}
    if isinstance(step, ast.If):
        values["if"] = step.if_
        values["then"] = body
        if step.else_ is not None:
            values["else"] = _value(step.else_, f"{place}.else")
    else:
        values[kind] = body
    values |= {key: common[key] for key in _AFTER_BODY if key in common}
    return values


def _task_body(step: ast.Task, place: str) -> Value:
    body = _value(step.body, place)
    if step.function is None or (isinstance(body, dict) and ("call" in body or "code" in body)):
        return body
    # The function itself is handed over beside the file; its name is what a reader of the file sees.
    qualified = getattr(step.function, "__qualname__", type(step.function).__qualname__)
    # What Python calls `<lambda>` or `make.<locals>.inner` can't be imported, but must still read as a name.
    named = f"{step.function.__module__}:{qualified.replace('<', '').replace('>', '')}"
    return {"call": named, **(body or {})}


def _control_body(step: ast.Step, place: str) -> Value:
    match step:
        case ast.Group():
            return _value(step.steps, f"{place}.steps")
        case ast.If():
            return _value(step.then, f"{place}.then")
        case ast.Graph():
            return _graph(step, f"{place}.graph")
        case ast.Break() | ast.Continue():
            return step.when
        case ast.Goto():
            fields = _part(step, control_fields(ast.Goto), place)
            return step.to if list(fields) == ["to"] else fields
        case ast.Return():
            return _value(step.value, f"{place}.return")
        case _:
            keyword = _KEYWORDS[type(step)]
            return _part(step, control_fields(type(step)), f"{place}.{keyword}")


def _graph(graph: ast.Graph, place: str) -> Value:
    fields = _part(graph, control_fields(ast.Graph), place)
    return fields["steps"] if list(fields) == ["steps"] else fields
