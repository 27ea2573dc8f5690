"""Inputs of `call` steps against what the other file declares, by type."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from braid.diagnostics import Diagnostic, Label
from braid.language import plan
from braid.language.types.json_schema import from_schema
from braid.language.types.lattice import UNKNOWN, ListOf, ObjectOf, Type, members, words
from braid.language.types.places import span_of
from braid.language.values import Constant, MappingValue

if TYPE_CHECKING:
    from braid.language.types.typed_plan import TypedPlan


def input_problems(node: plan.CallNode, given: Type, called: TypedPlan | None) -> Iterator[Diagnostic]:
    """Inputs that certainly don't meet their schema. Constants are checked exactly, by `called_files`."""
    if called is None or not isinstance(given, ObjectOf) or not isinstance(node.inputs, MappingValue):
        return
    for name, value in node.inputs.items:
        spec = called.whole.inputs.get(name)
        if spec is None or isinstance(value, Constant):
            continue
        kind, wanted = given.keys.get(name, UNKNOWN), from_schema(spec.definition)
        misfit = _misfit(kind, wanted, name)
        if misfit is None:
            continue
        yield Diagnostic(
            code="wrong-input",
            message=f"input `{name}` of `{called.whole.name}`: {misfit}",
            span=span_of(value) or node.span,
            related=(Label(spec.span, "the input is declared here"),) if spec.span is not None else (),
        )


def _misfit(kind: Type, wanted: Type, shown: str) -> str | None:
    """What certainly doesn't fit, or None where something may."""
    given, kinds = members(kind), {each.kind for each in members(wanted)}
    if wanted is UNKNOWN or not given or any(each.kind in ("unknown", "method") for each in given):
        return None
    if not any(each.kind in kinds for each in given):
        return f"`{shown}` must be {words(wanted)}, and is {words(kind)}"
    if len(given) == 1 and len(members(wanted)) == 1:
        one, other = given[0], members(wanted)[0]
        if isinstance(one, ObjectOf) and isinstance(other, ObjectOf):
            return _misfit_of_objects(one, other, shown)
        if isinstance(one, ListOf) and isinstance(other, ListOf) and one.items:
            found = (_misfit(each, other.item, f"{shown}[{index}]") for index, each in enumerate(one.items))
            return next((each for each in found if each is not None), None)
    return None


def _misfit_of_objects(one: ObjectOf, other: ObjectOf, shown: str) -> str | None:
    if one.rest is None:
        for key in other.keys:
            if key not in one.keys and key not in other.optional:
                return f"`{shown}` has no `{key}`, which is required"
    for key, kind in one.keys.items():
        if key in one.optional:
            continue
        if key not in other.keys:
            if other.rest is None:
                return f"`{shown}` may have no `{key}`"
            continue
        found = _misfit(kind, other.keys[key], f"{shown}.{key}")
        if found is not None:
            return found
    return None
