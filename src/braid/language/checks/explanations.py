"""Why a step that exists can't be seen from a place, and what to do about it."""

from __future__ import annotations

import msgspec

from braid.diagnostics import Diagnostic, Label
from braid.language.checks.places import Place, inside, named
from braid.language.plan import ForeachNode, GraphNode, Node, ParallelNode
from braid.language.values import Use


class _Reason(msgspec.Struct, frozen=True):
    code: str
    message: str
    help: str
    label: str = ""


def hidden_step(use: Use, target: Place, here: Place | None, *, at_end: bool) -> Diagnostic | None:
    """The diagnostic for a reference to a step that can't be seen; None where a cycle is the cause, told elsewhere.

    Args:
        use: The reference.
        target: The step that is meant.
        here: The step that the reference belongs to.
        at_end: Where it belongs to none: it is evaluated after all steps, not before.
    """
    reason = _at_end(target) if at_end and here is None else _reason(target, here)
    if reason is None:
        return None
    span = target.node.span
    return Diagnostic(
        code=reason.code,
        message=reason.message,
        span=use.span,
        help=reason.help,
        related=(Label(span, reason.label or "it runs here"),) if span is not None else (),
    )


def where_it_runs(target: Place) -> str:
    """A sentence for a name that was probably meant but can't be seen: where it runs, what stands for it outside."""
    sentence = "It runs"
    for place in target.upwards():
        if place.outer is not None and place.part.role == "branch":
            sentence = f"It runs inside {inside(place.part, place.outer)}"
            break
    foreach = _foreach_around(target, None)
    if foreach is not None:
        start = sentence if sentence != "It runs" else f"It runs for each item of {named(foreach.node)}"
        return f"{start}; {named(foreach.node)} is its list"
    return f"{sentence} elsewhere" if sentence == "It runs" else sentence


def _reason(target: Place, here: Place | None) -> _Reason | None:
    name = f"`{target.node.id}`"
    if here is None:
        return _Reason("not-run-yet", f"{name} has not run yet here", "this is evaluated before the first step")
    if target.node is here.node:
        return _Reason(
            "own-output",
            f"{name} can't use its own output",
            "in `output:` the step's own value is `result`; inside a `loop` the iteration before can be seen",
            "this step",
        )
    around = {place.node: place for place in here.upwards()}
    if target.node in around:
        return _Reason(
            "own-output",
            f"{name} has not ended yet here: this step is part of it",
            "use the steps inside it that ran before",
            "the block around this step",
        )
    return _diverging(name, target, here, around)


def _at_end(target: Place) -> _Reason:
    name = f"`{target.node.id}`"
    foreach = _foreach_around(target, None)
    if foreach is not None:
        return _in_foreach(name, foreach)
    root = list(target.upwards())[-1]
    if root.part.role != "steps":
        where = inside(root.part, None)
        return _Reason("not-run-yet", f"{name} runs in {where}, after `output` is decided", "use a step of `steps`")
    where = inside(target.part, target.outer)
    return _Reason(
        "not-visible", f"{name} can't be seen here: it runs in {where}", "use the output of the block instead"
    )


def _diverging(name: str, target: Place, here: Place, around: dict[Node, Place]) -> _Reason | None:
    """The reason where neither stands inside the other: it lies in the block where their ways part."""
    theirs = target
    while theirs.outer is not None and theirs.outer.node not in around:
        theirs = theirs.outer
    common = theirs.outer
    if common is here:
        return _within(name, target, here)
    ours = next(place for place in here.upwards() if place.outer is common)
    foreach = _foreach_around(target, common)
    if theirs.part.body is not ours.part.body:
        return _other_list(name, theirs, ours, common)
    if foreach is not None:
        return _in_foreach(name, foreach)
    if common is not None and isinstance(common.node, GraphNode):
        return None
    if theirs.index > ours.index:
        return _Reason("not-run-yet", f"{name} has not run yet here", "move it before this step", "it runs later")
    where = inside(target.part, target.outer)
    return _Reason(
        "not-visible", f"{name} can't be seen here: it runs in {where}", "use the output of the block instead"
    )


def _within(name: str, target: Place, here: Place) -> _Reason:
    """The target stands inside the step whose own field this is."""
    foreach = _foreach_around(target, here)
    if foreach is not None:
        return _in_foreach(name, foreach)
    return _Reason(
        "not-run-yet",
        f"{name} runs inside this step, and can be seen only after it",
        "in `output:` the step's own value is `result`; or use it in a later step",
    )


def _in_foreach(name: str, foreach: Place) -> _Reason:
    block = named(foreach.node)
    help_ = f"use {block}, the list of what each item gave"
    if foreach.node.id is None:
        help_ = "give the foreach an `id`: its output is the list of what each item gave"
    return _Reason("inside-foreach", f"{name} runs once for each item of {block}", help_)


def _other_list(name: str, theirs: Place, ours: Place, common: Place | None) -> _Reason:
    if common is None:
        where = inside(theirs.part, None)
        return _Reason("not-run-yet", f"{name} runs in {where}, which comes later", "move the step to an earlier list")
    where = inside(theirs.part, common)
    if isinstance(common.node, ParallelNode) and theirs.part.role == ours.part.role == "branch":
        return _Reason(
            "sibling-branch",
            f"{name} runs in a sibling branch",
            f"use it after {named(common.node)}, or put both steps into one branch",
            f"it runs in {where}",
        )
    if theirs.part.role == "finally":
        return _Reason("not-run-yet", f"{name} runs in {where}, which comes last", "move the step before this one")
    return _Reason("not-visible", f"{name} can't be seen here: it runs in {where}", "only one of these lists runs")


def _foreach_around(target: Place, until: Place | None) -> Place | None:
    """The outermost foreach between a place and one of the blocks around it."""
    found = None
    for place in target.upwards():
        if place.outer is None or place.outer is until:
            break
        if isinstance(place.outer.node, ForeachNode) and place.part.role == "item":
            found = place.outer
    return found
