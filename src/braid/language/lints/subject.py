"""What a lint looks at: one compiled file without errors, and where its expressions stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from braid.diagnostics import Span
from braid.language import ast, plan
from braid.language.checks.places import Places, places
from braid.language.compiler import Compilation
from braid.language.document import MappingNode, Node
from braid.language.parts import parts
from braid.language.task_kind import ActiveTask, Effect
from braid.language.values import Compiled, MappingValue, Use

_PARTS = (plan.RetryPolicy, plan.FallbackPolicy, plan.SwitchCase, plan.Handler, plan.Tolerate)


class Used(NamedTuple):
    """A reference, and the step in which it stands; None at the top of the file."""

    use: Use
    node: plan.Node | None

    def names(self, root: str) -> str | None:
        """The name under `inputs`, `vars` and the like that it means; "" for all of them, None for none."""
        reference = self.use.reference
        if reference.name != root:
            return None
        return str(reference.path[0]) if reference.path else ""


class Subject(msgspec.Struct, frozen=True):
    """One file.

    Attributes:
        steps: Plan node → the step it was made of.
        origin: The mapping of the whole file.
        uses: All references, in no order.
    """

    whole: plan.Plan
    places: Places
    steps: dict[plan.Node, ast.Step]
    origin: MappingNode
    uses: list[Used]

    def tasks(self) -> Iterator[plan.TaskNode]:
        """All steps of a task kind, in the order of the file."""
        return (node for node in self.places.by_node if isinstance(node, plan.TaskNode))

    def written(self, node: plan.Node, *keys: str) -> Node | None:
        """What stands in the file under these keys of a step; None when nothing does."""
        step = self.steps.get(node)
        found: Node | None = step.origin if step is not None else None
        for key in keys:
            found = found.get(key) if isinstance(found, MappingNode) else None
        return found

    def span(self, node: plan.Node, *keys: str) -> Span | None:
        """The place of the last of these keys of a step, or else of the step."""
        holder = self.written(node, *keys[:-1])
        key = holder.key_node(keys[-1]) if keys and isinstance(holder, MappingNode) else None
        return key.span if key is not None else node.span


def subject_of(compilation: Compilation) -> Subject:
    """What lints look at of a compiled file."""
    whole = compilation.plan
    found = places(whole)
    uses = [Used(use, node) for node in found.by_node for use in _uses(node)]
    tops: list[Any] = [*whole.variables.values(), whole.output, whole.timeout]  # Any: as in `_uses`
    uses += [Used(use, None) for value in tops if value is not None for use in value.uses]
    return Subject(whole, found, compilation.steps, compilation.origin, uses)


def _uses(part: Any) -> Iterator[Use]:  # Any: a node or another part of the plan, whose fields are looked through
    """References in the values of a step itself, not in those of the steps inside."""
    for name in part.__struct_fields__:
        value = getattr(part, name)
        if isinstance(value, tuple):
            for each in value:
                if isinstance(each, _PARTS):
                    yield from _uses(each)
        elif isinstance(value, _PARTS):
            yield from _uses(value)
        elif name != "origin" and not isinstance(value, (plan.Node, plan.Body)):
            yield from getattr(value, "uses", ())


def subtree(node: plan.Node) -> Iterator[plan.Node]:
    """A step and all steps inside, at any depth."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        yield each
        for part in parts(each):
            waiting.extend(part.body.steps)


def acts(node: plan.Node) -> bool:
    """Whether a step of a task kind touches the outside."""
    return isinstance(node, plan.TaskNode) and isinstance(node.task, ActiveTask) and node.task.effect is not Effect.NONE


def arguments_of(node: plan.TaskNode) -> dict[str, Compiled]:
    """The fields that a step gives, by their names."""
    return dict(node.arguments.items) if isinstance(node.arguments, MappingValue) else {}
