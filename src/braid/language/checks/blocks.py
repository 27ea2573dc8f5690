"""Checks of single blocks: counts that can't be met, names that hide others, text that was meant as an expression."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from braid.diagnostics import Diagnostic, Label, Span
from braid.language import ast, plan
from braid.language.checks.places import Places
from braid.language.compile_policies import part_of
from braid.language.document import MappingNode, Node, ScalarNode, SequenceNode
from braid.language.values import Constant

_REFERENCE = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)((?:\.[A-Za-z_][A-Za-z0-9_]*|\[[^\]]*\])*)\s*")


def check_blocks(output: Node | None, places: Places, steps: Mapping[plan.Node, ast.Step]) -> list[Diagnostic]:
    """What is wrong with single steps, and with the workflow's `output`."""
    return list(_problems(output, places, steps))


def _problems(output: Node | None, places: Places, steps: Mapping[plan.Node, ast.Step]) -> Iterator[Diagnostic]:
    for node, step in steps.items():
        origin: MappingNode = step.origin
        match node:
            case plan.ParallelNode():
                yield from _wait(node, origin.get("parallel"))
            case plan.ForeachNode():
                yield from _items(node, origin.get("foreach"))
                yield from _variable(node, part_of(origin.get("foreach"), "as"), places)
        yield from _constant_texts(origin.get("output"), places, {"result"})
        yield from _constant_texts(part_of(origin.get("fallback"), "value"), places, {"error"})
    yield from _constant_texts(output, places, set())


def _wait(node: plan.ParallelNode, body: Node | None) -> Iterator[Diagnostic]:
    branches = body.key_node("branches") if isinstance(body, MappingNode) else None
    value = node.wait_value
    if node.wait is not plan.WaitKind.COUNT or not isinstance(value, Constant):
        return
    wanted, there = value.value, len(node.branches)
    if isinstance(wanted, int) and wanted > there:
        yield Diagnostic(
            code="wait-too-large",
            message=f"`wait: {wanted}` can't be met: the block has {there} branch{'es' if there != 1 else ''}",
            span=_span(part_of(body, "wait")),
            help=f"write a number from 1 to {there}, or `all`",
            related=(Label(branches.span, f"{there} branch{'es' if there != 1 else ''} here"),) if branches else (),
        )


def _items(node: plan.ForeachNode, block: Node | None) -> Iterator[Diagnostic]:
    key = block.key_node("items") if isinstance(block, MappingNode) else None
    items = part_of(block, "items")
    if items is None or isinstance(items, SequenceNode) or (isinstance(items, ScalarNode) and "{{" in items.text):
        return
    found, span, help = "a mapping", _span(key), "write `- {key: …, value: …}` for each, or a list in another form"
    if isinstance(items, ScalarNode):
        found = f"`{items.text[:40]}`" if items.text else "nothing"
        help = 'write a list, or an expression that gives one: `"{{ … }}"`'
        span = items.span if items.text else span
    yield Diagnostic("wrong-type", f"`items` must be a list, found {found}", span or node.span, help=help)


def _variable(node: plan.ForeachNode, place: Node | None, places: Places) -> Iterator[Diagnostic]:
    other = places.by_id.get(node.variable)
    if other is None:
        return
    yield Diagnostic(
        code="duplicate-id",
        message=f"`{node.variable}` names a step and the item of a foreach",
        span=_span(place) or node.span,
        label="the item",
        help="give one of them another name",
        related=(Label(other.node.span, "the step"),) if other.node.span is not None else (),
    )


def _constant_texts(node: Node | None, places: Places, roots: set[str], top: bool = True) -> Iterator[Diagnostic]:
    """Warn of text that looks like a reference: `output: result.stdout` without the braces."""
    match node:
        case MappingNode():
            for entry in node.entries:
                yield from _constant_texts(entry.value, places, roots, top=False)
        case SequenceNode():
            for item in node.items:
                yield from _constant_texts(item, places, roots, top=False)
        case ScalarNode(value=str(text)) if "{{" not in text:
            match_ = _REFERENCE.fullmatch(text)
            # Inside a mapping a single word is most likely meant as it stands: `status: error`.
            if match_ and (match_[2] or top) and _means_something(match_[1], bool(match_[2]), places, roots):
                yield Diagnostic(
                    code="constant-text",
                    message=f"`{text.strip()}` is constant text here",
                    span=node.span,
                    help=f'did you mean `"{{{{ {text.strip()} }}}}"`?',
                    severity="warning",
                )


def _means_something(name: str, has_path: bool, places: Places, roots: set[str]) -> bool:
    if name in roots or name in places.by_id:
        return True
    return has_path and name in ("inputs", "vars", "steps", "secrets", "env")


def _span(node: Node | None) -> Span | None:
    return node.span if node is not None else None
