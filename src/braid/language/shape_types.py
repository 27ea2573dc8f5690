"""What values a field takes, worked out from its annotation.

`msgspec.inspect` refuses unions of several text types (`Literal["all"] | Annotated[str, …]`), which are common in a
language where most fields also admit an expression; so annotations are read here.
"""

from __future__ import annotations

import enum
import re
import types
import typing
from collections import abc
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, Literal, Union

import msgspec
from msgspec import NODEFAULT, UNSET, UnsetType

from braid.language.ast import Step
from braid.language.task_kind import FieldRule

Annotation = Any  # Any: an annotation is a class, a generic alias, a union, …: typing has no name for that
Value = Any  # Any: a value of a workflow, see task_kind.Value


class AnyShape(msgspec.Struct, frozen=True):
    """Everything."""


class ScalarShape(msgspec.Struct, frozen=True):
    """One type of scalars, with its bounds.

    `type` is `int`, `float`, `bool`, `str` or `null`. `format` names a rule for text, see `text_formats`.
    """

    type: str
    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None
    multiple_of: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    format: str | None = None


class ChoiceShape(msgspec.Struct, frozen=True):
    """One of some constants. `make` gives the field's value of the constant (a member of an enumeration)."""

    values: tuple[str | int | bool | None, ...]
    make: Callable[[Value], Value] | None = None


class InstanceShape(msgspec.Struct, frozen=True):
    """An object that no file can spell; only an expression gives one (dates, decimals, bytes)."""

    classes: tuple[type, ...]


class ListShape(msgspec.Struct, frozen=True):
    item: Shape
    min_length: int | None = None
    max_length: int | None = None
    make: Callable[[list[Value]], Value] | None = None


class MapShape(msgspec.Struct, frozen=True):
    value: Shape
    min_length: int | None = None
    max_length: int | None = None
    format: str | None = None


class StepShape(msgspec.Struct, frozen=True):
    """One step of a step list; read by who asks for the shape."""


class StructShape(msgspec.Struct, frozen=True):
    """A mapping with fixed keys. Its fields are worked out when needed, so that a struct may hold itself."""

    cls: type[msgspec.Struct]

    @property
    def fields(self) -> dict[str, FieldShape]:
        return struct_fields(self.cls)


class UnionShape(msgspec.Struct, frozen=True):
    """One of several. `scalars` are those among them that one scalar may fit."""

    alternatives: tuple[Shape, ...]
    scalars: tuple[Shape, ...] = ()

    def __post_init__(self) -> None:
        blocks = (ListShape, MapShape, StructShape, StepShape)
        scalars = tuple(each for each in self.alternatives if not isinstance(each, blocks))
        msgspec.structs.force_setattr(self, "scalars", scalars)


Shape = (
    AnyShape | ScalarShape | ChoiceShape | InstanceShape | ListShape | MapShape | StepShape | StructShape | UnionShape
)


class FieldShape(msgspec.Struct, frozen=True):
    """One key of a mapping."""

    name: str
    key: str
    shape: Shape
    required: bool
    default: Value
    description: str
    examples: tuple[Value, ...]
    rule: FieldRule


@cache
def struct_fields(cls: type[msgspec.Struct]) -> dict[str, FieldShape]:
    """Key → field, in the order of the class; `origin` of syntax-tree classes is no key."""
    fields = {}
    for info in msgspec.structs.fields(cls):
        if info.name == "origin":
            continue
        facts = _facts(info.type)
        fields[info.encode_name] = FieldShape(
            name=info.name,
            key=info.encode_name,
            shape=shape_of(info.type),
            required=info.required,
            default=_default(info),
            description=facts.description,
            examples=tuple(facts.examples),
            rule=facts.rule,
        )
    return fields


def shape_of(annotation: Annotation) -> Shape:
    """The shape of an annotation; constraints of nested `Annotated` add up.

    Raises:
        TypeError: The annotation says nothing about values (a bug of the plug-in that has it).
    """
    facts = _facts(annotation)
    return _shape(facts.annotation, facts)


class _Facts(msgspec.Struct):
    """An annotation without its `Annotated` wrappers, and what they said."""

    annotation: Annotation
    bounds: dict[str, Any] = msgspec.field(default_factory=dict)  # Any: numbers, lengths, a pattern
    description: str = ""
    examples: list[Value] = msgspec.field(default_factory=list)
    rule: FieldRule = msgspec.field(default_factory=FieldRule)
    format: str | None = None


def _is_annotated(annotation: Annotation) -> bool:
    origin: Annotation = typing.get_origin(annotation)
    return origin is Annotated


_BOUNDS = ("ge", "gt", "le", "lt", "multiple_of", "min_length", "max_length", "pattern")


