"""The keys of a step: what each is called, and what to say about one that doesn't belong."""

from __future__ import annotations

from functools import cache

import msgspec

from braid.diagnostics import Diagnostic, Label
from braid.language import ast
from braid.language.document import MappingNode, ScalarNode
from braid.language.names import FOREIGN_KEYS, nearest_key
from braid.language.shape_types import FieldShape, struct_fields
from braid.language.task_kind import TaskKindError, TaskRegistry

COMMON = struct_fields(ast.Step)
"""Key → field of the keys that every step may have."""

CONTROL_SUMMARIES = {
    "steps": "a group: steps in order",
    "parallel": "branches at the same time",
    "foreach": "steps for each item of a list",
    "graph": "steps that start when what they need is done",
    "then": "with `if`: the steps to run when the condition holds",
    "switch": "one of several step lists",
    "loop": "steps again and again",
    "try": "steps with handlers for their failure",
    "break": "leaves the loop",
    "continue": "goes on with the next iteration",
    "goto": "goes on at another step",
    "return": "ends the workflow with a value",
}


@cache
def control_fields(control: type[ast.Step]) -> dict[str, FieldShape]:
    """Key → field of a control's own mapping, without the keys of the step."""
    return {key: field for key, field in struct_fields(control).items() if key not in COMMON}


@cache
def step_key_help(kind: str) -> dict[str, str]:
    """Keys of the step → what to tell who wrote them inside the body of its kind."""
    return {key: f"`{key}` belongs to the step: write it beside `{kind}`, not inside" for key in COMMON}


def describe_kind(name: str, registry: TaskRegistry) -> str:
    """One line about a kind, empty when its plug-in can't be loaded."""
    if name in CONTROL_SUMMARIES:
        return CONTROL_SUMMARIES[name]
    try:
        return registry.get(name).summary
    except (TaskKindError, KeyError):
        return ""


def body_keys(kind: str, registry: TaskRegistry) -> frozenset[str]:
    """The keys that the body of a kind may have."""
    if kind in ast.CONTROLS:
        return frozenset(control_fields(ast.CONTROLS[kind]))
    try:
        fields: type[msgspec.Struct] = registry.get(kind).fields
    except (TaskKindError, KeyError):
        return frozenset()
    return frozenset(struct_fields(fields))


def unknown_key(key: ScalarNode, kind: str | None, registry: TaskRegistry) -> Diagnostic:
    """About a key that no step has. `kind` is the step's kind, None when it has none: then it may be meant as one."""
    name = key.text
    shown = name if len(name) <= 40 else f"{name[:40]}…"
    code, message, label = "unknown-key", f"a step has no key `{shown}`", "unknown key"
    if kind is None:
        code, message, label = "unknown-kind", f"there is no step kind `{shown}`", "unknown kind"
    if kind and name in body_keys(kind, registry):
        help = f"`{name}` belongs to `{kind}`: write it inside, one level deeper"
        return Diagnostic(code, message, key.span, label=label, help=help)
    candidates = [*COMMON, *ast.CONTROLS, *registry.names(), "else"]
    from braid.language.slips import respelled

    help = _help(name, candidates, kind, registry)
    return Diagnostic(code, message, key.span, label=label, help=help, fix=respelled(key, candidates))


def _help(name: str, candidates: list[str], kind: str | None, registry: TaskRegistry) -> str:
    if name in FOREIGN_KEYS:
        return FOREIGN_KEYS[name]
    meant = nearest_key(name, candidates)
    if meant is None:
        return f"a step is {kinds_text()}" if kind is None else f"a step has {_names(COMMON)}"
    about = COMMON[meant].description if meant in COMMON else describe_kind(meant, registry)
    return f"did you mean `{meant}`? {about}".rstrip()


def kinds_text() -> str:
    """All kinds, for a help line. Task kinds are many, and plug-ins add more; a command lists them."""
    controls = [name for name in ast.CONTROLS if name != "then"]
    return f"a task (`braid tasks` lists them), `if` with `then`, {_names(controls)}"


def _names(names: list[str] | dict[str, FieldShape]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def no_kind(step: MappingNode) -> Diagnostic:
    """About a step whose keys are all common ones: it says nothing to do."""
    first = step.entries[0].key if step.entries else None
    span = first.span if first else step.span
    if "if" in step and "else" not in step:
        help = "give the `if` something to do: a kind beside it, or `then` with a step list"
    else:
        help = f"add {kinds_text()}"
    return Diagnostic(
        "no-kind", "this step doesn't say what to do", span, label="no key here is a step kind", help=help
    )


def two_kinds(kinds: list[ScalarNode], registry: TaskRegistry) -> Diagnostic:
    """About a step with several kind keys."""
    first, second, *_ = kinds
    names = " and ".join(f"`{key.text}`" for key in kinds)
    inner = next((key.text for key in kinds if key.text == "steps"), None)
    outer = next((key.text for key in kinds if inner and "steps" in body_keys(key.text, registry) - {key.text}), None)
    if inner and outer:
        help = f"if the steps are those of `{outer}`, write `steps` inside it, one level deeper"
    else:
        help = "make them two steps, each with a `- ` of its own"
    related = tuple(Label(key.span, "another kind") for key in kinds[:1] + kinds[2:])
    return Diagnostic(
        "two-kinds",
        f"a step does one thing, this one has {names}",
        second.span,
        label="a second kind",
        help=help,
        related=(Label(first.span, "the first kind"), *related[1:]),
    )
