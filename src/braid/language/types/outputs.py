"""What each step gives: plan node → type."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from braid.language import plan
from braid.language.parts import parts
from braid.language.types.json_schema import from_schema
from braid.language.types.lattice import (
    NEVER,
    NULL,
    PERHAPS_NULL,
    UNKNOWN,
    ListOf,
    ObjectOf,
    Type,
    members,
    union,
)
from braid.language.types.members import item_of
from braid.language.types.run_values import settled
from braid.language.values import Constant, Deferred, MappingValue

DEPTH_MAX: Final = 50
"""Steps whose outputs are made of one another and none of which is typed yet. Files are walked in their own order, so
that only loops and jumps backwards come to more than a few."""

Values = Callable[[plan.Resolvable, plan.Node, Mapping[str, Type]], Type]
"""The type of a value in a step, with further names."""


class Outputs:
    """The types of the outputs of one plan's steps, each worked out once.

    Args:
        values: Types the expressions of a step.
        called: The type of a `call` step's output.
        results: What else is known of a task step's result, such as that of an author's function.
    """

    def __init__(
        self,
        values: Values,
        called: Callable[[plan.CallNode], Type],
        results: Callable[[plan.TaskNode, Mapping[str, Type]], Type],
    ) -> None:
        self._values = values
        self._called = called
        self._results = results
        self._known: dict[plan.Node, Type] = {}
        self._fields: dict[plan.Node, Mapping[str, Type]] = {}
        self._open: set[plan.Node] = set()

    def of(self, node: plan.Node) -> Type:
        """The output of a step that ran; when it is skipped, it is null."""
        known = self._known.get(node)
        if known is not None:
            return known
        if node in self._open or len(self._open) > DEPTH_MAX:
            return UNKNOWN
        self._open.add(node)
        try:
            known = self._known[node] = self._output(node)
        finally:
            self._open.discard(node)
        return known

    def of_body(self, body: plan.Body) -> Type:
        """The output of a step list: that of its last step; `NEVER` where it doesn't get there."""
        last: Type = NULL
        for node in body.steps:
            last = self._left_behind(node)
            if last is NEVER:
                return NEVER
        return last

    def result(self, node: plan.Node) -> Type:
        """`result` in the step's `output:`."""
        if isinstance(node, plan.TaskNode):
            return self._result(node)
        return self._kind(node)

    def _left_behind(self, node: plan.Node) -> Type:
        """The output or, when the step is skipped, null."""
        kind = self.of(node)
        condition = node.condition
        if condition is None or (isinstance(condition, Constant) and condition.value is True):
            return kind
        return union((kind, NULL))

    def _output(self, node: plan.Node) -> Type:
        if node.output is not None:
            kind = self._values(node.output, node, {})
        elif isinstance(node, plan.TaskNode):
            kind = node.task.output_type(self._result(node))
        else:
            kind = self._kind(node)
        if node.schema is not None and kind is not NEVER:
            kind = _meeting(kind, from_schema(getattr(node.schema, "definition", None)))
        fallback = node.fallback
        if fallback is not None:
            other = NULL if fallback.value is None else self._values(fallback.value, node, {})
            if fallback.body is not None:
                other = self.of_body(fallback.body)
            kind = union((kind, other))
        return kind

    def _result(self, node: plan.TaskNode) -> Type:
        fields = self.fields(node)
        known = self._results(node, fields)
        return known if known is not UNKNOWN else node.task.result_type(fields)

    def fields(self, node: plan.TaskNode) -> Mapping[str, Type]:
        """The types of a task's fields as they were given; of a deferred one, what each evaluation gives."""
        known = self._fields.get(node)
        if known is None:
            known = self._fields[node] = self._typed_fields(node)
        return known

    def _typed_fields(self, node: plan.TaskNode) -> Mapping[str, Type]:
        arguments = node.arguments
        if not isinstance(arguments, MappingValue):
            return {}
        kinds: dict[str, Type] = {}
        later = []
        for name, value in arguments.items:
            if isinstance(value, Deferred):
                later.append((name, value))
            else:
                kinds[name] = self._values(value, node, {})
        for name, value in later:
            own = {**dict.fromkeys(value.names, UNKNOWN), **node.task.names_in(name, kinds)}
            kinds[name] = self._values(value.inner, node, own)
        return kinds

    def _kind(self, node: plan.Node) -> Type:
        match node:
            case plan.CallNode():
                return self._called(node)
            case plan.GroupNode():
                return self.of_body(node.body)
            case plan.ParallelNode():
                return self._parallel(node)
            case plan.ForeachNode():
                return self._foreach(node)
            case plan.GraphNode():
                return ObjectOf({step.id: self._left_behind(step) for step in node.body.steps if step.id is not None})
            case plan.IfNode():
                return self._if(node)
            case plan.SwitchNode():
                bodies = [case.body for case in node.cases]
                other = NULL if node.default is None else self.of_body(node.default)
                return union((*map(self.of_body, bodies), other))
            case plan.LoopNode():
                return self._loop(node)
            case plan.TryNode():
                return union((self.of_body(node.body), *(self.of_body(each.body) for each in node.handlers)))
            case plan.JumpNode(jump=plan.JumpKind.GOTO) | plan.ReturnNode():
                return NEVER
            case plan.JumpNode():
                return NEVER if node.when is None else NULL
        return UNKNOWN

    def _if(self, node: plan.IfNode) -> Type:
        other = NULL if node.otherwise is None else self.of_body(node.otherwise)
        if isinstance(node.test, Constant):
            return self.of_body(node.then) if node.test.value else other
        return union((self.of_body(node.then), other))

    def _loop(self, node: plan.LoopNode) -> Type:
        kind = self.of_body(node.body)
        # Null where `while` is false at once, or a `break` or `continue` is met; whether it ever is, who knows.
        if node.while_ is not None or any(True for _ in _jumps(node.body)):
            return union((kind, PERHAPS_NULL))
        return kind

    def _foreach(self, node: plan.ForeachNode) -> Type:
        if not node.collect:
            return NULL
        kind = self.of_body(node.body)
        if any(jump is plan.JumpKind.CONTINUE for jump in _jumps(node.body)):
            kind = union((kind, NULL))
        return ListOf(settled(kind, None) if node.settle else kind)

    def branches(self, node: plan.ParallelNode) -> Type:
        """`branches` in `merge:`, which is the block's output as well where it doesn't merge."""
        names = node.names or [None] * len(node.branches)
        kinds = [self.of_body(branch) for branch in node.branches]
        if node.settle:
            kinds = [settled(kind, name) for kind, name in zip(kinds, names, strict=True)]
        else:
            kinds = [self._or_lost(kind, node) for kind in kinds]
        if node.names is None or node.merge is plan.MergeKind.LIST:
            return ListOf(items=kinds)
        return ObjectOf(dict(zip(node.names, kinds, strict=True)))

    def _or_lost(self, kind: Type, node: plan.ParallelNode) -> Type:
        """A branch that lost gives null."""
        match node.wait:
            case plan.WaitKind.ALL:
                return kind
            case plan.WaitKind.COUNT:
                wanted = node.wait_value
                if not isinstance(wanted, Constant):
                    return union((kind, PERHAPS_NULL))
                return kind if wanted.value == len(node.branches) else union((kind, NULL))
        return union((kind, PERHAPS_NULL))

    def _parallel(self, node: plan.ParallelNode) -> Type:
        match node.merge:
            case plan.MergeKind.EXPRESSION if node.merge_expression is not None:
                return self._values(node.merge_expression, node, {"branches": self.branches(node)})
            case plan.MergeKind.CONCAT:
                return ListOf(union(item_of(self.of_body(branch)) for branch in node.branches))
            case plan.MergeKind.OBJECT:
                return _merged([self.of_body(branch) for branch in node.branches], node)
        return self.branches(node)


