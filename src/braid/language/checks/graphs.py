"""The edges of a graph block: what each step needs and mentions, and the cycles that must not be."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

from braid.diagnostics import Diagnostic, Label, Span, nearest
from braid.language.checks.sight import SUGGESTIONS_MAX
from braid.language.document import ScalarNode
from braid.language.plan import Node
from braid.language.values import Use

CYCLE_PLACES_MAX = 10
"""Edges of one cycle that are shown; of a longer one the first."""


class GraphStep(msgspec.Struct, frozen=True):
    """One step of a graph.

    Attributes:
        needs: Its `needs`, as written.
        mentions: Every reference in its expressions, inner steps' included.
        ids: Its own id and those of all steps inside it.
    """

    node: Node
    needs: Sequence[ScalarNode]
    mentions: Sequence[Use]
    ids: frozenset[str]


class GraphLinks(msgspec.Struct):
    """Edges as positions in the graph's step list; see `plan.GraphNode`."""

    dependencies: tuple[tuple[int, ...], ...]
    dependents: tuple[tuple[int, ...], ...]
    ancestors: tuple[int, ...]
    diagnostics: list[Diagnostic] = msgspec.field(default_factory=list)


Edges = list[dict[int, "ScalarNode | Use"]]
"""For each step: step that it waits for → the first place that says so."""


def link(steps: Sequence[GraphStep]) -> GraphLinks:
    """Work the edges out and report unknown needs and cycles. Time is linear in steps and references.

    With a cycle the links are those of the graph without the steps' edges inside it, so that further checks can go on.
    """
    diagnostics: list[Diagnostic] = []
    edges = _edges(steps, diagnostics)
    for component in _cyclic_components(edges):
        diagnostics.append(_cycle(steps, edges, component))
        members = set(component)
        for index in component:
            edges[index] = {to: place for to, place in edges[index].items() if to not in members}
    dependencies = tuple(tuple(sorted(targets)) for targets in edges)
    dependents: list[list[int]] = [[] for _ in steps]
    for index, targets in enumerate(dependencies):
        for target in targets:
            dependents[target].append(index)
    ancestors = [0] * len(steps)
    for index in in_order(dependencies):
        for target in dependencies[index]:
            ancestors[index] |= ancestors[target] | 1 << target
    return GraphLinks(dependencies, tuple(map(tuple, dependents)), tuple(ancestors), diagnostics)


def in_order(dependencies: Sequence[Sequence[int]]) -> list[int]:
    """The positions with each after all it depends on; there must be no cycle."""
    waiting = [len(targets) for targets in dependencies]
    dependents: list[list[int]] = [[] for _ in dependencies]
    for index, targets in enumerate(dependencies):
        for target in targets:
            dependents[target].append(index)
    ready = deque(index for index, count in enumerate(waiting) if not count)
    order = []
    while ready:
        index = ready.popleft()
        order.append(index)
        for dependent in dependents[index]:
            waiting[dependent] -= 1
            if not waiting[dependent]:
                ready.append(dependent)
    return order


def _edges(steps: Sequence[GraphStep], diagnostics: list[Diagnostic]) -> Edges:
    owners: dict[str, int] = {}
    for index, step in enumerate(steps):
        for inner in step.ids:
            owners.setdefault(inner, index)
    direct = {name: index for index, step in reversed(list(enumerate(steps))) if (name := step.node.id) is not None}
    edges: Edges = []
    for index, step in enumerate(steps):
        found: dict[int, ScalarNode | Use] = {}
        for need in step.needs:
            if need.text in direct:
                found.setdefault(direct[need.text], need)
            else:
                diagnostics.append(
                    _unknown_need(need, direct, steps, owners, search=len(diagnostics) < SUGGESTIONS_MAX)
                )
        for use in step.mentions:
            name = mentioned_step(use)
            owner = owners.get(name) if name is not None else None
            if owner is not None and owner != index:
                found.setdefault(owner, use)
        edges.append(found)
    return edges


def mentioned_step(use: Use) -> str | None:
    """The step id that a reference is about: `forecast.x` or `steps.forecast.status`."""
    reference = use.reference
    if reference.name != "steps":
        return reference.name
    return reference.path[0] if reference.path and isinstance(reference.path[0], str) else None


