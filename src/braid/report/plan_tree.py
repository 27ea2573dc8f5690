"""A plan as a tree of what would run, each step with the facts that an author wants to see before running it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from braid.language import plan
from braid.language.plan import Body, Node, Plan, Resolvable
from braid.language.task_kind import Effect, Value
from braid.language.values import Bound, Constant, Deferred, Joined, ListValue, MappingValue


class PlannedStep(msgspec.Struct):
    """One step of the tree.

    Attributes:
        facts: What limits and guards it, ready for people and programs: `max_concurrency`, `retry`, `timeout`,
            `pool`, `if`, `items`, `wait`, … Expressions stand as their text.
        effect: What a task step touches outside the run; None for control steps.
        waves: Of a graph: keys of the steps that may run together, wave after wave.
    """

    node: Node
    facts: dict[str, Value] = msgspec.field(default_factory=dict)
    effect: Effect | None = None
    bodies: list[PlannedBody] = msgspec.field(default_factory=list)
    waves: list[list[str]] = msgspec.field(default_factory=list)


class PlannedBody(msgspec.Struct):
    """A step list inside a step. `label`: a branch's name or number, `then`, `catch-1`, …; empty for the only body."""

    label: str
    steps: list[PlannedStep]


def plan_tree(plan: Plan) -> list[PlannedBody]:
    """The plan's own step lists: its body, and with these labels `on_failure` and `finally`."""
    builder = _Builder(plan, {id(plan)})
    lists = (("", plan.body), ("on_failure", plan.on_failure), ("finally", plan.finally_))
    return [builder.body(label, body) for label, body in lists if body is not None]


def steps_of(bodies: list[PlannedBody]) -> Iterator[PlannedStep]:
    """All steps of a tree, in the order of the file."""
    for body in bodies:
        for step in body.steps:
            yield step
            yield from steps_of(step.bodies)


def shown(value: Resolvable) -> Value:
    """A value of the file; expressions in it stand as the text that the author wrote."""
    match value:
        case Constant():
            return value.value
        case Bound() | Joined():
            return value.node.text
        case ListValue():
            return [shown(item) for item in value.items]
        case MappingValue():
            return {key: shown(item) for key, item in value.items}
        case Deferred():
            return shown(value.inner)
        case _:
            raise AssertionError(f"a compiled value of an unknown class: {value!r}")


