"""Where each step stands: its list, and the steps around it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from braid.language.parts import Part, parts
from braid.language.plan import ForeachNode, Node, ParallelNode, Plan


class Place(msgspec.Struct, frozen=True, eq=False):
    """One step's place.

    Attributes:
        part: The list that the step stands in.
        index: Its position there.
        outer: The place of the step that the list belongs to; None for the workflow's own lists.
    """

    node: Node
    part: Part
    index: int
    outer: Place | None

    def upwards(self) -> Iterator[Place]:
        """This place and all around it, inside out."""
        place: Place | None = self
        while place is not None:
            yield place
            place = place.outer


class Places(msgspec.Struct):
    """The places of all steps of a plan, by node and by id (of equal ids the first)."""

    by_node: dict[Node, Place] = msgspec.field(default_factory=dict)
    by_id: dict[str, Place] = msgspec.field(default_factory=dict)

    def __iter__(self) -> Iterator[Place]:
        """In the order of the file."""
        return iter(self.by_node.values())


def roots(plan: Plan) -> Iterator[Part]:
    """The workflow's own step lists, in the order in which they run."""
    yield Part("steps", plan.body)
    if plan.on_failure:
        yield Part("on_failure", plan.on_failure)
    if plan.finally_:
        yield Part("finally", plan.finally_)


def places(plan: Plan) -> Places:
    """All steps of the plan with their places."""
    found = Places()
    for root in roots(plan):
        _collect(root, None, found)
    return found


def _collect(part: Part, outer: Place | None, found: Places) -> None:
    # Recursion is safe: the document's DEPTH_MAX bounds the nesting.
    for index, node in enumerate(part.body.steps):
        place = Place(node, part, index, outer)
        found.by_node[node] = place
        if node.id is not None:
            found.by_id.setdefault(node.id, place)
        for inner in parts(node):
            _collect(inner, place, found)


def named(node: Node) -> str:
    """How a message calls a step: its id, or what it is and where in its list (`parallel-2`)."""
    return f"`{node.id or node.key}`"


def inside(part: Part, outer: Place | None) -> str:
    """How a message calls a step list: "branch `news` of `gather`"."""
    if outer is None:
        return {"steps": "the workflow's steps"}.get(part.role, f"the workflow's `{part.role}`")
    block = named(outer.node)
    match outer.node, part.role:
        case ParallelNode(names=names), "branch":
            return f"branch {f'`{part.name}`' if names else part.name} of {block}"
        case ForeachNode(), "item":
            return f"the items of {block}"
        case _, ("case" | "catch") as role:
            return f"`{role}` {part.name} of {block}"
        case _, ("body" | "graph"):
            return block
        case _, role:
            return f"`{role}` of {block}"
