"""The conditions under which a place of a workflow is reached."""

from __future__ import annotations

from collections.abc import Iterator

from braid.language import plan
from braid.language.checks.places import Place
from braid.language.values import Bound

Condition = tuple[Bound, bool]
"""A condition, and whether it holds there or doesn't."""


def conditions_at(place: Place, *, own: bool) -> Iterator[Condition]:
    """From the outermost to the step's own `if`, which counts only where `own` says so."""
    for around in reversed(list(place.upwards())):
        if around.outer is not None:
            yield from _of_part(around)
        condition = around.node.condition
        if isinstance(condition, Bound) and (own or around is not place):
            yield condition, True


def _of_part(place: Place) -> Iterator[Condition]:
    assert place.outer is not None
    node, role, name = place.outer.node, place.part.role, place.part.name
    tests: list[tuple[plan.Resolvable | None, bool]] = []
    match node:
        case plan.IfNode() if role in ("then", "else"):
            tests = [(node.test, role == "then")]
        case plan.SwitchNode(value=None) if role in ("case", "default"):
            taken = int(name) - 1 if role == "case" else len(node.cases)
            tests = [(case.when, False) for case in node.cases[:taken]]
            tests += [(case.when, True) for case in node.cases[taken : taken + 1]]
        case plan.LoopNode() if role == "body":
            tests = [(node.while_, True)]
        case plan.TryNode() if role == "catch":
            tests = [(node.handlers[int(name) - 1].when, True)]
    for test, holds in tests:
        if isinstance(test, Bound):
            yield test, holds
