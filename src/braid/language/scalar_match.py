"""One scalar against one type, and how both are called in messages."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from braid.diagnostics import nearest
from braid.language.document import MappingNode, ScalarNode, SequenceNode
from braid.language.shape_types import (
    AnyShape,
    ChoiceShape,
    InstanceShape,
    ListShape,
    MapShape,
    ScalarShape,
    Shape,
    StepShape,
    StructShape,
    UnionShape,
    compiled,
)
from braid.language.task_kind import Value
from braid.language.text_formats import Mismatch, format_problem, format_words

BAD: Final[Any] = type("_Bad", (), {"__repr__": lambda self: "BAD"})()
"""Stands for a value that was reported. Any: it takes the place of every type."""

Item = Any  # Any: a Node of a document, or a plain value during a run

_SHOWN_CHARS = 40
_KEYS_SHOWN = 3

# Formats that also admit text with an expression; the others are names or constants.
_WITH_EXPRESSIONS = frozenset({"duration", "expression", "braced"})


def match_scalar(value: Value, shape: Shape) -> Value:
    """The field's value, or a `Mismatch`; its message is empty for the usual "expected …, found …"."""
    match shape:
        case AnyShape():
            return value
        case ScalarShape():
            return _match_type(value, shape)
        case ChoiceShape():
            return _match_choice(value, shape)
        case InstanceShape(classes=classes):
            return value if isinstance(value, classes) else Mismatch()
        case _:
            return Mismatch()


def _match_type(value: Value, shape: ScalarShape) -> Value:
    match shape.type:
        case "null":
            return None if value is None else Mismatch()
        case "bool":
            return value if isinstance(value, bool) else Mismatch()
        case "int":
            fits = isinstance(value, int) and not isinstance(value, bool)
        case "float":
            fits = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
        case _:
            fits = isinstance(value, str)
    if not fits:
        return Mismatch()
    problem = _match_bounds(value, shape)
    if problem:
        return problem
    return float(value) if shape.type == "float" and isinstance(value, Decimal) else value


def _match_bounds(value: Value, shape: ScalarShape) -> Mismatch | None:
    if isinstance(value, str):
        if shape.min_length is not None and len(value) < shape.min_length:
            return Mismatch(code="out-of-bounds")
        if shape.max_length is not None and len(value) > shape.max_length:
            return Mismatch(code="out-of-bounds")
        if shape.pattern is not None and not compiled(shape.pattern).search(value):
            return Mismatch(code="out-of-bounds")
        if shape.format in _WITH_EXPRESSIONS and "{{" in value:
            return None
    elif (
        (shape.ge is not None and value < shape.ge)
        or (shape.gt is not None and value <= shape.gt)
        or (shape.le is not None and value > shape.le)
        or (shape.lt is not None and value >= shape.lt)
        or (shape.multiple_of is not None and value % shape.multiple_of)
    ):
        return Mismatch(code="out-of-bounds")
    return format_problem(shape.format, value) if shape.format else None


def _match_choice(value: Value, shape: ChoiceShape) -> Value:
    for choice in shape.values:
        if value == choice and type(value) is type(choice):
            return shape.make(value) if shape.make else value
    meant = nearest(value, [each for each in shape.values if isinstance(each, str)]) if isinstance(value, str) else None
    return Mismatch(help=f"did you mean `{meant}`?" if meant else "", code="unknown-choice")


