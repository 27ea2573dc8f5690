"""Document → syntax tree: everything that can be said about a file without asking what its expressions mean."""

from __future__ import annotations

from collections.abc import Callable

from braid.diagnostics import Diagnostic, Label
from braid.language import ast
from braid.language.document import Document, Entry, MappingNode, ScalarNode, SequenceNode
from braid.language.field_rules import is_interpolated, scalars
from braid.language.names import NameProblem, name_problem, nearest_key, pool_problem
from braid.language.schema_keywords import keyword_warnings
from braid.language.schema_reader import default_diagnostics, schema_diagnostics
from braid.language.shape import BAD, read_field, read_shape
from braid.language.shape_types import FieldShape, struct_fields
from braid.language.step_keys import COMMON
from braid.language.step_reader import STEPS_MAX, StepReader
from braid.language.task_kind import TaskRegistry, Value
from braid.language.task_kind import registry as installed
from braid.language.task_reader import task_fields

__all__ = ["STEPS_MAX", "read_workflow", "task_fields"]

_FIELDS = struct_fields(ast.Workflow)

_FOREIGN = {
    "jobs": "the work of a file is `steps`, or `graph` for steps that need each other",
    "tasks": "the work of a file is `steps`, or `graph` for steps that need each other",
    "stages": "the work of a file is `steps`, or `graph` for steps that need each other",
    "workflow": "the keys of a workflow stand at the top of the file",
    "on": "when a workflow runs isn't written in its file",
    "schedule": "when a workflow runs isn't written in its file",
    "params": "what a run is given are its `inputs`: name → JSON Schema",
    "parameters": "what a run is given are its `inputs`: name → JSON Schema",
    "variables": "variables are `vars`: name → value or expression",
    "outputs": "the result of a run is `output`",
    "on_error": "steps for a failed run are `on_failure`",
    "concurrency": "the limit of the file's blocks is `max_concurrency`",
    "id": "a workflow is identified by its `name`",
    "title": "a workflow is identified by its `name`",
    "retry": "for all steps it stands under `defaults`",
    "pool": "for all steps it stands under `defaults`; `pools` declares pools",
}


def read_workflow(
    document: Document, registry: TaskRegistry = installed
) -> tuple[ast.Workflow | None, list[Diagnostic]]:
    """The workflow that a document holds, and all that is wrong with it.

    Args:
        document: A file.
        registry: The task kinds that it may use.

    Returns:
        The syntax tree and the diagnostics, warnings included. With errors there is a tree as long as every step
        could be made out, so that the meaning of the rest can be checked in the same go; parts with errors have
        their defaults in it. Otherwise None.
    """
    reader = _WorkflowReader(document, registry)
    workflow = reader.read()
    return (None if reader.steps.broken else workflow), reader.steps.diagnostics


