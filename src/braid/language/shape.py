"""Does a value fit the type of its field? One walk for files (before a run) and for resolved values (during it)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from braid.diagnostics import Diagnostic, Label, Span
from braid.language.document import MappingNode, Node, ScalarNode, SequenceNode
from braid.language.field_rules import check_rule, is_interpolated, is_lone_expression
from braid.language.first_sight import at_first_sight
from braid.language.names import nearest_key
from braid.language.scalar_match import BAD, found_words, match_scalar, shape_words
from braid.language.shape_types import (
    Annotation,
    AnyShape,
    FieldShape,
    ListShape,
    MapShape,
    ScalarShape,
    Shape,
    StepShape,
    StructShape,
    UnionShape,
    shape_of,
)
from braid.language.stored import isolated
from braid.language.task_kind import Interpolation, TaskFields, Value
from braid.language.text_formats import Mismatch

if TYPE_CHECKING:
    from braid.diagnostics.fix import Fix

__all__ = [
    "BAD",
    "FieldsError",
    "Reading",
    "ShapeProblem",
    "diagnostic_of",
    "read_shape",
    "shape_problems",
    "validated",
]

NODES = (ScalarNode, SequenceNode, MappingNode)
# Tuples: `isinstance` is twice as quick with them as with unions, and this is asked for each value of a file.
_BLOCKS = (ListShape, MapShape, StructShape)

Item = Any  # Any: a Node of a document, or a plain value during a run
Path = tuple[str | int, ...]


class ShapeProblem(msgspec.Struct, frozen=True):
    """One thing that doesn't fit: its path from the value that was asked about, and its place in the file, if any."""

    path: Path
    message: str
    span: Span | None = None
    label: str = ""
    help: str = ""
    code: str = "wrong-type"
    related: tuple[Label, ...] = ()
    fix: Fix | None = None


class FieldsError(Exception):
    """Resolved arguments of a task don't fit its fields; all of them are named."""

    def __init__(self, problems: Iterable[ShapeProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"`{path_text(problem.path)}`: {problem.message}" for problem in self.problems))


class Reading(msgspec.Struct):
    """One walk: what it found wrong, and what it leaves to others.

    Attributes:
        expressions: Text with `{{ … }}` fits any field (the fields of task kinds).
        read_steps: Reads a step list; gets its path in what is being read.
        keys_elsewhere: Key → help, for keys that belong somewhere else.
        keys: Those round the value being read; problems with what isn't there point to the last one.
        meant: Keys that a misspelt one was taken for; that they are missing is then clear.
    """

    problems: list[ShapeProblem] = msgspec.field(default_factory=list)
    expressions: bool = False
    read_steps: Callable[[Node, Path], Value] | None = None
    keys_elsewhere: Mapping[str, str] = msgspec.field(default_factory=dict)
    keys: list[ScalarNode] = msgspec.field(default_factory=list)
    meant: set[Path] = msgspec.field(default_factory=set)

    def report(self, path: Path, item: Item, mismatch: Mismatch, key: ScalarNode | None = None) -> Any:  # Any: BAD
        keys = [key] if key is not None else self.keys[-1:]
        span = item.span if isinstance(item, NODES) else None
        if span is not None and isinstance(item, ScalarNode) and mismatch.offset is not None:
            span = item.locate(mismatch.offset, mismatch.offset + mismatch.length)
        if span is not None and (span.start == span.end or (not isinstance(item, ScalarNode) and keys)):
            # A long block would be underlined on its first line only; its key says more, and of an item the first key.
            span = keys[0].span if keys else span
            if path and isinstance(path[-1], int) and isinstance(item, MappingNode) and item.entries:
                span = item.entries[0].key.span
        code, message, help = mismatch.code, mismatch.message, mismatch.help
        self.problems.append(ShapeProblem(path, message, span, mismatch.label, help, code))
        return BAD


