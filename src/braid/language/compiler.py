"""Workflow → plan: compiles everything a file says, and checks what it means. All problems are found in one go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from braid.diagnostics import Diagnostic, Label, Source, nearest
from braid.language import ast, plan
from braid.language.checks.blocks import check_blocks
from braid.language.checks.jumps import check_jumps
from braid.language.checks.places import Places, places
from braid.language.checks.references import Declared
from braid.language.checks.sight import Site
from braid.language.checks.visibility import check_visibility
from braid.language.compile_policies import Defaults, names_in, part_of, pool_spec, retry_policy
from braid.language.compile_steps import Call, StepCompiler
from braid.language.document import MappingNode, Node, ScalarNode
from braid.language.plan import Node as PlanNode
from braid.language.schemas import JsonSchema
from braid.language.task_kind import ActiveTask, TaskRegistry
from braid.language.values import Compiled, ValueCompiler

LoadCalled = Callable[[ScalarNode], Callable[[], plan.Plan]]
"""Takes note of a path in a `call`; gives the function that finds the plan once all files are compiled."""


class Compilation(msgspec.Struct):
    """A compiled file. `plan` may only be run when no diagnostic is an error.

    Attributes:
        origin: The mapping of the whole file.
        calls: Its `call` steps, to be fitted to the inputs of the files that they name.
        steps: Plan node → the step it was made of.
        places: Of its steps.
        sites: Values with expressions of which types may tell more; none where one of them can't be read.
    """

    plan: plan.Plan
    origin: MappingNode
    diagnostics: list[Diagnostic] = msgspec.field(default_factory=list)
    calls: list[Call] = msgspec.field(default_factory=list)
    steps: dict[PlanNode, ast.Step] = msgspec.field(default_factory=dict)
    places: Places = msgspec.field(default_factory=Places)
    sites: list[Site] = msgspec.field(default_factory=list)


def compile_workflow(
    workflow: ast.Workflow, source: Source, folder: Path, registry: TaskRegistry, load_called: LoadCalled
) -> Compilation:
    """Compile and check a workflow that was read from a file.

    Args:
        workflow: With an `origin` in each of its steps.
        source: The file's text.
        folder: What relative paths of the file start from.
        registry: The task kinds it may use.
        load_called: Called for each `call` step.
    """
    return _WorkflowCompiler(workflow, source, folder, registry, load_called).compile()


class _WorkflowCompiler:
    def __init__(
        self, workflow: ast.Workflow, source: Source, folder: Path, registry: TaskRegistry, load_called: LoadCalled
    ) -> None:
        self.workflow = workflow
        self.source = source
        self.folder = folder
        self.origin: MappingNode = workflow.origin
        self.values = ValueCompiler()
        self.defaults = self._defaults()
        self.steps = StepCompiler(self.values, registry, self.defaults, load_called)
        self.variables: dict[str, Compiled] = {}

    def compile(self) -> Compilation:
        compiled = self._plan()
        found = places(compiled)
        compiled.steps_total = len(found.by_node)
        compiled.calls = tuple(node for node in found.by_node if isinstance(node, plan.CallNode))
        compiled.task_kinds = tuple(sorted({node.kind for node in found.by_node if isinstance(node, plan.TaskNode)}))
        jumps = check_jumps(found, self.steps.steps)
        diagnostics = [*self.values.diagnostics, *jumps.diagnostics]
        names = [names_in(self.origin.get(key)) for key in ("inputs", "vars", "secrets", "env")]
        declared = Declared(names[0], names[1], names[2], names[3], origin=self.origin)
        unseen, sites = check_visibility(compiled, found, jumps, self.defaults, self.variables, declared)
        diagnostics += unseen
        diagnostics += check_blocks(self.origin.get("output"), found, self.steps.steps)
        diagnostics += self._check_pools()
        compiled.warnings = tuple(each for each in diagnostics if each.severity == "warning")
        # Where an expression can't be read, nothing can be said of what it gives.
        sites = [] if self.values.diagnostics else sites
        return Compilation(compiled, self.origin, diagnostics, self.steps.calls, self.steps.steps, found, sites)

    def _plan(self) -> plan.Plan:
        workflow = self.workflow
        variables = self.origin.get("vars")
        if isinstance(variables, MappingNode):
            self.variables = {entry.key.text: self.values.value(entry.value) for entry in variables.entries}
        timeout, output = self.origin.get("timeout"), self.origin.get("output")
        return plan.Plan(
            name=workflow.name,
            source=self.source,
            folder=self.folder,
            version=None if workflow.version is None else str(workflow.version),
            description=workflow.description,
            inputs={name: self._input(name, definition) for name, definition in workflow.inputs.items()},
            variables=self.variables,
            secrets=tuple(workflow.secrets),
            env=tuple(workflow.env),
            max_concurrency=workflow.max_concurrency or plan.MAX_CONCURRENCY_DEFAULT,
            pools={name: pool_spec(name, pool) for name, pool in workflow.pools.items()},
            timeout=self.values.value(timeout) if timeout is not None and workflow.timeout is not None else None,
            body=self._body(),
            on_failure=self._list("on_failure", workflow.on_failure),
            finally_=self._list("finally", workflow.finally_),
            output=self.values.value(output) if output is not None else None,
            definition=self.origin.to_value(),
            steps_total=0,
        )

    def _body(self) -> plan.Body:
        workflow = self.workflow
        if workflow.graph is None:
            return self._list("steps", workflow.steps) or plan.Body(steps=(), positions={})
        steps = workflow.graph.steps if isinstance(workflow.graph, ast.Graph) else workflow.graph
        key = self.origin.key_node("graph")
        span = key.span if key is not None else None
        common = {"key": "graph-1", "kind": "graph", "span": span}
        node = self.steps.graph(steps, self.origin.get("graph"), common)
        return plan.Body(steps=(node,), positions={}, span=span)

    def _list(self, key: str, steps: list[ast.Step] | None) -> plan.Body | None:
        if steps is None:
            return None
        node = self.origin.get(key)
        return self.steps.body(steps, node.span if node is not None else None)

    def _defaults(self) -> Defaults:
        given = self.workflow.defaults
        node = self.origin.get("defaults")
        if given is None:
            return Defaults()
        retry, timeout = part_of(node, "retry"), part_of(node, "timeout")
        return Defaults(
            retry=retry_policy(retry, self.values) if retry is not None and given.retry is not None else None,
            timeout=self.values.value(timeout) if timeout is not None and given.timeout is not None else None,
            pool=given.pool,
        )

    def _input(self, name: str, definition: dict[str, object]) -> plan.InputSpec:
        inputs = self.origin.get("inputs")
        key = inputs.key_node(name) if isinstance(inputs, MappingNode) else None
        return plan.InputSpec(
            name=name,
            schema=JsonSchema(definition),
            definition=definition,
            required="default" not in definition,
            default=definition.get("default"),
            span=key.span if key is not None else None,
        )

    def _check_pools(self) -> list[Diagnostic]:
        named: list[tuple[str, Node | None, plan.Node | None]] = [
            (step.pool, step.origin.get("pool"), node)
            for node, step in self.steps.steps.items()
            if step.pool is not None
        ]
        if self.defaults.pool is not None:
            named.append((self.defaults.pool, part_of(self.origin.get("defaults"), "pool"), None))
        diagnostics = []
        pools = names_in(self.origin.get("pools"))
        for name, place, node in named:
            if name not in pools:
                diagnostics.append(self._unknown_pool(name, place))
            elif isinstance(node, plan.TaskNode) and not isinstance(node.task, ActiveTask):
                diagnostics.append(_idle_pool(node, place))
        return diagnostics

    def _unknown_pool(self, name: str, place: Node | None) -> Diagnostic:
        close = nearest(name, self.workflow.pools)
        pools = self.origin.get("pools")
        declared = pools.key_node(close) if close and isinstance(pools, MappingNode) else None
        return Diagnostic(
            code="unknown-pool",
            message=f"no pool `{name}` is declared",
            span=place.span if place is not None else None,
            help=f"did you mean `{close}`?" if close else f"declare it at the top: `pools: {{{name}: 1}}`",
            related=(Label(declared.span, "declared here"),) if declared is not None else (),
        )


def _idle_pool(node: plan.TaskNode, place: Node | None) -> Diagnostic:
    return Diagnostic(
        code="idle-pool",
        message=f"a `{node.kind}` step holds no slot of a pool",
        span=place.span if place is not None else None,
        label="has no effect",
        help="pools limit steps that act on the outside; take this `pool` away",
        severity="warning",
    )