def _facts(annotation: Annotation) -> _Facts:
    metas: list[msgspec.Meta] = []
    while _is_annotated(annotation):
        annotation, *found = typing.get_args(annotation)
        metas[:0] = [meta for meta in found if isinstance(meta, msgspec.Meta)]
    facts = _Facts(annotation)
    for meta in metas:  # the outer ones last: they win
        facts.bounds.update({name: bound for name in _BOUNDS if (bound := getattr(meta, name)) is not None})
        facts.description = meta.description or facts.description
        facts.examples = list(meta.examples or facts.examples)
        extra = meta.extra or {}
        facts.rule = extra.get("rule", facts.rule)
        facts.format = extra.get("format") or facts.rule.format or facts.format
    return facts


def _default(info: msgspec.structs.FieldInfo) -> Value:
    if info.default is not NODEFAULT:
        return info.default
    return UNSET if info.default_factory is NODEFAULT else info.default_factory()


_NUMBER_BOUNDS = frozenset({"ge", "gt", "le", "lt", "multiple_of"})
_TEXT_BOUNDS = frozenset({"min_length", "max_length", "pattern"})
_LENGTHS = frozenset({"min_length", "max_length"})


def _bounds(facts: _Facts, names: frozenset[str]) -> dict[str, Any]:  # Any: as in _Facts
    return {name: bound for name, bound in facts.bounds.items() if name in names}


def _shape(annotation: Annotation, facts: _Facts) -> Shape:
    scalar = _scalar(annotation, facts)
    if scalar:
        return scalar
    origin: Annotation = typing.get_origin(annotation)
    arguments = typing.get_args(annotation)
    if origin in (Union, types.UnionType):
        return _union(arguments, facts)
    if origin is Literal:
        return ChoiceShape(arguments)
    if isinstance(annotation, type):
        found = _of_class(annotation)
        if found:
            return found
    return _container(origin or annotation, arguments, facts)


def _scalar(annotation: Annotation, facts: _Facts) -> Shape | None:
    if annotation in (Any, object) or isinstance(annotation, typing.TypeVar):
        return AnyShape()
    if annotation in (None, types.NoneType):
        return ScalarShape("null")
    if annotation in (int, float):
        # A format (`duration`) speaks of numbers too: a bare `30` is no duration.
        return ScalarShape(annotation.__name__, **_bounds(facts, _NUMBER_BOUNDS), format=facts.format)
    if annotation is bool:
        return ScalarShape("bool")
    if annotation is str:
        return ScalarShape("str", **_bounds(facts, _TEXT_BOUNDS), format=facts.format)
    return None


def _of_class(annotation: type) -> Shape | None:
    if issubclass(annotation, Step):
        return StepShape()
    if issubclass(annotation, msgspec.Struct):
        return StructShape(annotation)
    if issubclass(annotation, enum.Enum):
        return ChoiceShape(tuple(member.value for member in annotation), make=annotation)
    return None


def _union(arguments: tuple[Annotation, ...], facts: _Facts) -> Shape:
    alternatives: list[Shape] = []
    for argument in arguments:
        if argument is UnsetType:
            continue
        inner = _facts(argument)
        inner.bounds = {**inner.bounds, **facts.bounds}
        inner.format = inner.format or facts.format
        shape = _shape(inner.annotation, inner)
        alternatives += shape.alternatives if isinstance(shape, UnionShape) else [shape]
    if len(alternatives) == 1 or any(isinstance(shape, AnyShape) for shape in alternatives):
        return next((shape for shape in alternatives if isinstance(shape, AnyShape)), alternatives[0])
    return UnionShape(tuple(alternatives))


_LISTS = {list, abc.Sequence, abc.Iterable, abc.Collection, abc.MutableSequence}
_COLLECTIONS = {tuple, set, frozenset}
_MAPS = {dict, abc.Mapping, abc.MutableMapping}


def _container(origin: Annotation, arguments: tuple[Annotation, ...], facts: _Facts) -> Shape:
    lengths = _bounds(facts, _LENGTHS)
    if origin in _LISTS or origin in _COLLECTIONS:
        if len(arguments) > 1 and arguments[1:] != (Ellipsis,):
            raise TypeError(f"{facts.annotation}: only tuples of one type (`tuple[int, ...]`) can be fields")
        item = shape_of(arguments[0]) if arguments else AnyShape()
        return ListShape(item, **lengths, make=origin if origin in _COLLECTIONS else None)
    if origin in _MAPS:
        return MapShape(shape_of(arguments[1]) if arguments else AnyShape(), **lengths, format=facts.format)
    if origin in (abc.Callable, Callable):
        return AnyShape()  # a deferred field, see FieldRule.names
    if isinstance(origin, type):
        return InstanceShape((origin,))
    raise TypeError(f"{facts.annotation} can't be the type of a field")


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