def _merged(kinds: list[Type], node: plan.ParallelNode) -> Type:
    certain = node.wait is plan.WaitKind.ALL and not node.settle
    keys: dict[str, Type] = {}
    for kind in kinds:
        if not isinstance(kind, ObjectOf) or kind.rest is not None:
            return ObjectOf({}, rest=UNKNOWN)
        keys.update(kind.keys)
    return ObjectOf(keys, optional=frozenset() if certain else frozenset(keys))


def _meeting(kind: Type, schema: Type) -> Type:
    """What is of both: the one of which more is known."""
    if kind is UNKNOWN or schema is UNKNOWN:
        return schema if kind is UNKNOWN else kind
    allowed = {each.kind for each in members(schema)}
    left = [each for each in members(kind) if each.kind in allowed]
    if not left or any(isinstance(each, ListOf) and each.item is UNKNOWN for each in left):
        return schema
    return schema if any(isinstance(each, ObjectOf) and each.rest is not None for each in left) else union(left)


def _jumps(body: plan.Body) -> Iterator[plan.JumpKind]:
    """The `break`s and `continue`s that leave this body of a loop or foreach."""
    for node in body.steps:
        if isinstance(node, plan.JumpNode):
            if node.jump is not plan.JumpKind.GOTO:
                yield node.jump
        elif not isinstance(node, (plan.LoopNode, plan.ForeachNode)):
            for part in parts(node):
                yield from _jumps(part.body)
        elif node.fallback is not None and node.fallback.body is not None:
            yield from _jumps(node.fallback.body)
