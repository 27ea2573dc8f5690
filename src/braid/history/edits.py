"""What is different in an edited workflow, told by its steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from braid.language.checks.places import Place, places
from braid.language.plan import Node, Plan
from braid.language.plan_walk import reachable_plans
from braid.language.task_kind import Value

_TOP_KEYS: Final = (
    *("inputs", "vars", "secrets", "env", "max_concurrency", "pools", "defaults", "timeout", "output"),
    *("name", "version", "description"),
)
"""Keys of a workflow that belong to no step."""
_STEP_LISTS: Final = frozenset({"steps", "branches", "default", "finally"})
_SILENT_ROLES: Final = frozenset({"steps", "body", "item", "graph"})
"""Step lists that a path needn't name: the step that holds one holds no other."""


def edited_steps(old: Plan, new: Plan) -> list[str]:
    """What an edit changed, in the order of the new file: `forecast changed`, `page is new`, `headlines is gone`.

    Empty when both say the same. Of the called files only that they changed is told.
    """
    found = [f"`{key}` changed" for key in _TOP_KEYS if _top(old, key) != _top(new, key)]
    before, after = definitions(old), definitions(new)
    for path, definition in after.items():
        if path not in before:
            found.append(f"{path} is new")
        elif before[path] != definition:
            found.append(f"{path} changed")
    found += [f"{path} is gone" for path in before if path not in after]
    found += _edited_calls(old, new)
    if not found and old.definition != new.definition:
        found.append("the order of steps changed")
    return found


def definitions(plan: Plan) -> Mapping[str, Value]:
    """Static path of each step → what it says, without the steps inside it."""
    return {static_path(place): own_definition(place.node) for place in places(plan)}


def static_path(place: Place) -> str:
    """Where a step stands in the file: the keys of the steps around it, and which of their lists it stands in."""
    return "/".join(reversed(list(_keys(place))))


def own_definition(node: Node) -> Value:
    """What the file says of a step alone, without the steps inside it."""
    if node.origin is None:
        return None
    return {key: _without_steps(key, value) for key, value in node.origin.to_value().items()}


def _keys(place: Place) -> Iterator[str]:
    for each in place.upwards():
        yield each.node.key
        if each.part.role not in _SILENT_ROLES:
            yield f"{each.part.role}-{each.part.name}" if each.part.role in ("case", "catch") else _list_name(each)


def _list_name(place: Place) -> str:
    return place.part.name or place.part.role


def _without_steps(key: str, value: Value) -> Value:
    """A key's value with an ellipsis in the place of each step list."""
    match key, value:
        case (("steps" | "then" | "else"), _):
            return ...
        case "graph", list():
            return ...
        case "try", list():
            return ...
        case (("parallel" | "foreach" | "graph" | "switch" | "loop" | "try" | "fallback"), dict()):
            return {name: ... if name in _STEP_LISTS else _alternatives(inner) for name, inner in value.items()}
        case _:
            return value


def _alternatives(value: Value) -> Value:
    """Cases and handlers without their steps."""
    if isinstance(value, list) and any(isinstance(item, dict) and "steps" in item for item in value):
        return [{**item, "steps": ...} if isinstance(item, dict) and "steps" in item else item for item in value]
    return value


def _top(plan: Plan, key: str) -> Value:
    return plan.definition.get(key) if isinstance(plan.definition, dict) else None


def _edited_calls(old: Plan, new: Plan) -> Iterator[str]:
    """Files that both call and that say something else now."""
    before = {each.source.name: each.definition for each in reachable_plans(old)[1:]}
    for each in reachable_plans(new)[1:]:
        if each.source.name in before and before[each.source.name] != each.definition:
            yield f"{each.source.name}, which it calls, changed"