def shape_problems(node: Node, annotation: Annotation, *, expressions: bool = True) -> list[Diagnostic]:
    """Everything in `node` that doesn't fit `annotation`, with its exact place.

    Args:
        node: A value of the file.
        annotation: A type as in a `TaskFields` struct: scalars, `Literal`, lists, dicts, structs, unions,
            `Annotated` with `msgspec.Meta` bounds.
        expressions: Whether text with `{{ … }}` fits everywhere.
    """
    reading = Reading(expressions=expressions)
    read_shape(node, shape_of(annotation), reading)
    return [diagnostic_of(problem) for problem in reading.problems]


F = TypeVar("F", bound=TaskFields)


def validated(fields_type: type[F], resolved: Mapping[str, Value], *, isolate: bool = False) -> F:
    """An instance of a kind's fields, made of resolved arguments, whose lists and objects it may hold on to.

    Deferred fields are taken as they are.

    Args:
        isolate: It holds copies of them instead.

    Raises:
        FieldsError: Everything that doesn't fit, each with its path in the fields.
    """
    if (found := at_first_sight(fields_type, resolved, isolate=isolate)) is not None:
        return found
    reading = Reading()
    if isolate:
        resolved = isolated(resolved)
    instance = read_shape(dict(resolved), StructShape(fields_type), reading)
    if reading.problems:
        raise FieldsError(reading.problems)
    assert isinstance(instance, fields_type), "a reading without problems gives an instance"
    return instance


def diagnostic_of(problem: ShapeProblem) -> Diagnostic:
    code, message, span, fix = problem.code, problem.message, problem.span, problem.fix
    return Diagnostic(code, message, span, problem.label, problem.help, related=problem.related, fix=fix)


