"""The fields of tasks: what their annotations take, against the types of what is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from braid.diagnostics import Diagnostic
from braid.language import plan
from braid.language.shape_types import (
    AnyShape,
    ListShape,
    MapShape,
    ScalarShape,
    Shape,
    StructShape,
    UnionShape,
    struct_fields,
)
from braid.language.types.lattice import UNKNOWN, Type, members, words
from braid.language.types.places import span_of
from braid.language.values import Bound, MappingValue

_BLOCKS: Final = frozenset({"list", "object"})
_ALL: Final = frozenset({"null", "bool", "int", "float", "decimal", "text", "bytes", "date", "list", "object"})


def field_problems(node: plan.TaskNode, fields: Mapping[str, Type]) -> Iterator[Diagnostic]:
    """Fields whose value certainly is of a kind that they don't take."""
    if all(kind is UNKNOWN for kind in fields.values()) or not isinstance(node.arguments, MappingValue):
        return
    known = struct_fields(node.task.fields)
    for name, value in node.arguments.items:
        shape = known.get(name)
        kinds = members(fields.get(name, UNKNOWN))
        if shape is None or not isinstance(value, Bound) or shape.rule.names:
            continue
        taken = _taken(shape.shape)
        if not kinds or any(each.kind in taken or each.kind in ("unknown", "method") for each in kinds):
            continue
        found = words(fields[name])
        yield Diagnostic(
            code="wrong-type",
            message=f"`{name}` of `{node.kind}` needs {_wanted(shape.shape)}, and this is {found}",
            span=span_of(value),
            label=found,
            help=_help(shape.shape, fields[name]),
        )


def _taken(shape: Shape) -> frozenset[str]:
    """Kinds of which some value may fit. Scalars are left to the run, which converts some into others."""
    match shape:
        case ListShape():
            return frozenset({"list"})
        case MapShape() | StructShape():
            return frozenset({"object"})
        case ScalarShape(type="null"):
            return frozenset({"null"})
        case UnionShape():
            return frozenset().union(*map(_taken, shape.alternatives))
        case AnyShape():
            return _ALL
    return _ALL - _BLOCKS


def _wanted(shape: Shape) -> str:
    taken = _taken(shape)
    if taken - {"null"} == {"list"}:
        return "a list"
    if taken - {"null"} == {"object"}:
        return "an object"
    return "a single value" if not taken & _BLOCKS else "another value"


def _help(shape: Shape, kind: Type) -> str:
    if _taken(shape) == {"list"} and kind.kind == "object":
        return "write `| dict2items` behind it to go through its keys and values"
    if _taken(shape) == {"list"} and kind.kind in ("int", "float"):
        return "to count, write `range(…)` round it"
    return ""
