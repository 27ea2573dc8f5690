"""Steps → plan nodes: one method for each kind of step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

import msgspec

from braid.diagnostics import Span
from braid.language import ast, plan
from braid.language.checks.graphs import GraphStep, link
from braid.language.compile_policies import COUNT_NAMES, Defaults, field_rules, part_of, retry_policy, text_of
from braid.language.document import MappingNode, Node, ScalarNode, SequenceNode
from braid.language.schemas import JsonSchema
from braid.language.task_kind import ActiveTask, SubworkflowTask, TaskKindError, TaskRegistry
from braid.language.task_reader import fields_of
from braid.language.values import Compiled, Constant, ValueCompiler

Common = dict[str, Any]  # Any: the keyword arguments of plan.Node, which differ in type


class Call(msgspec.Struct):
    """A `call` step, to be fitted to the file that it names."""

    node: plan.CallNode
    path: ScalarNode
    inputs: Node | None


class StepCompiler(msgspec.Struct):
    """Compiles the steps of one file.

    Attributes:
        values: Where expressions are compiled; it also has the diagnostics.
        open_call: Gives a `call` its target: called with the node of the path, returns the function that finds the
            plan when it is wanted.
        steps: Plan node → the step it was made of, for the places that later checks name.
        calls: The `call` steps of the file.
    """

    values: ValueCompiler
    registry: TaskRegistry
    defaults: Defaults
    open_call: Callable[[ScalarNode], Callable[[], plan.Plan]]
    steps: dict[plan.Node, ast.Step] = msgspec.field(default_factory=dict)
    calls: list[Call] = msgspec.field(default_factory=list)
    _ids: list[str] = msgspec.field(default_factory=list)

    def body(self, steps: Sequence[ast.Step], span: Span | None = None) -> plan.Body:
        """A step list."""
        nodes = [node for number, step in enumerate(steps, 1) if (node := self.step(step, number)) is not None]
        positions: dict[str, int] = {}
        for index, node in enumerate(nodes):
            if node.id is not None:
                positions.setdefault(node.id, index)
        return plan.Body(steps=tuple(nodes), positions=positions, span=span)

    def step(self, step: ast.Step, number: int) -> plan.Node | None:
        """One step; None where its task kind can't be had, which the reader has reported."""
        if step.id is not None:
            self._ids.append(step.id)
        compile_ = self._METHODS[type(step)]
        node: plan.Node | None = compile_(self, step, number)
        if node is not None:
            self.steps[node] = step
        return node

    def _common(self, step: ast.Step, number: int, kind: str, keyword: str) -> Common:
        origin: MappingNode = step.origin
        values = self.values
        condition, retry, timeout, output = (origin.get(key) for key in ("if", "retry", "timeout", "output"))
        place = origin.get("id") or origin.key_node(keyword)
        return {
            "key": step.id or f"{kind}-{number}",
            "kind": kind,
            "id": step.id,
            "name": step.name,
            "span": place.span if place is not None else origin.span,
            "condition": values.expression(condition) if condition is not None else None,
            "retry": retry_policy(retry, values) if step.retry is not None and retry is not None else None,
            "timeout": values.value(timeout) if step.timeout is not None and timeout is not None else None,
            "fallback": self._fallback(step),
            "output": values.value(output) if output is not None else None,
            "schema": self._schema(step),
            "pool": step.pool,
            "idempotent": step.idempotent,
            "origin": origin,
        }

    def _fallback(self, step: ast.Step) -> plan.FallbackPolicy | None:
        fallback = step.fallback
        node = step.origin.get("fallback")
        if fallback is None or node is None:
            return None
        if fallback.steps is not None:
            return plan.FallbackPolicy(None, self.body(fallback.steps, node.span))
        value = part_of(node, "value")
        return plan.FallbackPolicy(self.values.value(value) if value is not None else Constant(None), None)

    def _schema(self, step: ast.Step) -> JsonSchema | None:
        return JsonSchema(step.schema) if step.schema is not None else None

    def _task(self, step: ast.Task, number: int) -> plan.Node | None:
        try:
            kind = self.registry.get(step.kind)
        except (KeyError, TaskKindError):
            return None
        common = self._common(step, number, step.kind, step.kind)
        fields = fields_of(kind, step.origin.get(step.kind))
        if isinstance(kind, SubworkflowTask):
            return self._call(fields, common)
        if isinstance(kind, ActiveTask):
            defaults = self.defaults
            common["retry"] = common["retry"] or (defaults.retry if step.retry is None else None)
            common["timeout"] = common["timeout"] or defaults.timeout
            common["pool"] = common["pool"] or defaults.pool
        arguments = self.values.arguments(fields, field_rules(kind.fields))
        return plan.TaskNode(task=kind, arguments=arguments, function=step.function, **common)

    def _call(self, fields: dict[str, Node], common: Common) -> plan.Node | None:
        path, inputs = fields.get("workflow"), fields.get("inputs")
        if not isinstance(path, ScalarNode):
            return None
        node = plan.CallNode(
            target=self.open_call(path),
            workflow=path.text,
            inputs=self.values.value(inputs) if inputs is not None else Constant({}),
            **common,
        )
        self.calls.append(Call(node, path, inputs))
        return node

    def _group(self, step: ast.Group, number: int) -> plan.Node:
        common = self._common(step, number, "group", "steps")
        return plan.GroupNode(body=self.body(step.steps), **common)

    def _parallel(self, step: ast.Parallel, number: int) -> plan.Node:
        common = self._common(step, number, "parallel", "parallel")
        block = step.origin.get("parallel")
        names = tuple(step.branches) if isinstance(step.branches, dict) else None
        bodies = list(step.branches.values()) if isinstance(step.branches, dict) else step.branches
        wait, wait_value = self._wait(part_of(block, "wait"))
        merge, merge_expression = self._merge(part_of(block, "merge"))
        return plan.ParallelNode(
            branches=tuple(self.body(body) for body in bodies),
            names=names,
            limit=self._optional(part_of(block, "max_concurrency")),
            wait=wait,
            wait_value=wait_value,
            merge=merge,
            merge_expression=merge_expression,
            settle=bool(step.settle),
            tolerate=self._tolerate(block),
            **common,
        )

    def _wait(self, node: Node | None) -> tuple[plan.WaitKind, Compiled | None]:
        text = text_of(node)
        if node is None or text in ("all", "null", "~", ""):
            return plan.WaitKind.ALL, None
        if text == "any":
            return plan.WaitKind.COUNT, Constant(1)
        value = self.values.expression(node, COUNT_NAMES)
        # An expression over the counts is asked again and again; any other one says once how many successes it takes.
        if any(use.reference.name in COUNT_NAMES for use in value.uses):
            return plan.WaitKind.EXPRESSION, value
        return plan.WaitKind.COUNT, value

    def _merge(self, node: Node | None) -> tuple[plan.MergeKind, Compiled | None]:
        text = text_of(node)
        if node is None or text in ("null", "~", ""):
            return plan.MergeKind.DEFAULT, None
        if text in ("list", "object", "concat"):
            return plan.MergeKind(text), None
        return plan.MergeKind.EXPRESSION, self.values.expression(node, frozenset({"branches"}))

    def _tolerate(self, block: Node | None) -> plan.Tolerate | None:
        node = part_of(block, "tolerate")
        return plan.Tolerate(self.values.value(node)) if node is not None else None

    def _foreach(self, step: ast.Foreach, number: int) -> plan.Node:
        common = self._common(step, number, "foreach", "foreach")
        block = step.origin.get("foreach")
        return plan.ForeachNode(
            items=self._optional(part_of(block, "items")) or Constant([]),
            variable=step.as_,
            limit=self._optional(part_of(block, "max_concurrency")) or Constant(1),
            body=self.body(step.steps),
            settle=bool(step.settle),
            tolerate=self._tolerate(block),
            collect=step.collect != "none",
            **common,
        )

    def _graph(self, step: ast.Graph, number: int) -> plan.Node:
        common = self._common(step, number, "graph", "graph")
        return self.graph(step.steps, step.origin.get("graph"), common)

    def graph(self, steps: Iterable[ast.Step], block: Node | None, common: Common) -> plan.GraphNode:
        """A graph block, with the edges that needs and references make."""
        limit = self._optional(part_of(block, "max_concurrency"))
        entries: list[GraphStep] = []
        for number, step in enumerate(steps, 1):
            uses, ids = len(self.values.uses), len(self._ids)
            node = self.step(step, number)
            if node is not None:
                mentions = self.values.uses[uses:]
                entries.append(GraphStep(node, needs_of(step), mentions, frozenset(self._ids[ids:])))
        links = link(entries)
        self.values.diagnostics.extend(links.diagnostics)
        nodes = tuple(entry.node for entry in entries)
        positions = {node.id: index for index, node in reversed(list(enumerate(nodes))) if node.id is not None}
        return plan.GraphNode(
            body=plan.Body(steps=nodes, positions=positions),
            dependencies=links.dependencies,
            dependents=links.dependents,
            ancestors=links.ancestors,
            limit=limit,
            **common,
        )

    def _if(self, step: ast.If, number: int) -> plan.Node:
        common = self._common(step, number, "if", "then")
        test = common["condition"] or Constant(step.if_)
        common["condition"] = None
        otherwise = self.body(step.else_) if step.else_ is not None else None
        return plan.IfNode(test=test, then=self.body(step.then), otherwise=otherwise, **common)

    def _switch(self, step: ast.Switch, number: int) -> plan.Node:
        common = self._common(step, number, "switch", "switch")
        block = step.origin.get("switch")
        value = self._optional(part_of(block, "value"))
        listed = part_of(block, "cases")
        nodes = listed.items if isinstance(listed, SequenceNode) else []
        cases = []
        for case, node in zip(step.cases, nodes, strict=False):
            when = part_of(node, "when")
            compile_ = self.values.value if value is not None else self.values.expression
            test = compile_(when) if when is not None else Constant(case.when)
            cases.append(plan.SwitchCase(test, self.body(case.steps)))
        default = self.body(step.default) if step.default is not None else None
        return plan.SwitchNode(value=value, cases=tuple(cases), default=default, **common)

    def _loop(self, step: ast.Loop, number: int) -> plan.Node:
        common = self._common(step, number, "loop", "loop")
        block = step.origin.get("loop")
        return plan.LoopNode(
            max=self._optional(part_of(block, "max")) or Constant(step.max),
            while_=self._condition(part_of(block, "while")),
            until=self._condition(part_of(block, "until")),
            body=self.body(step.steps),
            **common,
        )

    def _try(self, step: ast.Try, number: int) -> plan.Node:
        common = self._common(step, number, "try", "try")
        listed = part_of(step.origin.get("try"), "catch")
        nodes = listed.items if isinstance(listed, SequenceNode) else [listed]
        body = self.body(step.steps)
        handlers = tuple(
            plan.Handler(self._condition(part_of(node, "when")), self.body(handler.steps))
            for handler, node in zip(step.catch or [], nodes, strict=False)
        )
        last = self.body(step.finally_) if step.finally_ is not None else None
        return plan.TryNode(body=body, handlers=handlers, finally_=last, **common)

    def _break(self, step: ast.Break | ast.Continue, number: int) -> plan.Node:
        kind = plan.JumpKind.BREAK if isinstance(step, ast.Break) else plan.JumpKind.CONTINUE
        common = self._common(step, number, kind.value, kind.value)
        when = step.origin.get(kind.value) if step.when is not None else None
        return plan.JumpNode(jump=kind, when=self._condition(when), **common)

    def _goto(self, step: ast.Goto, number: int) -> plan.Node:
        common = self._common(step, number, "goto", "goto")
        return plan.JumpNode(jump=plan.JumpKind.GOTO, target=step.to, visits_max=step.max, **common)

    def _return(self, step: ast.Return, number: int) -> plan.Node:
        common = self._common(step, number, "return", "return")
        value = self._optional(step.origin.get("return"))
        return plan.ReturnNode(value=value or Constant(None), **common)

    def _optional(self, node: Node | None) -> Compiled | None:
        return self.values.value(node) if node is not None else None

    def _condition(self, node: Node | None) -> Compiled | None:
        return self.values.expression(node) if node is not None else None

    _METHODS: ClassVar[Mapping[type[ast.Step], Callable[..., plan.Node | None]]] = {
        ast.Task: _task,
        ast.Group: _group,
        ast.Parallel: _parallel,
        ast.Foreach: _foreach,
        ast.Graph: _graph,
        ast.If: _if,
        ast.Switch: _switch,
        ast.Loop: _loop,
        ast.Try: _try,
        ast.Break: _break,
        ast.Continue: _break,
        ast.Goto: _goto,
        ast.Return: _return,
    }


def needs_of(step: ast.Step) -> list[ScalarNode]:
    """The entries of a step's `needs`, as written."""
    node = step.origin.get("needs")
    if isinstance(node, SequenceNode):
        return [item for item in node.items if isinstance(item, ScalarNode)]
    return [node] if isinstance(node, ScalarNode) and node.value is not None else []