def path_text(path: Path) -> str:
    """`headers.accept`, `rows[3]`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".") or "value"


def read_shape(item: Item, shape: Shape, reading: Reading, path: Path = ()) -> Value:
    """The value that `item` stands for, or `BAD` after a report."""
    if reading.expressions and is_interpolated(item) and _admits_expression(item, shape, reading, path):
        return item.text
    match shape:
        case UnionShape():
            return _read_union(item, shape, reading, path)
        case AnyShape():
            return item.to_value() if isinstance(item, NODES) else item
        case ListShape():
            return _read_list(item, shape, reading, path)
        case MapShape():
            return _read_map(item, shape, reading, path)
        case StructShape():
            return _read_struct(item, shape, reading, path)
        case _:
            value = match_scalar(_plain(item), shape)
            return _mismatched(item, shape, value, reading, path) if isinstance(value, Mismatch) else value


def _plain(item: Item) -> Value:
    return item.value if isinstance(item, ScalarNode) else item


def _admits_expression(item: ScalarNode, shape: Shape, reading: Reading, path: Path) -> bool:
    if is_lone_expression(item.text) or not isinstance(shape, _BLOCKS):
        return True
    reading.report(
        path,
        item,
        Mismatch(f"expected {shape_words(shape)}, found text round an expression", "write only the `{{ … }}`"),
    )
    return True


def _mismatched(item: Item, shape: Shape, mismatch: Mismatch, reading: Reading, path: Path) -> Value:
    if not mismatch.message:
        message = f"expected {shape_words(shape)}, found {found_words(item)}"
        mismatch = Mismatch(message, mismatch.help or _form_help(item, shape), mismatch.code, mismatch.label)
    if not mismatch.label and path and mismatch.offset is None:
        mismatch = Mismatch(
            mismatch.message, mismatch.help, mismatch.code, f"value of `{path_text(path)}`", mismatch.offset
        )
    return reading.report(path, item, mismatch)


def _form_help(item: Item, shape: Shape) -> str:
    """How to write what was meant, for slips of form that people often make."""
    alternatives = shape.alternatives if isinstance(shape, UnionShape) else (shape,)
    if isinstance(item, MappingNode) and any(isinstance(each, ListShape) for each in alternatives):
        return "begin each entry with `- `"
    if not isinstance(item, ScalarNode) or item.value is None:
        return ""
    for each in alternatives:
        if isinstance(each, MapShape) and each.format == "schema":
            return f"write `{{type: {item.text}}}`" if item.text.isidentifier() else ""
        if isinstance(each, ListShape) and _fits(item.value, each.item):
            return f"write `[{item.text}]`"
        if isinstance(each, ScalarShape) and each.type == "str" and not each.format and item.style == "plain":
            return f'for text, put it in quotes: "{item.text}"'
    return ""


def _fits(value: Value, shape: Shape) -> bool:
    alternatives = shape.scalars if isinstance(shape, UnionShape) else (shape,)
    return any(not isinstance(match_scalar(value, each), Mismatch) for each in alternatives)


def _sequence(item: Item) -> Sequence[Item] | None:
    if isinstance(item, SequenceNode):
        return item.items
    return item if isinstance(item, (list, tuple)) else None


def _entries(item: Item) -> Iterable[tuple[str, ScalarNode | None, Item]] | None:
    if isinstance(item, MappingNode):
        return [(entry.key.text, entry.key, entry.value) for entry in item.entries]
    return [(str(key), None, value) for key, value in item.items()] if isinstance(item, Mapping) else None


def _read_list(item: Item, shape: ListShape, reading: Reading, path: Path) -> Value:
    if isinstance(shape.item, StepShape):
        assert reading.read_steps, "steps are read by the reader of workflows"
        return reading.read_steps(item, path)
    items = _sequence(item)
    if items is None:
        return _mismatched(item, shape, Mismatch(), reading, path)
    _check_length(item, len(items), shape, reading, path)
    values = [read_shape(each, shape.item, reading, (*path, index)) for index, each in enumerate(items)]
    if any(value is BAD for value in values):
        return BAD
    return shape.make(values) if shape.make else values


def _check_length(item: Item, length: int, shape: ListShape | MapShape, reading: Reading, path: Path) -> None:
    what = "entry" if isinstance(shape, MapShape) else "item"
    for word, bound, broken in (
        ("at least", shape.min_length, shape.min_length is not None and length < shape.min_length),
        ("at most", shape.max_length, shape.max_length is not None and length > shape.max_length),
    ):
        if broken:
            plural = what if bound == 1 else "entries" if what == "entry" else "items"
            message = f"`{path_text(path)}` takes {word} {bound:,} {plural}, found {length:,}"
            reading.report(path, item, Mismatch(message, code="out-of-bounds"))


def _read_map(item: Item, shape: MapShape, reading: Reading, path: Path) -> Value:
    entries = _entries(item)
    if entries is None:
        return _mismatched(item, shape, Mismatch(), reading, path)
    values = {}
    for key, key_node, value in entries:
        values[key] = _under(key_node, value, shape.value, reading, (*path, key))
    _check_length(item, len(values), shape, reading, path)
    return BAD if any(value is BAD for value in values.values()) else values


def _under(key: ScalarNode | None, item: Item, shape: Shape, reading: Reading, path: Path) -> Value:
    if key is None:
        return read_shape(item, shape, reading, path)
    reading.keys.append(key)
    value = read_shape(item, shape, reading, path)
    reading.keys.pop()
    return value


def _read_struct(item: Item, shape: StructShape, reading: Reading, path: Path) -> Value:
    entries = _entries(item)
    if entries is None:
        return _mismatched(item, shape, Mismatch(), reading, path)
    values: dict[str, Value] = {}
    fields = shape.fields
    for key, key_node, value in entries:
        known = fields.get(key)
        if known is None:
            report_unknown_key(key, key_node, fields, reading, path)
        else:
            values[known.name] = read_field(known, key_node, value, reading, (*path, key))
    complete = report_missing_keys(item, fields, values, reading, path)
    return construct(shape.cls, fields, values) if complete else BAD


def read_field(known: FieldShape, key: ScalarNode | None, item: Item, reading: Reading, path: Path) -> Value:
    """One field, by its rule and its shape."""
    rule = known.rule
    if isinstance(item, NODES):
        problem = check_rule(rule, item) if reading.expressions else None
        if problem:
            return reading.report(path, problem.node, problem.mismatch, key)
        if rule.interpolation is Interpolation.EXPRESSION:
            return item.to_value()
        if rule.join and not (isinstance(item, ScalarNode) and item.value is None):
            # In the file it is text, whatever its parts are joined to (a shell script with its variables).
            return _under(key, item, ScalarShape("str"), reading, path)
    elif rule.names and callable(item):
        return item
    return _under(key, item, known.shape, reading, path)


def report_unknown_key(
    key: str, key_node: ScalarNode | None, fields: Mapping[str, FieldShape], reading: Reading, path: Path
) -> None:
    meant = nearest_key(key, fields)
    if len(path) == 1 and key in reading.keys_elsewhere:
        help = reading.keys_elsewhere[key]
    elif meant:
        help = f"did you mean `{meant}`? {fields[meant].description}".rstrip()
        reading.meant.add((*path, meant))
    else:
        help = f"it has {', '.join(f'`{name}`' for name in fields)}"
    owner = f"`{path_text(path)}`" if path else "this"
    span = key_node.span if key_node else None
    from braid.language.slips import respelled

    fix = respelled(key_node, fields) if key not in reading.keys_elsewhere else None
    reading.problems.append(
        ShapeProblem((*path, key), f"{owner} has no key `{key}`", span, "unknown key", help, "unknown-key", fix=fix)
    )


def report_missing_keys(
    item: Item, fields: Mapping[str, FieldShape], values: Mapping[str, Value], reading: Reading, path: Path
) -> bool:
    """Reports each required key that isn't there; whether the struct can be made of the values."""
    complete = True
    for known in filter(lambda field: field.required, fields.values()):
        if known.name not in values:
            complete = False
            if (*path, known.key) not in reading.meant:
                owner = f"`{path_text(path)}`" if path else "this"
                help = f"`{known.key}`: {known.description}" if known.description else ""
                message = f"{owner} needs the key `{known.key}`"
                reading.report(path, item, Mismatch(message, help, "missing-key", "it isn't there"))
        elif values[known.name] is BAD:
            complete = False
    return complete


