"""The reference of the installed task kinds, as `docs/reference/tasks.md` has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from braid.language.scalar_match import shape_words
from braid.language.shape_types import FieldShape, ListShape, MapShape, StructShape, struct_fields
from braid.language.task_kind import (
    ActiveTask,
    Effect,
    Interpolation,
    PureTask,
    TaskKind,
    TaskRegistry,
    TimerTask,
    registry,
)

_ORDER = (
    *("python", "shell", "http", "read_file", "write_file", "template", "set", "map", "filter", "reduce"),
    *("delay", "call", "log", "fail", "assert"),
)
_EFFECTS = {
    Effect.NONE: "",
    Effect.READS: "It reads from outside the run.",
    Effect.WRITES: "It acts on the outside.",
}
_INTRODUCTION = """\
# Task kinds

Made from the code by `braid.language.reference.task_reference`; a test compares. The examples are executed by a test.

A step has one kind as a key, and the kind's fields below it. Fields marked * are required. Every field takes
expressions unless it says otherwise. `braid tasks KIND` shows the same on the command line.
"""


def task_reference(kinds: TaskRegistry = registry, names: Sequence[str] = _ORDER) -> str:
    """The page: each kind with its fields, result and example."""
    return "\n".join([_INTRODUCTION, *(_section(kinds.get(name)) for name in names)])


def _section(kind: TaskKind) -> str:
    facts = [kind.summary, _acting(kind), _EFFECTS[kind.effect]]
    parts = [f"## {kind.name}", " ".join(filter(None, facts))]
    if kind.whole_body:
        parts.append(f"`{kind.name}:` takes any value; it has no fields.")
    else:
        if kind.shorthand:
            parts.append(f"A body that is no mapping stands for `{kind.shorthand}`.")
        parts.append("\n".join(_table(struct_fields(kind.fields).values())))
    parts.append(f"**Result:** {kind.result}")
    parts.append(f"```yaml\n{kind.example.rstrip()}\n```")
    return "\n\n".join(parts) + "\n"


def _acting(kind: TaskKind) -> str:
    match kind:
        case PureTask():
            return "It is computed inside the engine."
        case TimerTask() | ActiveTask():
            return ""
        case _:
            return "Both files are checked together."


def _table(fields: Iterable[FieldShape]) -> Iterator[str]:
    yield "| field | type | meaning |"
    yield "|---|---|---|"
    for field in fields:
        yield from _rows(field, "")


def _rows(field: FieldShape, prefix: str) -> Iterator[str]:
    name = f"{prefix}{field.key}"
    meaning = field.description
    default = field.default
    if not field.required and default not in (None, msgspec.UNSET, "", [], {}):
        shown = str(default).lower() if isinstance(default, bool) else default
        meaning += f" `{shown}` when absent."
    if field.rule.names:
        meaning += " Evaluated for each item."
    if field.rule.interpolation is Interpolation.REFUSED:
        meaning += " Takes no expressions."
    cells = (f"`{name}`{'*' if field.required else ''}", shape_words(field.shape), meaning)
    yield "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
    for shape in getattr(field.shape, "alternatives", (field.shape,)):
        inner = shape.item if isinstance(shape, ListShape) else shape.value if isinstance(shape, MapShape) else shape
        if isinstance(inner, StructShape):
            for each in inner.fields.values():
                yield from _rows(each, f"{name}.")
