"""Steps of a document → steps of the syntax tree."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final

from braid.diagnostics import Diagnostic, Label, Span
from braid.language import ast
from braid.language.control_rules import body_help, control_problems, fallback_problems
from braid.language.document import MappingNode, Node, ScalarNode, SequenceNode
from braid.language.names import NameProblem, id_problem
from braid.language.schema_keywords import keyword_warnings
from braid.language.schema_reader import schema_diagnostics
from braid.language.shape import (
    BAD,
    Reading,
    diagnostic_of,
    read_field,
    read_shape,
    report_missing_keys,
    report_unknown_key,
)
from braid.language.shape_types import StructShape
from braid.language.step_keys import COMMON, control_fields, no_kind, step_key_help, two_kinds, unknown_key
from braid.language.task_kind import TaskKindError, TaskRegistry, Value
from braid.language.task_reader import task_diagnostics
from braid.language.text_formats import Mismatch

STEPS_MAX: Final = 50_000
"""Steps in one file, those inside blocks included."""

Kind = ScalarNode | None
"""The key that says what a step does; None where there is no such key, or more than one."""

_MAPPING_CONTROLS = {"parallel", "foreach", "switch", "loop", "try"}


class StepReader:
    """Reads the steps of one file. Problems are collected; a step with problems doesn't hide those of others."""

    def __init__(self, registry: TaskRegistry) -> None:
        self.registry = registry
        self.diagnostics: list[Diagnostic] = []
        # Word by word, not a set of all names: those of plug-ins are looked for only where a word is none of ours.
        self._is_kind = cache(
            lambda word: word in ast.CONTROLS or (word not in COMMON and word != "else" and word in registry)
        )
        self._ids: dict[str, ScalarNode] = {}
        self.broken = False
        """A step can't be told from the file, so that references to steps can't be judged."""
        self._broken_kinds: set[str] = set()
        self._steps_total = 0

    def report(self, code: str, message: str, span: Span, *, label: str = "", help: str = "") -> None:
        self.diagnostics.append(Diagnostic(code, message, span, label=label, help=help))

    def report_beside(
        self, code: str, message: str, key: ScalarNode, other: ScalarNode, text: str, *, help: str
    ) -> None:
        """About two keys that don't go together; `text` says what the other one is."""
        self.diagnostics.append(Diagnostic(code, message, key.span, help=help, related=(Label(other.span, text),)))

    def report_name(self, problem: NameProblem, span: Span) -> None:
        self.report(problem.code, problem.message, span, label=problem.label, help=problem.help)

    def reading(self, key: ScalarNode, **options: Any) -> Reading:  # Any: fields of Reading
        """A walk that reads step lists with this reader; `key` is the one whose value it reads."""
        reading = Reading(keys=[key], **options)
        reading.read_steps = lambda node, path: self.read_steps(
            node, reading.keys[-1].span, in_graph=path[0] == "graph"
        )
        return reading

    def collect(self, reading: Reading) -> None:
        self.diagnostics += [diagnostic_of(problem) for problem in reading.problems]

    def read_steps(self, node: Node, key: Span, *, in_graph: bool = False) -> Value:
        """A step list, or `BAD`. `key` is the span of the key it belongs to."""
        if not isinstance(node, SequenceNode):
            self._report_no_list(node, key)
            self.broken = True
            return BAD
        if not node.items:
            self.report(
                "empty-steps",
                "a step list needs at least one step",
                node.span,
                help="leave the key out, or add a step such as `- log: nothing to do`",
            )
        steps = [self._read_step(item, in_graph) for item in node.items]
        self.broken = self.broken or any(step is BAD for step in steps) or not steps
        return [step for step in steps if step is not BAD] or BAD

    def _report_no_list(self, node: Node, key: Span) -> None:
        if isinstance(node, MappingNode):
            span = node.entries[0].key.span if node.entries else node.span
            help = "begin each step with `- `"
            self.report("wrong-type", "expected a list of steps, found a mapping", span, help=help)
        elif isinstance(node, ScalarNode) and node.value is None:
            self.report("empty-steps", "a step list needs at least one step", key, label="no steps follow")
        else:
            message = "expected a list of steps, found one value"
            self.report("wrong-type", message, node.span, help="write steps under it, each with a `- ` of its own")

    def _read_step(self, node: Node, in_graph: bool) -> Value:
        self._steps_total += 1
        if self._steps_total == STEPS_MAX + 1:
            help = "go through data with `foreach`, or divide the workflow with `call`"
            self.report("too-many-steps", f"a file has at most {STEPS_MAX:,} steps", node.span, help=help)
        if not isinstance(node, MappingNode):
            self._report_no_step(node)
            return BAD
        kind = self._kind_of(node)
        common = self._read_common(node, kind, in_graph)
        if kind is None:
            steps, key = node.get("steps"), node.key_node("steps")
            if steps and key:
                self.read_steps(steps, key.span)  # only for what is wrong inside
            return BAD
        if kind.text in ast.CONTROLS:
            return self._read_control(node, kind, common)
        return self._read_task(node, kind, common)

    def _report_no_step(self, node: Node) -> None:
        if not isinstance(node, ScalarNode):
            help = "for steps in order within a list, write `- steps: [ … ]`"
            self.report("not-a-step", "expected a step, found a list", node.span, help=help)
            return
        word = node.text.strip()
        help = "a step is a mapping, such as `- log: hello`"
        if self._is_kind(word):
            help = f"write a colon and what `{word}` needs: `- {word}: …`"
        elif self._is_kind(word.partition(" ")[0].rstrip(":")):
            help = f"is a `: ` missing? A step is a mapping: `- {word.partition(' ')[0].rstrip(':')}: …`"
        found = f"`{word[:40]}`" if word else "nothing"
        self.report("not-a-step", f"expected a step, found {found}", node.span, help=help)

    def _kind_of(self, node: MappingNode) -> ScalarNode | None:
        kinds = [entry.key for entry in node.entries if self._is_kind(entry.key.text)]
        kind = kinds[0] if len(kinds) == 1 else None
        strangers = [
            entry.key
            for entry in node.entries
            if not self._is_kind(entry.key.text) and entry.key.text not in COMMON and entry.key.text != "else"
        ]
        for key in strangers:
            self.diagnostics.append(unknown_key(key, kinds[0].text if kinds else None, self.registry))
        self._check_conditional(node)
        if len(kinds) > 1:
            self.diagnostics.append(two_kinds(kinds, self.registry))
        elif not kinds and not strangers and "else" not in node:
            self.diagnostics.append(no_kind(node))
        return kind

    def _check_conditional(self, node: MappingNode) -> None:
        otherwise, then = node.key_node("else"), node.key_node("then")
        if otherwise and not then:
            help = "write `if: …`, `then: [steps]` and `else: [steps]` side by side"
            self.report("else-without-then", "`else` needs a `then`", otherwise.span, help=help)
        if then and "if" not in node:
            help = "write the condition beside it: `if: inputs.count > 3`"
            self.report("then-without-if", "`then` needs an `if`", then.span, help=help)

    def _read_common(self, node: MappingNode, kind: Kind, in_graph: bool) -> dict[str, Value]:
        values: dict[str, Value] = {}
        reading: Reading | None = None
        for entry in node.entries:
            name = entry.key.text
            field = COMMON.get(name)
            if field is None:
                continue
            if reading is None or reading.problems:
                reading = self.reading(entry.key)
            value = read_field(field, entry.key, entry.value, reading, (name,))
            if value is BAD or reading.problems:
                self.collect(reading)
                continue
            check = _COMMON_CHECKS.get(name)
            if check:
                value = check(self, value, entry.key, entry.value, kind, in_graph)
            values[field.name] = value
        return values

    def _check_id(self, value: Value, key: ScalarNode, node: Node, kind: Kind, in_graph: bool) -> Value:
        if value is None or not isinstance(node, ScalarNode):
            self.report("bad-id", "the id is empty", key.span, help="name the step, or leave `id` out")
            return None
        problem = id_problem(value)
        if problem:
            self.report_name(problem, node.span)
            self.broken = True  # what expressions make of such a name says nothing
        first = self._ids.setdefault(value, node)
        if first is not node or problem:
            self._report_duplicate(value, first, node)
        return value

    def _report_duplicate(self, name: str, first: ScalarNode, node: ScalarNode) -> None:
        if first is node:
            return
        self.diagnostics.append(
            Diagnostic(
                "duplicate-id",
                f"two steps have the id `{name}`",
                node.span,
                label="used again",
                help="an id is unique in the file, also across branches; rename one",
                related=(Label(first.span, "first used here"),),
            )
        )

    def _check_needs(self, value: Value, key: ScalarNode, node: Node, kind: Kind, in_graph: bool) -> Value:
        if not in_graph:
            help = "steps in a list run in order; write `graph:` instead of `steps:` to order them by `needs`"
            self.report("needs-outside-graph", "`needs` only works inside a `graph`", key.span, help=help)
        return [value] if isinstance(value, str) else value

    def _check_pool(self, value: Value, key: ScalarNode, node: Node, kind: Kind, in_graph: bool) -> Value:
        if kind is not None and kind.text in ast.CONTROLS:
            help = "put it on the task steps inside, or under `defaults` for all tasks"
            message = f"`pool` can't stand on `{kind.text}`, which waits for steps of its own"
            self.report_beside("pool-on-control", message, key, kind, "this block", help=help)
        return value

    def _check_idempotent(self, value: Value, key: ScalarNode, node: Node, kind: Kind, in_graph: bool) -> Value:
        if kind is not None and kind.text in ast.CONTROLS:
            message = f"`idempotent` can't stand on `{kind.text}`, which acts only by steps of its own"
            help = "put it on the task steps inside"
            self.report_beside("idempotent-on-control", message, key, kind, "this block", help=help)
        return value

    def _check_fallback(self, value: Value, key: ScalarNode, node: Node, kind: Kind, in_graph: bool) -> Value:
        self.diagnostics += fallback_problems(node, key)
        return value

    def _check_schema(self, value: Value, key: ScalarNode, node: Node, kind: Kind, in_graph: bool) -> Value:
        problems = [] if value is None else schema_diagnostics(node, key.span)
        self.diagnostics += problems or keyword_warnings(node)
        return None if problems else value

    def _read_task(self, node: MappingNode, key: ScalarNode, common: dict[str, Value]) -> Value:
        name, body = key.text, node.get(key.text)
        assert body is not None, "the key is there"
        try:
            kind = self.registry.get(name)
        except TaskKindError as error:
            if name not in self._broken_kinds:  # one plug-in is told once, not at each step
                self._broken_kinds.add(name)
                self.report("task-kind-broken", str(error), key.span, help="repair or uninstall the plug-in")
            return BAD
        self.diagnostics += task_diagnostics(kind, key, body, step_key_help(name))
        return ast.Task(kind=name, body=body.to_value(), origin=node, **common)

    def _read_control(self, node: MappingNode, key: ScalarNode, common: dict[str, Value]) -> Value:
        body = node.get(key.text)
        assert body is not None, "the key is there"
        control = ast.CONTROLS[key.text]
        values = self._read_body(control, node, key, body)
        problems = list(control_problems(control, key, body))
        self.diagnostics += problems
        if values is None or any(problem.severity == "error" for problem in problems):
            return BAD
        return control(**values, origin=node, **common)

    def _read_body(
        self, control: type[ast.Step], node: MappingNode, key: ScalarNode, body: Node
    ) -> dict[str, Value] | None:
        if control is ast.Group:
            return self._read_bodies({"steps": (key, body)})
        if control is ast.If:
            otherwise = node.key_node("else")
            inner = node.get("else")
            bodies = {"then": (key, body)}
            if otherwise and inner:
                bodies["else_"] = (otherwise, inner)
            return self._read_bodies(bodies)
        if control is ast.Graph and not isinstance(body, MappingNode):
            return self._read_bodies({"steps": (key, body)}, in_graph=True)
        if control is ast.Return:
            return {"value": body.to_value()}
        if not isinstance(body, MappingNode) and key.text not in _MAPPING_CONTROLS:
            return self._read_jump(control, key, body)
        return self.read_mapping(control, key, body)

    def _read_bodies(
        self, bodies: dict[str, tuple[ScalarNode, Node]], in_graph: bool = False
    ) -> dict[str, Value] | None:
        values = {name: self.read_steps(body, key.span, in_graph=in_graph) for name, (key, body) in bodies.items()}
        return None if any(value is BAD for value in values.values()) else values

    def _read_jump(self, control: type[ast.Step], key: ScalarNode, body: Node) -> dict[str, Value] | None:
        name = "to" if control is ast.Goto else "when"
        reading = self.reading(key)
        value = read_field(control_fields(control)[name], key, body, reading, (key.text,))
        self.collect(reading)
        if value is BAD:
            return None
        return {name: None if value is True else value}

    def read_mapping(self, control: type[ast.Step], key: ScalarNode, body: Node) -> dict[str, Value] | None:
        """The mapping of a control, field by field, so that one wrong field doesn't hide the steps in another."""
        fields = control_fields(control)
        reading = self.reading(key, keys_elsewhere=step_key_help(key.text))
        if not isinstance(body, MappingNode) or control in (ast.Break, ast.Continue):
            mismatch = Mismatch(*body_help(key.text, body))
            reading.report((key.text,), body, mismatch)
            self.collect(reading)
            return None
        values: dict[str, Value] = {}
        for entry in body.entries:
            name = entry.key.text
            if name not in fields:
                report_unknown_key(name, entry.key, fields, reading, (key.text,))
            elif name == "catch" and isinstance(entry.value, MappingNode):
                handler = read_shape(entry.value, StructShape(ast.Catch), reading, (key.text, name))
                values["catch"] = BAD if handler is BAD else [handler]
            else:
                path = (key.text, name)
                values[fields[name].name] = read_field(fields[name], entry.key, entry.value, reading, path)
        report_missing_keys(body, fields, values, reading, (key.text,))
        self.collect(reading)
        complete = not reading.problems and not any(value is BAD for value in values.values())
        return values if complete else None


_Check = Callable[[StepReader, Value, ScalarNode, Node, Kind, bool], Value]

_COMMON_CHECKS: dict[str, _Check] = {
    "id": StepReader._check_id,
    "needs": StepReader._check_needs,
    "pool": StepReader._check_pool,
    "idempotent": StepReader._check_idempotent,
    "fallback": StepReader._check_fallback,
    "schema": StepReader._check_schema,
}

__all__ = ["STEPS_MAX", "StepReader"]