def _unknown_need(
    need: ScalarNode, direct: dict[str, int], steps: Sequence[GraphStep], owners: dict[str, int], *, search: bool
) -> Diagnostic:
    owner = owners.get(need.text)
    if owner is not None:
        outer = steps[owner].node.id
        return Diagnostic(
            code="unknown-need",
            message=f"`{need.text}` is no step of this graph",
            span=need.span,
            label=f"it runs inside `{outer or steps[owner].node.key}`",
            related=_labels(steps[owner].node, "this step of the graph"),
            help=f"write `{outer}`" if outer else "give the block around it an `id`, and need that",
        )
    close = nearest(need.text, direct) if search else None
    known = ", ".join(f"`{name}`" for name in list(direct)[:10])
    return Diagnostic(
        code="unknown-need",
        message=f"no step `{need.text}` in this graph",
        span=need.span,
        help=f"did you mean `{close}`?" if close else f"its steps are {known}" if known else "",
        related=_labels(steps[direct[close]].node, f"`{close}` is here") if close else (),
    )


def _labels(node: Node, text: str) -> tuple[Label, ...]:
    return (Label(node.span, text),) if node.span is not None else ()


def _cyclic_components(edges: Edges) -> Iterator[list[int]]:
    """Strongly connected components with a cycle in them (Tarjan 1972, without recursion)."""
    number: dict[int, int] = {}
    low: dict[int, int] = {}
    on_stack: set[int] = set()
    stack: list[int] = []
    for root in range(len(edges)):
        if root in number:
            continue
        work = [(root, iter(edges[root]))]
        number[root] = low[root] = len(number)
        stack.append(root)
        on_stack.add(root)
        while work:
            index, targets = work[-1]
            target = next(targets, None)
            if target is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[index])
                if low[index] == number[index]:
                    component = _popped(stack, on_stack, index)
                    if len(component) > 1 or index in edges[index]:
                        yield sorted(component)
            elif target not in number:
                number[target] = low[target] = len(number)
                stack.append(target)
                on_stack.add(target)
                work.append((target, iter(edges[target])))
            elif target in on_stack:
                low[index] = min(low[index], number[target])


def _popped(stack: list[int], on_stack: set[int], until: int) -> list[int]:
    component = []
    while True:
        index = stack.pop()
        on_stack.discard(index)
        component.append(index)
        if index == until:
            return component


def _cycle(steps: Sequence[GraphStep], edges: Edges, component: list[int]) -> Diagnostic:
    path = _shortest_cycle(edges, component)
    names = [_name(steps[index].node) for index in path]
    hops = list(pairwise(path))
    labels = [
        Label(_place(edges[a][b]), f"`{_name(steps[a].node)}` waits for `{_name(steps[b].node)}`") for a, b in hops
    ]
    shown = names if len(names) <= CYCLE_PLACES_MAX else [*names[: CYCLE_PLACES_MAX // 2], "…", names[-1]]
    arrow = " → ".join(name if name == "…" else f"`{name}`" for name in shown)
    left_out = len(labels) - CYCLE_PLACES_MAX
    return Diagnostic(
        code="cycle",
        message=f"these steps wait for each other: {arrow}" if len(hops) > 1 else f"`{names[0]}` waits for itself",
        span=labels[0].span,
        label=labels[0].text,
        related=tuple(labels[1:CYCLE_PLACES_MAX]),
        help="take one of these references or `needs` away",
        notes=(f"{left_out} more steps are in this cycle",) if left_out > 0 else (),
    )


def _shortest_cycle(edges: Edges, component: list[int]) -> list[int]:
    """The shortest way from the component's first step back to it, both ends included."""
    start, members = component[0], set(component)
    came_from: dict[int, int] = {}
    queue = deque([start])
    while queue:
        index = queue.popleft()
        for target in edges[index]:
            if target == start:
                chain = []
                while index != start:
                    chain.append(index)
                    index = came_from[index]
                return [start, *reversed(chain), start]
            if target in members and target not in came_from:
                came_from[target] = index
                queue.append(target)
    raise AssertionError("every step of a cyclic component lies on a cycle")


def _name(node: Node) -> str:
    return node.id or node.key


def _place(where: ScalarNode | Use) -> Span:
    return where.span
