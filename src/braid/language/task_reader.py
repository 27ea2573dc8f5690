"""The body of a task step: its fields, and what is wrong with them before the run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from braid.diagnostics import Diagnostic, Label, Span
from braid.language import ast
from braid.language.document import MappingNode, Node, ScalarNode
from braid.language.field_rules import is_constant
from braid.language.schema_reader import node_at, schema_diagnostics
from braid.language.shape import (
    Reading,
    diagnostic_of,
    read_field,
    report_missing_keys,
    report_unknown_key,
)
from braid.language.shape_types import struct_fields
from braid.language.task_kind import FieldProblem, TaskKind, TaskRegistry, Value, registry
from braid.language.text_formats import Mismatch


def task_fields(step: ast.Task, registry: TaskRegistry = registry) -> dict[str, Node]:
    """The fields that a task step gives, by name, in the order of the file.

    Args:
        step: As read from a file (it has an `origin`).
        registry: Where its kind is.

    Raises:
        KeyError, TaskKindError: From `TaskRegistry.get`.
    """
    body = step.origin.get(step.kind)
    return fields_of(registry.get(step.kind), body)


def fields_of(kind: TaskKind, body: Node) -> dict[str, Node]:
    """The nodes of a body's fields; empty when nothing is given, or when the kind has no field for such a body."""
    if isinstance(body, MappingNode) and not kind.whole_body:
        return {entry.key.text: entry.value for entry in body.entries}
    nothing = isinstance(body, ScalarNode) and body.value is None and body.style == "plain"
    if kind.shorthand is None or (nothing and not kind.whole_body):
        return {}
    return {kind.shorthand: body}


def task_diagnostics(kind: TaskKind, key: ScalarNode, body: Node, step_keys: Mapping[str, str]) -> list[Diagnostic]:
    """Everything that is wrong with the body of a task step.

    Args:
        kind: What the step is.
        key: The kind's key in the step.
        body: Its value.
        step_keys: Keys of the step itself → what to tell who wrote them inside the body.
    """
    fields = struct_fields(kind.fields)
    reading = Reading(expressions=True, keys_elsewhere=step_keys, keys=[key])
    given = fields_of(kind, body)
    is_mapping = isinstance(body, MappingNode) and not kind.whole_body
    if not given and not is_mapping and not (isinstance(body, ScalarNode) and body.value is None):
        names = ", ".join(f"`{name}`" for name in fields)
        reading.report(
            (kind.name,), body, Mismatch(f"`{kind.name}` takes a mapping", f"its fields are {names}", "wrong-type")
        )
        return [diagnostic_of(problem) for problem in reading.problems]
    values: dict[str, Value] = {}
    for name, node in given.items():
        known = fields.get(name)
        key_node = body.key_node(name) if is_mapping and isinstance(body, MappingNode) else key
        if known is None:
            report_unknown_key(name, key_node, fields, reading, (kind.name,))
        else:
            values[known.name] = read_field(known, key_node, node, reading, (name,))
    report_missing_keys(body, fields, values, reading, (kind.name,))
    found = [diagnostic_of(problem) for problem in reading.problems]
    found += _schema_problems(kind, given, key.span)
    found += _choice_problems(kind, given, body, key.span, reading)
    return found or list(_own_problems(kind, given, key.span))


def _is_null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.value is None


def _choice_problems(
    kind: TaskKind, given: Mapping[str, Node], body: Node, key: Span, reading: Reading
) -> Iterator[Diagnostic]:
    for names in kind.one_of:
        chosen = [name for name in names if name in given and not _is_null(given[name])]
        # A misspelled one was reported as that.
        if not chosen and not any((kind.name, name) in reading.meant for name in names):
            choice = " or ".join(f"`{name}`" for name in names)
            yield Diagnostic("missing-key", f"`{kind.name}` needs {choice}", key)
        for name in chosen[1:]:
            # A short form gives one field only.
            assert isinstance(body, MappingNode)
            first, written = body.key_node(chosen[0]), body.key_node(name)
            assert first is not None
            assert written is not None
            message = f"`{chosen[0]}` and `{name}` exclude each other"
            related = (Label(first.span, f"`{chosen[0]}` is given here"),)
            yield Diagnostic("invalid-field", message, written.span, help="keep one of them", related=related)


def _schema_problems(kind: TaskKind, given: Mapping[str, Node], key: Span) -> Iterator[Diagnostic]:
    for name, known in struct_fields(kind.fields).items():
        if known.rule.format == "schema" and name in given and isinstance(given[name], MappingNode):
            yield from schema_diagnostics(given[name], key)


def _own_problems(kind: TaskKind, given: Mapping[str, Node], key: Span) -> Iterator[Diagnostic]:
    """The kind's own check; only for fields of the right type, so that it needn't look again."""
    fields = struct_fields(kind.fields)
    constants = {
        fields[name].name: node.to_value() for name, node in given.items() if is_constant(node, fields[name].rule)
    }
    try:
        problems = list(kind.check(constants))
    except Exception as error:  # a plug-in may do anything; the author's other problems must still be told
        yield Diagnostic(
            "task-kind-broken",
            f"the check of task kind `{kind.name}` failed: {type(error).__name__}: {error}",
            key,
            help="this is a mistake in the plug-in, not in the file",
        )
        return
    for problem in problems:
        yield Diagnostic(problem.code, problem.message, _place(problem, given, key), help=problem.help)


def _place(problem: FieldProblem, given: Mapping[str, Node], key: Span) -> Span:
    first, *rest = problem.path or ("",)
    node = given.get(str(first))
    if node is None:
        return key
    node, inner_key = node_at(node, rest)
    if isinstance(node, ScalarNode) and problem.offset is not None:
        return node.locate(problem.offset, problem.offset + 1)
    if isinstance(node, ScalarNode) and node.span.end > node.span.start:
        return node.span
    return inner_key.span if inner_key else key