def shape_words(shape: Shape) -> str:
    """The shape as part of a sentence: "expected a whole number ≥ 1"."""
    match shape:
        case ScalarShape():
            return _scalar_words(shape)
        case ChoiceShape(values=values):
            return _joined([f"`{spelled(value)}`" for value in values])
        case InstanceShape(classes=classes):
            return _joined([_CLASS_WORDS.get(cls, f"a {cls.__name__}") for cls in classes])
        case ListShape(item=item):
            return f"a list of {plural(item)}"
        case MapShape(format="schema"):
            return "a JSON Schema"
        case MapShape():
            return "a mapping"
        case StructShape():
            keys = [f"`{key}`" for key in shape.fields]
            return f"a mapping ({', '.join(keys[:_KEYS_SHOWN])}{', …' if len(keys) > _KEYS_SHOWN else ''})"
        case StepShape():
            return "a step"
        case UnionShape(alternatives=alternatives):
            told = [each for each in alternatives if each != ScalarShape("null")]
            told.sort(key=lambda each: isinstance(each, ListShape | MapShape | StructShape))
            return _joined(list(dict.fromkeys(map(shape_words, told))))
        case _:
            return "a value"


_CLASS_WORDS: dict[type, str] = {
    bytes: "bytes",
    date: "a date",
    datetime: "a date with a time",
    time: "a time of day",
    timedelta: "a time span",
    Decimal: "a decimal number",
}

_TYPE_WORDS = {"int": "a whole number", "float": "a number", "bool": "`true` or `false`", "null": "null", "str": "text"}


def _scalar_words(shape: ScalarShape) -> str:
    named = format_words(shape.format) if shape.format else None
    if named:
        return named
    words = _TYPE_WORDS[shape.type]
    if shape.type == "str":
        return words + _length_words(shape.min_length, shape.max_length) + _pattern_words(shape.pattern)
    if shape.ge is not None and shape.le is not None:
        return f"{words} from {shape.ge:g} to {shape.le:g}"
    bounds = [("≥", shape.ge), (">", shape.gt), ("≤", shape.le), ("<", shape.lt)]
    words = " and ".join([words, *(f"{sign} {bound:g}" for sign, bound in bounds if bound is not None)]).replace(
        " and ", " ", 1
    )
    return words + (f", a multiple of {shape.multiple_of:g}" if shape.multiple_of is not None else "")


def _length_words(least: int | None, most: int | None) -> str:
    if least == 1 and most is None:
        return " that isn't empty"
    if least is None and most is None:
        return ""
    if least is None or most is None:
        return f" of at {'least' if most is None else 'most'} {least if most is None else most} characters"
    return f" of {least} to {most} characters"


def _pattern_words(pattern: str | None) -> str:
    return f" that matches `{pattern}`" if pattern else ""


_PLURALS = {"int": "whole numbers", "float": "numbers", "bool": "`true` or `false`", "str": "texts", "null": "nulls"}


def plural(shape: Shape) -> str:
    """The shape as the items of a list."""
    match shape:
        case StepShape():
            return "steps"
        case ScalarShape():
            return _PLURALS[shape.type]
        case StructShape() | MapShape():
            return "mappings"
        case ListShape(item=StepShape()):
            return "step lists"
        case ListShape():
            return "lists"
        case _:
            return "values"


def found_words(item: Item) -> str:
    """A value as part of a sentence: "found text `x`"."""
    value = item.value if isinstance(item, ScalarNode) else item
    match value:
        case None:
            return "nothing" if isinstance(item, ScalarNode) and not item.text.strip() else "null"
        case bool():
            return f"`{spelled(value)}`"
        case str():
            return f"text `{spelled(value)}`" if value else "empty text"
        case int() | float() | Decimal():
            return f"the number `{spelled(value)}`"
        case SequenceNode() | list() | tuple():
            return "a list"
        case MappingNode() | dict():
            return "a mapping"
        case _:
            return _CLASS_WORDS.get(type(value), f"a {type(value).__name__}")


def spelled(value: Value) -> str:
    """A scalar as it is written in a file, shortened."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and value.bit_length() > 256:
        return "…"  # Python refuses to print integers of thousands of digits
    text = str(value).replace("\n", "⏎")
    return text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}…"


def _joined(words: list[str], last: str = "or") -> str:
    if len(words) < 2:
        return "".join(words) or "nothing"
    return f"{', '.join(words[:-1])} {last} {words[-1]}"