def construct(cls: type[msgspec.Struct], fields: Mapping[str, FieldShape], values: Mapping[str, Value]) -> Value:
    """An instance; fields that were reported keep their defaults."""
    return cls(**{name: value for name, value in values.items() if value is not BAD})


def _read_union(item: Item, shape: UnionShape, reading: Reading, path: Path) -> Value:
    candidates: list[Shape]
    if isinstance(item, ScalarNode):
        return _read_scalar_union(item, shape, reading, path)
    if _sequence(item) is not None:
        candidates = [each for each in shape.alternatives if isinstance(each, ListShape)]
    elif _entries(item) is not None:
        candidates = [each for each in shape.alternatives if isinstance(each, MapShape | StructShape)]
    else:
        return _read_scalar_union(item, shape, reading, path)
    if len(candidates) == 1:
        return read_shape(item, candidates[0], reading, path)
    best: tuple[list[ShapeProblem], Value] | None = None
    for candidate in candidates:
        problems, reading.problems = reading.problems, []
        value = read_shape(item, candidate, reading, path)
        found, reading.problems = reading.problems, problems
        if best is None or len(found) < len(best[0]):
            best = found, value
    if best is None:
        return _mismatched(item, shape, Mismatch(), reading, path)
    reading.problems += best[0]
    return best[1]


def _read_scalar_union(item: Item, shape: UnionShape, reading: Reading, path: Path) -> Value:
    value = _plain(item)
    told: Mismatch | None = None
    for alternative in shape.scalars:
        found = match_scalar(value, alternative)
        if not isinstance(found, Mismatch):
            return found
        if found.code == "out-of-bounds" and not found.message:
            # The type is right, so the other alternatives would only distract.
            return _mismatched(item, alternative, found, reading, path)
        if found.message or (found.help and told is None):
            told = found
    return _mismatched(item, shape, told or Mismatch(), reading, path)
