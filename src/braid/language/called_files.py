"""`call` steps and the files that they name: where those may lie, and whether the inputs fit."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from braid.diagnostics import Diagnostic, Label, Span, nearest
from braid.language.compile_steps import Call
from braid.language.document import MappingNode, ScalarNode
from braid.language.plan import InputSpec, Plan
from braid.language.schema_reader import place_in
from braid.language.task_kind import Value
from braid.language.values import Constant, MappingValue

PATH_CHARS_SHOWN = 100
"""Characters of a wrong path that its diagnostic repeats."""


def called_path(node: ScalarNode, folder: Path, *, allow_path: bool) -> Path | Diagnostic:
    """The file that a `call` names, symbolic links resolved, or what is wrong with it.

    Args:
        node: The path as written, relative to `folder`.
        folder: That of the calling file, resolved.
        allow_path: The file may lie outside of `folder`.
    """
    text = node.text if len(node.text) <= PATH_CHARS_SHOWN else f"{node.text[:PATH_CHARS_SHOWN]}…"
    try:
        path = (folder / node.text).resolve()
        is_file = path.is_file()
    except (OSError, ValueError, RuntimeError) as error:
        problem = error.strerror if isinstance(error, OSError) else str(error)
        return Diagnostic("unknown-file", f"`{text}` can't be a path: {problem}", node.span)
    if not allow_path and not path.is_relative_to(folder):
        return Diagnostic(
            code="path-outside",
            message=f"`{text}` lies outside of the workflow's folder",
            span=node.span,
            help="move the file into the folder, or start the run with `--allow-path`",
        )
    if not is_file:
        there = "it is a folder" if path.is_dir() else _help_for_missing(text, folder)
        return Diagnostic(
            code="unknown-file", message=f"there is no workflow file `{text}`", span=node.span, help=there
        )
    return path


def resolved_path(folder: Path, text: str) -> Path:
    """The file that a path in a workflow of this folder leads to, whether it is there or not."""
    return Path(os.path.realpath(folder / text))


def _help_for_missing(text: str, folder: Path) -> str:
    around = (folder / text).parent
    try:
        names = [path.relative_to(folder).as_posix() for path in sorted(around.glob("*.yaml"))[:500]]
    except (OSError, ValueError):
        names = []
    close = nearest(text, names)
    return f"did you mean `{close}`?" if close else "the path is relative to this file's folder"


def fit_problems(call: Call, target: Plan) -> Iterator[Diagnostic]:
    """What is wrong with the inputs of a call: unknown and missing names, and constants that don't meet the schema."""
    given = _given(call)
    if given is None:
        return
    for name, value in given.items():
        spec = target.inputs.get(name)
        if spec is None:
            yield _unknown(call, name, target)
        elif isinstance(value, Constant):
            yield from _unfit(call, spec, value.value, target)
    missing = [name for name, spec in target.inputs.items() if spec.required and name not in given]
    if missing:
        names = ", ".join(f"`{name}`" for name in missing)
        yield Diagnostic(
            code="missing-input",
            message=f"`{target.name}` needs the input{'s' if len(missing) > 1 else ''} {names}",
            span=call.path.span,
            help=f"add `inputs: {{{', '.join(f'{name}: …' for name in missing)}}}`",
            related=tuple(label for name in missing for label in _declared(target.inputs[name])),
        )


def _given(call: Call) -> Mapping[str, object] | None:
    """The inputs by name, compiled; None when they are known only in the run."""
    match call.node.inputs:
        case MappingValue(items=items):
            return dict(items)
        case Constant(value=dict(values)):
            return {name: Constant(value) for name, value in values.items()}
    return None


def _unknown(call: Call, name: str, target: Plan) -> Diagnostic:
    close = nearest(name, target.inputs)
    known = ", ".join(f"`{each}`" for each in target.inputs)
    return Diagnostic(
        code="unknown-input",
        message=f"`{target.name}` has no input `{name}`",
        span=_key(call, name),
        help=f"did you mean `{close}`?" if close else f"it has {known}" if known else "it has no inputs",
        related=_declared(target.inputs[close]) if close else (),
    )


def _unfit(call: Call, spec: InputSpec, value: Value, target: Plan) -> Iterator[Diagnostic]:
    errors = spec.schema.placed_errors(value)
    if errors:
        (path, first), *more = errors
        yield Diagnostic(
            code="wrong-input",
            message=f"input `{spec.name}` of `{target.name}`: {first}",
            span=_value(call, spec.name, path, first),
            notes=tuple(text for _, text in more),
            related=_declared(spec),
        )


def _declared(spec: InputSpec) -> tuple[Label, ...]:
    return (Label(spec.span, "declared here"),) if spec.span is not None else ()


def _key(call: Call, name: str) -> Span:
    key = call.inputs.key_node(name) if isinstance(call.inputs, MappingNode) else None
    return key.span if key is not None else call.path.span


def _value(call: Call, name: str, path: Sequence[str | int], problem: str) -> Span:
    inputs = call.inputs
    value = inputs.get(name) if isinstance(inputs, MappingNode) else None
    if value is None or not isinstance(inputs, MappingNode):
        return call.path.span
    if not path and isinstance(value, ScalarNode):
        return value.span
    return place_in(value, inputs.key_node(name), path, problem)