class _WorkflowReader:
    def __init__(self, document: Document, registry: TaskRegistry) -> None:
        self.document = document
        self.registry = registry
        self.steps = StepReader(registry)
        self.report = self.steps.report

    def read(self) -> ast.Workflow | None:
        root = self.document.root
        if not isinstance(root, MappingNode):
            help = "write `name: …` and the steps under `steps:`"
            found = "a list" if isinstance(root, SequenceNode) else "one value"
            self.report("not-a-workflow", f"expected a workflow, found {found}", root.span, help=help)
            return None
        values: dict[str, Value] = {}
        for entry in root.entries:
            field = _FIELDS.get(entry.key.text)
            if field is None:
                self._report_unknown(entry.key)
            else:
                values[field.name] = self._read_key(field, entry)
        self._check_keys(root)
        if any(each.code == "hyphen-in-id" for each in self.steps.diagnostics):
            from braid.language.renaming import with_renames

            self.steps.diagnostics[:] = with_renames(self.steps.diagnostics, root)
        values = {name: value for name, value in values.items() if value is not BAD}
        values.setdefault("name", "workflow")  # its absence was reported
        if values.get("steps") is None and values.get("graph") is None:
            return None
        return ast.Workflow(**values, origin=root)

    def _read_key(self, field: FieldShape, entry: Entry) -> Value:
        special = _KEYS.get(field.key)
        if special:
            return special(self, entry)
        reading = self.steps.reading(entry.key)
        value = read_field(field, entry.key, entry.value, reading, (field.key,))
        self.steps.collect(reading)
        return value

    def _report_unknown(self, key: ScalarNode) -> None:
        name = key.text
        meant = nearest_key(name, _FIELDS)
        if name in _FOREIGN:
            help = _FOREIGN[name]
        elif meant:
            help = f"did you mean `{meant}`? {_FIELDS[meant].description}"
        elif name in COMMON or name in ast.CONTROLS or name in self.registry:
            help = f"`{name}` belongs to a step: write it under `steps:`, after `- `"
        else:
            help = f"a workflow has {', '.join(f'`{known}`' for known in _FIELDS)}"
        from braid.language.slips import respelled

        fix = None if name in _FOREIGN else respelled(key, _FIELDS)
        message = f"a workflow has no key `{name[:40]}`"
        self.steps.diagnostics.append(
            Diagnostic("unknown-key", message, key.span, label="unknown key", help=help, fix=fix)
        )

    def _check_keys(self, root: MappingNode) -> None:
        first = root.entries[0].key.span if root.entries else root.span
        if "name" not in root:
            help = "begin the file with `name: my-workflow`"
            self.report(
                "missing-key", "a workflow needs the key `name`", first, label="the file begins here", help=help
            )
        steps, graph = root.key_node("steps"), root.key_node("graph")
        if steps and graph:
            help = "keep one; a graph can be a step: `- graph: [ … ]`"
            message = "a workflow has `steps` or `graph`, not both"
            first, later = sorted((steps.span, graph.span))
            related = (Label(first, "the first body"),)
            self.steps.diagnostics.append(
                Diagnostic("two-bodies", message, later, label="a second body", help=help, related=related)
            )
        elif not steps and not graph:
            help = "add `steps:` with a list, such as `- log: hello`"
            self.report(
                "no-body", "a workflow needs `steps` or `graph`", first, label="the file begins here", help=help
            )

    def _read_steps(self, entry: Entry) -> Value:
        return self.steps.read_steps(entry.value, entry.key.span)

    def _read_graph(self, entry: Entry) -> Value:
        if not isinstance(entry.value, MappingNode):
            steps = self.steps.read_steps(entry.value, entry.key.span, in_graph=True)
            return BAD if steps is BAD else ast.Graph(steps=steps, origin=self.document.root)
        values = self.steps.read_mapping(ast.Graph, entry.key, entry.value)
        return BAD if values is None else ast.Graph(**values, origin=self.document.root)

    def _read_inputs(self, entry: Entry) -> Value:
        if not self._is_mapping(entry, "write each input as `name: {type: string}`"):
            return BAD
        assert isinstance(entry.value, MappingNode), "just looked"
        found: dict[str, Value] = {}
        for each in entry.value.entries:
            self._check_name(name_problem(each.key.text, "the name of an input"), each.key)
            before = len(self.steps.diagnostics)
            self._check_input(each)
            is_schema = len(self.steps.diagnostics) == before
            found[each.key.text] = each.value.to_value() if is_schema else {}
            if is_schema:
                self.steps.diagnostics += keyword_warnings(each.value)
        return found

    def _check_input(self, entry: Entry) -> None:
        if isinstance(entry.value, ScalarNode) and isinstance(entry.value.value, bool):
            help = "write `{type: boolean}`, or `{}` for an input of any type"
            self.report(
                "bad-schema", f"expected a JSON Schema, found `{entry.value.text}`", entry.value.span, help=help
            )
            return
        problems = schema_diagnostics(entry.value, entry.key.span, is_input=True)
        if not problems and isinstance(entry.value, MappingNode):
            problems = default_diagnostics(entry.value)
            default = entry.value.get("default")
            for scalar in filter(is_interpolated, scalars(default) if default else ()):
                help = "work it out under `vars`, with `inputs` in the expression"
                self.report("default-is-constant", "a default is taken as it stands", scalar.span, help=help)
        self.steps.diagnostics += problems

    def _read_vars(self, entry: Entry) -> Value:
        if not self._is_mapping(entry, "write each variable as `name: value`"):
            return BAD
        assert isinstance(entry.value, MappingNode), "just looked"
        for each in entry.value.entries:
            self._check_name(name_problem(each.key.text, "the name of a variable"), each.key)
        return entry.value.to_value()

    def _read_names(self, entry: Entry) -> Value:
        what = "a secret" if entry.key.text == "secrets" else "an environment variable"
        if isinstance(entry.value, MappingNode):
            help = f"list the names, as in `{entry.key.text}: [{', '.join(entry.value.keys()) or 'NAME'}]`"
            extra = "; values never stand in the file" if entry.key.text == "secrets" else ""
            message = f"`{entry.key.text}` is a list of names{extra}"
            self.report("wrong-type", message, entry.key.span, label="a mapping follows", help=help)
            return BAD
        reading = self.steps.reading(entry.key)
        field = _FIELDS[entry.key.text]
        value = read_field(field, entry.key, entry.value, reading, (entry.key.text,))
        self.steps.collect(reading)
        if value is not BAD and isinstance(entry.value, SequenceNode):
            for item in entry.value.items:
                if isinstance(item, ScalarNode):
                    self._check_name(name_problem(item.text, f"the name of {what}"), item)
        return value

    def _read_pools(self, entry: Entry) -> Value:
        if not self._is_mapping(entry, "write each pool as `name: 2`"):
            return BAD
        reading = self.steps.reading(entry.key)
        value = read_shape(entry.value, _FIELDS["pools"].shape, reading, ("pools",))
        self.steps.collect(reading)
        assert isinstance(entry.value, MappingNode), "just looked"
        for each in entry.value.entries:
            self._check_name(pool_problem(each.key.text), each.key)
        return value

    def _is_mapping(self, entry: Entry, help: str) -> bool:
        if isinstance(entry.value, MappingNode):
            return True
        found = "a list" if isinstance(entry.value, SequenceNode) else "no mapping"
        self.report("wrong-type", f"`{entry.key.text}` is a mapping, found {found}", entry.key.span, help=help)
        return False

    def _check_name(self, problem: NameProblem | None, node: ScalarNode) -> None:
        if problem:
            self.steps.report_name(problem, node.span)


_KEYS: dict[str, Callable[[_WorkflowReader, Entry], Value]] = {
    "steps": _WorkflowReader._read_steps,
    "on_failure": _WorkflowReader._read_steps,
    "finally": _WorkflowReader._read_steps,
    "graph": _WorkflowReader._read_graph,
    "inputs": _WorkflowReader._read_inputs,
    "vars": _WorkflowReader._read_vars,
    "secrets": _WorkflowReader._read_names,
    "env": _WorkflowReader._read_names,
    "pools": _WorkflowReader._read_pools,
}
