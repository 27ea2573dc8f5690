"""Steps that never run or always do, and loops that nothing ends."""

from __future__ import annotations

from collections.abc import Iterator

from braid.diagnostics import Diagnostic, Label
from braid.language import plan
from braid.language.checks.places import roots
from braid.language.lints.subject import Subject, subtree
from braid.language.parts import parts
from braid.language.values import Bound, Constant

ITERATIONS_MAX = 10_000
"""A higher `max` of a loop bounds nothing that matters: each iteration is kept in the journal."""


def unreachable_steps(subject: Subject) -> Iterator[Diagnostic]:
    """`unreachable-step`: after a step that always leaves its list."""
    targets = {node.target for node in subject.places.by_node if isinstance(node, plan.JumpNode)}
    bodies = [root.body for root in roots(subject.whole)]
    bodies += [
        part.body for node in subject.places.by_node for part in parts(node) if not isinstance(node, plan.GraphNode)
    ]
    for body in bodies:
        for index, node in enumerate(body.steps[:-1]):
            rest = body.steps[index + 1 :]
            if not _always_leaves(node):
                continue
            if not any(each.id in targets for each in rest if each.id is not None):
                related = (Label(node.span, f"`{node.kind}` always leaves here"),) if node.span is not None else ()
                yield Diagnostic(
                    "unreachable-step",
                    "this step never runs",
                    rest[0].span,
                    help=f"take it away, or give `{node.kind}` a condition",
                    severity="warning",
                    related=related,
                )
            break


def _always_leaves(node: plan.Node) -> bool:
    if node.condition is not None:
        return False
    return isinstance(node, plan.ReturnNode) or (isinstance(node, plan.JumpNode) and node.when is None)


def constant_conditions(subject: Subject) -> Iterator[Diagnostic]:
    """`constant-condition`: an `if` that is always true or always false."""
    for node in subject.places.by_node:
        value = _constant(node.test if isinstance(node, plan.IfNode) else node.condition)
        if value is None:
            continue
        if isinstance(node, plan.IfNode):
            message = "`then` never runs"
            if value:
                message = "`else` never runs" if node.otherwise else "`then` always runs"
            help = "keep the steps that run, without the `if`"
        else:
            message = "this step always runs" if value else "this step never runs"
            help = "leave `if` away" if value else "take the step away, or make it depend on an input"
        yield Diagnostic(
            "constant-condition",
            message,
            subject.span(node, "if"),
            label=f"always {str(value).lower()}",
            help=help,
            severity="warning",
        )


def _constant(condition: plan.Resolvable | None) -> bool | None:
    if isinstance(condition, Constant) and isinstance(condition.value, bool):
        return condition.value
    if isinstance(condition, Bound):
        return {"true": True, "false": False}.get(condition.node.text.strip().lower())
    return None


def loops_without_end(subject: Subject) -> Iterator[Diagnostic]:
    """`loop-without-exit` and `loop-bound`."""
    for node in subject.places.by_node:
        if not isinstance(node, plan.LoopNode):
            continue
        most = node.max.value if isinstance(node.max, Constant) else None
        if isinstance(most, int) and most > ITERATIONS_MAX:
            yield Diagnostic(
                "loop-bound",
                f"a bound of {most:,} iterations bounds nothing",
                subject.span(node, "loop", "max"),
                help=f"say how many are too many, at most {ITERATIONS_MAX:,}; go through data with `foreach`",
                severity="warning",
            )
        elif most != 1 and not _has_exit(node) and not _depends_on_iteration(node, subject):
            yield Diagnostic(
                "loop-without-exit",
                f"this loop always does the same, {'as often as `max` says' if most is None else f'{most} times'}",
                node.span,
                label="nothing ends it before `max`",
                help="end it with `until`, `while` or `break`; for a number of times use `iteration`",
                severity="warning",
            )


def _has_exit(node: plan.LoopNode) -> bool:
    if node.while_ is not None or node.until is not None:
        return True
    jumps = (plan.ReturnNode, plan.JumpNode)
    return any(isinstance(each, jumps) for each in subtree(node) if each is not node)


def _depends_on_iteration(node: plan.LoopNode, subject: Subject) -> bool:
    """Whether an iteration sees its number, or what one before it has left."""
    inside = set(subtree(node)) - {node}
    for use, at in subject.uses:
        name = use.reference.name
        if at not in inside:
            continue
        if name == "iteration":
            return True
        place = subject.places.by_id.get(name)
        if place is None or place.node not in inside:
            continue
        # What is used before it is worked out, or in its own working out, comes from the iteration before.
        carrier = subject.written(place.node)
        if carrier is None or use.node.start < carrier.end:
            return True
    return False
