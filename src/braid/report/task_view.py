"""Task kinds, told to people and programs: fields, result and example, as the kind itself declares them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Any

from msgspec import UNSET

from braid.diagnostics.terminal_text import columns
from braid.language.scalar_match import shape_words
from braid.language.shape_types import FieldShape, ListShape, MapShape, StructShape, struct_fields
from braid.language.task_kind import Effect, Interpolation, TaskKind

Json = dict[str, Any]  # Any: a JSON object for `--json`, written and never read back

EFFECT_WORDS = {
    Effect.NONE: "touches nothing outside the run",
    Effect.READS: "reads from outside the run",
    Effect.WRITES: "acts on the outside",
}


def kind_json(kind: TaskKind) -> Json:
    """One element of `kinds` in `braid tasks --json`."""
    return {
        "kind": kind.name,
        "summary": kind.summary,
        "effect": kind.effect.value,
        "shorthand": kind.shorthand,
        "fields": [_field_json(field) for field in struct_fields(kind.fields).values()],
        "result": kind.result,
        "example": kind.example,
    }


def kinds_text(kinds: Iterable[TaskKind], width: int) -> str:
    """A line a kind; a summary that doesn't fit goes on below itself."""
    return _table([(kind.name, kind.summary) for kind in kinds], width)


def kind_text(kind: TaskKind, width: int) -> str:
    """One kind with everything that an author needs of it."""
    parts = [f"{kind.name}: {kind.summary}", f"It {EFFECT_WORDS[kind.effect]}."]
    fields = struct_fields(kind.fields)
    if kind.whole_body:
        parts.append(f"`{kind.name}:` takes any value; there are no fields.")
    else:
        if kind.shorthand:
            parts.append(f"A body that is no mapping is its `{kind.shorthand}`.")
        rows = [row for field in fields.values() for row in _rows(field, "")]
        parts.append("Fields (* = required)\n" + _table(rows, width))
    parts.append(f"Result\n{textwrap.indent(textwrap.fill(kind.result, max(width - 2, 20)), '  ')}")
    parts.append("Example\n" + textwrap.indent(kind.example.strip("\n"), "  "))
    return "\n\n".join(parts)


def _field_json(field: FieldShape) -> Json:
    described: Json = {
        "name": field.key,
        "type": shape_words(field.shape),
        "required": field.required,
        "description": field.description,
    }
    if not field.required and field.default is not UNSET:
        described["default"] = field.default
    if _admits_no_expression(field):
        described["expressions"] = False
    if inner := _inner(field):
        described["fields"] = [_field_json(each) for each in inner]
    return described


def _rows(field: FieldShape, prefix: str) -> Iterable[tuple[str, str]]:
    name = f"{prefix}{field.key}"
    facts = [shape_words(field.shape)]
    if not field.required and field.default not in (None, UNSET, [], {}):
        facts.append(f"{_default_text(field.default)} when absent")
    if _admits_no_expression(field):
        facts.append("takes no expressions")
    text = f"{field.description} ({'; '.join(facts)})".strip()
    yield name + ("*" if field.required else ""), text
    for each in _inner(field):
        yield from _rows(each, f"{name}.")


def _inner(field: FieldShape) -> list[FieldShape]:
    """The fields of a mapping with fixed keys."""
    shapes = getattr(field.shape, "alternatives", (field.shape,))
    found: list[FieldShape] = []
    for shape in shapes:
        inner = shape.item if isinstance(shape, ListShape) else shape.value if isinstance(shape, MapShape) else shape
        if isinstance(inner, StructShape):
            found += inner.fields.values()
    return found


def _admits_no_expression(field: FieldShape) -> bool:
    return field.rule.interpolation is Interpolation.REFUSED


def _default_text(default: Any) -> str:  # Any: a field's default, any value
    if isinstance(default, bool):
        return "true" if default else "false"
    return f"`{default}`"


def _table(rows: list[tuple[str, str]], width: int) -> str:
    left = min(max((columns(name) for name, _ in rows), default=0), 30)
    lines = []
    for name, text in rows:
        first, *more = textwrap.wrap(text, max(width - left - 4, 30)) or [""]
        if columns(name) > left:
            lines.append(f"  {name}")
            name = ""
        lines.append(f"  {name}{' ' * (left - columns(name))}  {first}".rstrip())
        lines += [f"  {' ' * left}  {line}" for line in more]
    return "\n".join(lines)
