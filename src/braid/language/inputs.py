"""Given inputs against declared ones: one rule for a run's inputs and for those of a `call`."""

from __future__ import annotations

from collections.abc import Mapping

from braid.diagnostics import nearest
from braid.language.plan import InputSpec
from braid.language.task_kind import Value


def bind_inputs(specs: Mapping[str, InputSpec], given: Value) -> tuple[dict[str, Value], list[str]]:
    """The value of every declared input, defaults filled in, and all that is wrong with what was given."""
    if not isinstance(given, Mapping):
        return {}, [f"inputs must be an object of name and value, not {type(given).__name__}"]
    problems = [_unknown(name, specs) for name in given if name not in specs]
    values: dict[str, Value] = {}
    for name, spec in specs.items():
        if name in given:
            values[name] = given[name]
            problems += [f"input `{name}`: {error}" for error in spec.schema.errors(given[name])]
        elif spec.required:
            problems.append(f"input `{name}` is required")
        else:
            values[name] = spec.default
    return values, problems


def _unknown(name: object, specs: Mapping[str, InputSpec]) -> str:
    close = nearest(str(name), specs)
    if close:
        return f"there is no input `{name}`; did you mean `{close}`?"
    known = ", ".join(f"`{each}`" for each in specs)
    return f"there is no input `{name}`; the workflow takes {known or 'none'}"