def value_text(value: Value) -> str:
    """A text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


class _Builder(msgspec.Struct):
    workflow: Plan
    called: set[int]
    """Identities of the plans in the tree: each called file is shown once, as files may call each other."""

    def body(self, label: str, body: Body) -> PlannedBody:
        return PlannedBody(label, [self._step(node) for node in body.steps])

    def _step(self, node: Node) -> PlannedStep:
        step = PlannedStep(node)
        _DETAILS[type(node)](self, node, step)
        _guards(node, step.facts)
        if node.fallback and node.fallback.body:
            step.bodies.append(self.body("fallback", node.fallback.body))
        return step

    def _task(self, node: plan.TaskNode, step: PlannedStep) -> None:
        step.effect = node.task.effect

    def _group(self, node: plan.GroupNode, step: PlannedStep) -> None:
        step.bodies = [self.body("", node.body)]

    def _parallel(self, node: plan.ParallelNode, step: PlannedStep) -> None:
        facts = step.facts
        facts["branches"] = len(node.branches)
        facts["max_concurrency"] = self._limit(node.limit)
        if node.wait is not plan.WaitKind.ALL:
            facts["wait"] = shown(node.wait_value) if node.wait_value else "any"
        if node.merge is not plan.MergeKind.DEFAULT:
            facts["merge"] = shown(node.merge_expression) if node.merge_expression else node.merge.value
        _settling(node, facts)
        labels = node.names or [str(index) for index in range(len(node.branches))]
        step.bodies = [self.body(label, branch) for label, branch in zip(labels, node.branches, strict=True)]

    def _foreach(self, node: plan.ForeachNode, step: PlannedStep) -> None:
        items = shown(node.items)
        step.facts["items"] = f"{len(items)} constants" if isinstance(items, list) else items
        step.facts["max_concurrency"] = shown(node.limit)
        _settling(node, step.facts)
        step.bodies = [self.body("", node.body)]

    def _graph(self, node: plan.GraphNode, step: PlannedStep) -> None:
        step.facts["max_concurrency"] = self._limit(node.limit)
        step.bodies = [self.body("", node.body)]
        step.waves = waves(node)

    def _if(self, node: plan.IfNode, step: PlannedStep) -> None:
        step.facts["if"] = shown(node.test)
        step.bodies = [self.body("then", node.then)]
        if node.otherwise:
            step.bodies.append(self.body("else", node.otherwise))

    def _switch(self, node: plan.SwitchNode, step: PlannedStep) -> None:
        if node.value:
            step.facts["value"] = shown(node.value)
        step.bodies = [self.body(f"case {value_text(shown(case.when))}", case.body) for case in node.cases]
        if node.default:
            step.bodies.append(self.body("default", node.default))

    def _loop(self, node: plan.LoopNode, step: PlannedStep) -> None:
        step.facts["max"] = shown(node.max)
        if node.while_:
            step.facts["while"] = shown(node.while_)
        if node.until:
            step.facts["until"] = shown(node.until)
        step.bodies = [self.body("", node.body)]

    def _try(self, node: plan.TryNode, step: PlannedStep) -> None:
        step.bodies = [self.body("try", node.body)]
        for handler in node.handlers:
            label = f"catch {value_text(shown(handler.when))}" if handler.when else "catch"
            step.bodies.append(self.body(label, handler.body))
        if node.finally_:
            step.bodies.append(self.body("finally", node.finally_))

    def _jump(self, node: plan.JumpNode, step: PlannedStep) -> None:
        if node.when:
            step.facts["if"] = shown(node.when)
        if node.target:
            step.facts["to"] = node.target
            step.facts["max"] = node.visits_max

    def _return(self, node: plan.ReturnNode, step: PlannedStep) -> None:
        step.facts["value"] = shown(node.value)

    def _call(self, node: plan.CallNode, step: PlannedStep) -> None:
        step.facts["workflow"] = node.workflow
        target = node.target()
        if id(target) in self.called:
            return
        self.called.add(id(target))
        inner = _Builder(target, self.called)
        lists = (("", target.body), ("on_failure", target.on_failure), ("finally", target.finally_))
        step.bodies = [inner.body(label, body) for label, body in lists if body is not None]

    def _limit(self, own: Resolvable | None) -> Value:
        return shown(own) if own else self.workflow.max_concurrency


def waves(node: plan.GraphNode) -> list[list[str]]:
    """Steps by the length of the longest chain of needs before them; the limit may hold some of a wave back."""
    depths = _depths(node)
    found: list[list[str]] = [[] for _ in range(max(depths, default=-1) + 1)]
    for step, depth in zip(node.body.steps, depths, strict=True):
        found[depth].append(step.key)
    return found


def _depths(node: plan.GraphNode) -> list[int]:
    depths = [0] * len(node.dependencies)
    missing = [len(needs) for needs in node.dependencies]
    ready = [index for index, number in enumerate(missing) if not number]
    for index in ready:
        for dependent in node.dependents[index]:
            depths[dependent] = max(depths[dependent], depths[index] + 1)
            missing[dependent] -= 1
            if not missing[dependent]:
                ready.append(dependent)
    return depths


def _settling(node: plan.ParallelNode | plan.ForeachNode, facts: dict[str, Value]) -> None:
    if node.settle:
        facts["settle"] = True
    if node.tolerate:
        facts["tolerate"] = shown(node.tolerate.count)


def _guards(node: Node, facts: dict[str, Value]) -> None:
    if node.condition:
        facts["if"] = shown(node.condition)
    if node.retry:
        facts["retry"] = _retry(node.retry)
    if node.timeout:
        facts["timeout"] = shown(node.timeout)
    if node.pool:
        facts["pool"] = node.pool
    if node.idempotent is not None:
        facts["idempotent"] = node.idempotent
    if node.fallback:
        facts["fallback"] = "value" if node.fallback.value else "steps"


def _retry(policy: plan.RetryPolicy) -> dict[str, Value]:
    facts = {
        "attempts": shown(policy.attempts),
        "backoff": policy.backoff,
        "delay": shown(policy.delay),
        "max_delay": shown(policy.max_delay),
    }
    if policy.jitter:
        facts["jitter"] = policy.jitter
    if policy.within:
        facts["within"] = shown(policy.within)
    if policy.when:
        facts["when"] = shown(policy.when)
    return facts


# Any: each method takes its own class of nodes, which a mapping by class can't say.
_DETAILS: dict[type[Node], Callable[[_Builder, Any, PlannedStep], None]] = {
    plan.TaskNode: _Builder._task,
    plan.GroupNode: _Builder._group,
    plan.ParallelNode: _Builder._parallel,
    plan.ForeachNode: _Builder._foreach,
    plan.GraphNode: _Builder._graph,
    plan.IfNode: _Builder._if,
    plan.SwitchNode: _Builder._switch,
    plan.LoopNode: _Builder._loop,
    plan.TryNode: _Builder._try,
    plan.JumpNode: _Builder._jump,
    plan.ReturnNode: _Builder._return,
    plan.CallNode: _Builder._call,
}
