"""Arguments that fit their fields at first sight.

The walk in `shape.py` can say what is wrong, and where; it takes 30 µs for arguments that are right, this takes 2 µs.
It only ever says "they fit" or "look closer", and what it lets through the walk lets through unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import NoneType
from typing import NamedTuple, TypeVar

import msgspec

from braid.language.shape_types import (
    AnyShape,
    InstanceShape,
    ListShape,
    MapShape,
    ScalarShape,
    Shape,
    UnionShape,
    struct_fields,
)
from braid.language.stored import isolated
from braid.language.task_kind import TaskFields, Value

F = TypeVar("F", bound=TaskFields)

_SCALARS: dict[str, frozenset[type]] = {
    "null": frozenset({NoneType}),
    "bool": frozenset({bool}),
    "int": frozenset({int}),
    "float": frozenset({int, float}),
    "str": frozenset({str}),
}
_TEXT_KEYS = frozenset({str})


class _Field(NamedTuple):
    """`types`: those whose every value fits, a dict if its keys are text; None when everything does."""

    name: str
    types: frozenset[type] | None


class _Fields(NamedTuple):
    by_key: Mapping[str, _Field]
    required: frozenset[str]


def at_first_sight(fields_type: type[F], resolved: Mapping[str, Value], *, isolate: bool = False) -> F | None:
    """An instance that holds the arguments as they are, or copies, or None when they need a closer look."""
    by_key, required = _fields(fields_type)
    values = {}
    for key, value in resolved.items():
        field = by_key.get(key)
        if field is None:
            return None
        name, types = field
        kind = type(value)
        if types is not None and kind not in types:
            return None
        if kind is dict or kind is list:
            if kind is dict and types is not None and not _TEXT_KEYS.issuperset(map(type, value)):
                return None
            if isolate:
                value = isolated(value)
        values[name] = value
    return fields_type(**values) if not required or required <= values.keys() else None


@cache
def _fields(cls: type[msgspec.Struct]) -> _Fields:
    fields = struct_fields(cls).values()
    # A field with names of its own holds a function of them.
    plain = {each.key: _Field(each.name, _types(each.shape)) for each in fields if not each.rule.names}
    return _Fields(plain, frozenset(each.name for each in fields if each.required))


def _types(shape: Shape) -> frozenset[type] | None:
    """The types whose every value fits as it is; those with bounds or a format are left to the walk."""
    match shape:
        case AnyShape():
            return None
        case ScalarShape(type=kind) if shape == ScalarShape(kind):
            return _SCALARS[kind]
        case MapShape() if shape == MapShape(AnyShape()):
            return frozenset({dict})
        case ListShape() if shape == ListShape(AnyShape()):
            return frozenset({list})
        case InstanceShape(classes=classes):
            return frozenset(classes)
        case UnionShape(alternatives=alternatives):
            found = [_types(each) for each in alternatives]
            # All of them: one that needs a closer look may take a value before the others do.
            return frozenset[type]().union(*filter(None, found)) if all(found) else frozenset()
        case _:
            return frozenset()
