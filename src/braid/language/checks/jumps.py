"""break, continue, goto and return: whether they stand where they can do what they say, and what they leave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from braid.diagnostics import Diagnostic, Label, Span, nearest
from braid.language import ast
from braid.language.checks.places import Place, Places, inside, named
from braid.language.checks.sight import SUGGESTIONS_MAX
from braid.language.compile_policies import part_of
from braid.language.document import ScalarNode
from braid.language.plan import (
    Body,
    ForeachNode,
    GraphNode,
    JumpKind,
    JumpNode,
    LoopNode,
    Node,
    ParallelNode,
    ReturnNode,
    TryNode,
    WaitKind,
)


class Leap(msgspec.Struct, frozen=True):
    """A goto, seen from the list that holds its target: from which position to which."""

    node: JumpNode
    origin: int
    target: int


class Jumps(msgspec.Struct):
    """What the jumps of a plan do, for the check of visibility.

    Attributes:
        steps: Node → the step of the file that it was made of.
        leaps: Step list → the gotos that land in it.
        ends: break or continue → the loop or foreach that it is about.
    """

    steps: Mapping[Node, ast.Step]
    leaps: dict[Body, list[Leap]] = msgspec.field(default_factory=dict)
    ends: dict[Node, Node] = msgspec.field(default_factory=dict)
    diagnostics: list[Diagnostic] = msgspec.field(default_factory=list)


def check_jumps(places: Places, steps: Mapping[Node, ast.Step]) -> Jumps:
    """Check all jumps and set `ordered` on the blocks that one can leave (see `plan.ForeachNode`).

    Args:
        steps: Node → the step of the file that it was made of.
    """
    jumps = Jumps(steps)
    for place in places:
        match place.node:
            case JumpNode(jump=JumpKind.GOTO):
                _goto(place, place.node, places, jumps)
            case JumpNode():
                _end_iteration(place, place.node, jumps)
            case ReturnNode():
                _return(place, jumps)
    return jumps


def _end_iteration(place: Place, node: JumpNode, jumps: Jumps) -> None:
    word = node.jump.value
    for inner, block in _outwards(place):
        if isinstance(block.node, (LoopNode, ForeachNode)) and inner.part.role in ("body", "item"):
            jumps.ends[node] = block.node
            if isinstance(block.node, ForeachNode) and node.jump is JumpKind.BREAK:
                block.node.ordered = True
            return
        wall = _wall(inner, block)
        if wall:
            jumps.diagnostics.append(_blocked(node, word, wall, block))
            return
    jumps.diagnostics.append(
        Diagnostic(
            code="jump-out-of-place",
            message=f"`{word}` stands in no loop or foreach",
            span=node.span,
            help="`return` ends the workflow; a step with `if` skips itself",
        )
    )


def _goto(place: Place, node: JumpNode, places: Places, jumps: Jumps) -> None:
    assert node.target is not None
    target = places.by_id.get(node.target)
    if target is None:
        jumps.diagnostics.append(_unknown_target(place, node, places, jumps))
        return
    for inner in place.upwards():
        if inner.part.body is target.part.body:
            if isinstance(inner.outer.node if inner.outer else None, GraphNode) and inner.part.role == "graph":
                break
            jumps.leaps.setdefault(target.part.body, []).append(Leap(node, inner.index, target.index))
            return
        wall = _wall(inner, inner.outer) if inner.outer else None
        if wall is None and isinstance(inner.outer.node if inner.outer else None, ForeachNode):
            wall = "an item of a foreach"
        if wall and inner.outer:
            jumps.diagnostics.append(_blocked(node, "goto", wall, inner.outer, target))
            return
    jumps.diagnostics.append(_elsewhere(node, target, jumps))


def _return(place: Place, jumps: Jumps) -> None:
    root = list(place.upwards())[-1].part.role
    if root != "steps":
        jumps.diagnostics.append(
            Diagnostic(
                code="jump-out-of-place",
                message=f"`return` can't stand in the workflow's `{root}`",
                span=place.node.span,
                label="the run's result is decided by now",
                help="to set the run's result use `output` at the top of the file",
            )
        )
        return
    for inner, block in _outwards(place):
        if isinstance(block.node, TryNode) and inner.part.role == "finally":
            jumps.diagnostics.append(_blocked(place.node, "return", _FINALLY, block))
            return
        node = block.node
        if isinstance(node, ForeachNode) and not node.settle:
            node.ordered = True
        if isinstance(node, ParallelNode) and node.wait is WaitKind.ALL and not node.settle:
            node.ordered = True


_FINALLY = "`finally`, which must run to its end"


def _outwards(place: Place) -> Iterator[tuple[Place, Place]]:
    """Each place from the inside out, with the block that its list belongs to."""
    for inner in place.upwards():
        if inner.outer is not None:
            yield inner, inner.outer


def _wall(inner: Place, block: Place) -> str | None:
    """What keeps a jump from leaving this list, if anything."""
    match block.node, inner.part.role:
        case ParallelNode(), "branch":
            return inside(inner.part, block)
        case GraphNode(), "graph":
            return f"the graph {named(block.node)}"
        case TryNode(), "finally":
            return _FINALLY
    return None


def _target_span(node: JumpNode, jumps: Jumps) -> Span | None:
    """Where a goto names its target."""
    body = jumps.steps[node].origin.get("goto")
    place = part_of(body, "to") or body
    return place.span if isinstance(place, ScalarNode) else node.span


def _blocked(node: Node, word: str, wall: str, block: Place, target: Place | None = None) -> Diagnostic:
    places = [(block.node.span, "this block is around it"), (target.node.span if target else None, "the step to go to")]
    return Diagnostic(
        code="jump-out-of-place",
        message=f"`{word}` can't leave {wall}",
        span=node.span,
        related=tuple(Label(span, text) for span, text in places if span is not None),
        help="end that list in the usual way, and decide after the block",
    )


def _unknown_target(place: Place, node: JumpNode, places: Places, jumps: Jumps) -> Diagnostic:
    if len(jumps.diagnostics) > SUGGESTIONS_MAX:
        return Diagnostic("unknown-step", f"no step `{node.target}` to go to", _target_span(node, jumps))
    reachable = [name for inner in place.upwards() for name in inner.part.body.positions]
    close = nearest(str(node.target), reachable) or nearest(str(node.target), places.by_id)
    meant = places.by_id[close].node.span if close is not None else None
    return Diagnostic(
        code="unknown-step",
        message=f"no step `{node.target}` to go to",
        span=_target_span(node, jumps),
        help=f"did you mean `{close}`?" if close else "give the step that is meant this `id`",
        related=(Label(meant, f"`{close}` is here"),) if meant is not None else (),
    )


def _elsewhere(node: JumpNode, target: Place, jumps: Jumps) -> Diagnostic:
    where = inside(target.part, target.outer)
    related = () if target.node.span is None else (Label(target.node.span, f"it stands in {where}"),)
    return Diagnostic(
        code="jump-out-of-place",
        message=f"`goto` can't jump into {where}",
        span=_target_span(node, jumps),
        label="a step of the same or an enclosing step list is wanted",
        related=related,
        help=f"jump to {named(target.outer.node)}, the block around it"
        if target.outer and target.outer.node.id
        else "move the step, or use a loop",
    )
