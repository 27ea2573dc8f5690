"""What a `FieldRule` demands of the text in a field, before the run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeGuard

import msgspec

from braid.language.document import MappingNode, Node, ScalarNode, SequenceNode
from braid.language.task_kind import FieldRule, Interpolation
from braid.language.text_formats import Mismatch, foreign_braces


class RuleProblem(msgspec.Struct, frozen=True):
    """What breaks a rule, and the node that does."""

    node: Node
    mismatch: Mismatch


def is_interpolated(item: object) -> TypeGuard[ScalarNode]:
    """Whether it is a text of the file with `{{` in it."""
    return isinstance(item, ScalarNode) and isinstance(item.value, str) and "{{" in item.value


_LONE = re.compile(r"\s*\{\{(?:(?!\{\{).)*\}\}\s*", re.DOTALL)


def is_lone_expression(text: str) -> bool:
    """Whether the text is one `{{ … }}` and nothing else, so that its value keeps its type."""
    return _LONE.fullmatch(text) is not None


def scalars(node: Node) -> Iterator[ScalarNode]:
    """All scalars of a value, in the order of the file; keys left out."""
    match node:
        case ScalarNode():
            yield node
        case SequenceNode(items=items):
            for item in items:
                yield from scalars(item)
        case MappingNode(entries=entries):
            for entry in entries:
                yield from scalars(entry.value)


def is_constant(node: Node, rule: FieldRule) -> bool:
    """Whether a field's value is known before the run."""
    if rule.interpolation is Interpolation.EXPRESSION:
        return False
    if rule.interpolation is Interpolation.TEMPLATE:
        return not any(
            isinstance(scalar.value, str) and ("{{" in scalar.value or "{%" in scalar.value) for scalar in scalars(node)
        )
    if rule.interpolation is Interpolation.REFUSED:
        return True
    return not any(map(is_interpolated, scalars(node)))


def check_rule(rule: FieldRule, node: Node) -> RuleProblem | None:
    """What the rule has against the node, or None."""
    match rule.interpolation:
        case Interpolation.EXPRESSION:
            return _check_expression(node)
        case Interpolation.REFUSED:
            return _check_refused(rule, node)
        case _:
            return None


def _check_expression(node: Node) -> RuleProblem | None:
    if not isinstance(node, ScalarNode) or node.value is None:
        found = "nothing" if isinstance(node, ScalarNode) else "a list or a mapping"
        help = "write it without `{{ }}`, in quotes if it holds `: ` or `#`"
        return RuleProblem(node, Mismatch(f"expected an expression, found {found}", help))
    if not node.text.strip():
        return RuleProblem(node, Mismatch("the expression is empty", "", "empty-expression"))
    return None


def _check_refused(rule: FieldRule, node: Node) -> RuleProblem | None:
    for scalar in scalars(node):
        if not is_interpolated(scalar):
            continue
        offset: int | None = scalar.text.index("{{")
        if rule.format == "code":
            offset = foreign_braces(scalar.text)
        if offset is not None:
            mismatch = Mismatch(
                "data can't be put into this text",
                rule.help or "this field is taken as it stands; hand the data over in another field",
                "interpolation-refused",
                "`{{ }}` isn't read here",
                offset,
                scalar.text.find("}}", offset) + 2 - offset if "}}" in scalar.text[offset:] else 2,
            )
            return RuleProblem(scalar, mismatch)
    return None
