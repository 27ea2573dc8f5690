"""What is declared or worked out, and nobody uses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from braid.diagnostics import Diagnostic, Span
from braid.language import plan
from braid.language.checks.places import roots
from braid.language.document import MappingNode, Node, ScalarNode, SequenceNode
from braid.language.lints.subject import Subject, subtree
from braid.language.parts import parts
from braid.language.task_kind import PureTask

_ANCHOR = re.compile(r"[\s\[{,]&\w")
_INERT = (
    plan.GroupNode,
    plan.ParallelNode,
    plan.ForeachNode,
    plan.GraphNode,
    plan.IfNode,
    plan.SwitchNode,
    plan.LoopNode,
    plan.TryNode,
)


def unused_inputs(subject: Subject) -> Iterator[Diagnostic]:
    """`unused-input`."""
    for name, span in _unused(subject, "inputs", _keys(subject.origin.get("inputs"))):
        help = f"take it away, or use it: `{{{{ inputs.{name} }}}}`"
        yield Diagnostic("unused-input", f"input `{name}` is never used", span, help=help, severity="warning")


def unused_variables(subject: Subject) -> Iterator[Diagnostic]:
    """`unused-variable`."""
    given = subject.origin.get("vars")
    entries = given.entries if isinstance(given, MappingNode) else []
    # An alias is a use as well.
    keys = [each.key for each in entries if not _ANCHOR.search(each.key.source.text, each.key.end, each.value.end)]
    for name, span in _unused(subject, "vars", keys):
        help = f"take it away, or use it: `{{{{ vars.{name} }}}}`"
        yield Diagnostic("unused-variable", f"variable `{name}` is never used", span, help=help, severity="warning")


def unused_environment(subject: Subject) -> Iterator[Diagnostic]:
    """`unused-env`."""
    listed = subject.origin.get("env")
    items = listed.items if isinstance(listed, SequenceNode) else []
    for name, span in _unused(subject, "env", [item for item in items if isinstance(item, ScalarNode)]):
        message = f"environment variable `{name}` is never used"
        help = f"take it away, or use it: `{{{{ env.{name} }}}}`; child processes have the environment anyway"
        yield Diagnostic("unused-env", message, span, help=help, severity="warning")


def unused_pools(subject: Subject) -> Iterator[Diagnostic]:
    """`unused-pool`."""
    used = {node.pool for node in subject.places.by_node}
    defaults = subject.origin.get("defaults")
    given = defaults.get("pool") if isinstance(defaults, MappingNode) else None
    used.add(given.text if isinstance(given, ScalarNode) else None)
    for key in _keys(subject.origin.get("pools")):
        if key.text not in used:
            help = f"take it away, or let steps hold its slots: `pool: {key.text}`"
            yield Diagnostic("unused-pool", f"no step uses pool `{key.text}`", key.span, help=help, severity="warning")


def _keys(node: Node | None) -> list[ScalarNode]:
    return [entry.key for entry in node.entries] if isinstance(node, MappingNode) else []


def _unused(subject: Subject, root: str, declared: Iterable[ScalarNode]) -> Iterator[tuple[str, Span]]:
    used = {name for each in subject.uses if (name := each.names(root)) is not None}
    if "" not in used:
        yield from ((key.text, key.span) for key in declared if key.text not in used)


def unused_steps(subject: Subject) -> Iterator[Diagnostic]:
    """`unused-step`: a step that only computes, and whose output is neither used nor that of its list."""
    mentioned = _mentions(subject)
    for root in roots(subject.whole):
        ends_in_output = root.role == "steps" and subject.whole.output is None
        yield from _unused_in(root.body, subject, mentioned, last_counts=ends_in_output)


def _unused_in(
    body: plan.Body, subject: Subject, mentioned: dict[str, list[int]], *, last_counts: bool = True, graph: bool = False
) -> Iterator[Diagnostic]:
    for index, node in enumerate(body.steps):
        is_output = node.id is not None if graph else last_counts and index == len(body.steps) - 1
        if not is_output and _is_inert(node) and not _is_mentioned(node, subject, mentioned):
            way_out = f"use it as `{{{{ {node.id} }}}}`" if node.id is not None else "give it an `id` to use it by"
            yield Diagnostic(
                "unused-step",
                f"nothing uses what this `{node.kind}` gives",
                node.span,
                label="and it does nothing else",
                help=f"{way_out}, or take it away",
                severity="warning",
            )
            continue
        for part in parts(node):
            yield from _unused_in(part.body, subject, mentioned, graph=part.role == "graph")


def _is_inert(node: plan.Node) -> bool:
    """Whether a step does nothing but give an output. What checks (`assert`, `schema`) does something: it may fail."""
    return all(_is_inert_alone(each) for each in subtree(node))


def _is_inert_alone(node: plan.Node) -> bool:
    if node.schema is not None:
        return False
    if isinstance(node, plan.TaskNode):
        return isinstance(node.task, PureTask) and node.task.only_output
    return isinstance(node, _INERT)


def _mentions(subject: Subject) -> dict[str, list[int]]:
    """Id → the offsets at which something refers to it."""
    found: dict[str, list[int]] = {}
    for use, _ in subject.uses:
        name, path = use.reference.name, use.reference.path
        mentioned = str(path[0]) if name == "steps" and path else name
        found.setdefault(mentioned, []).append(use.node.start)
    for node in subject.places.by_node:
        if isinstance(node, plan.JumpNode) and node.target is not None:
            found.setdefault(node.target, []).append(-1)
        needs = subject.written(node, "needs")
        for need in needs.items if isinstance(needs, SequenceNode) else [needs]:
            if isinstance(need, ScalarNode):
                found.setdefault(need.text, []).append(need.start)
    return found


def _is_mentioned(node: plan.Node, subject: Subject, mentioned: dict[str, list[int]]) -> bool:
    """Whether anything outside of a step refers to it or to a step inside."""
    origin = subject.written(node)
    start, end = (origin.start, origin.end) if origin is not None else (0, 0)
    names = [each.id for each in subtree(node) if each.id is not None]
    return any(not start <= offset < end for name in names for offset in mentioned.get(name, ()))
