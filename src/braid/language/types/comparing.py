"""Operators between two values: calculating, comparing, `in`."""

from __future__ import annotations

from typing import Final

import msgspec
from jinja2 import nodes

from braid.language.types import operations
from braid.language.types.expressions import VISITS, Typing, takes
from braid.language.types.lattice import (
    BOOL,
    INT,
    NEVER,
    PERHAPS_NULL,
    UNKNOWN,
    ListOf,
    Type,
    members,
    union,
    without_null,
    words,
)

_SYMBOLS: Final[dict[type, str]] = {
    nodes.Add: "+",
    nodes.Sub: "-",
    nodes.Mul: "*",
    nodes.Div: "/",
    nodes.FloorDiv: "//",
    nodes.Mod: "%",
    nodes.Pow: "**",
}
_ORDER: Final = {"lt": "<", "lteq": "<=", "gt": ">", "gteq": ">="}
_OPEN: Final = ("unknown", "method")
Operand = tuple[Type, nodes.Node]


def _calculation(typing: Typing, node: nodes.BinExpr) -> Type:
    symbol = _SYMBOLS[type(node)]
    left, right = typing.type(node.left), typing.type(node.right)
    if left is right is INT and symbol != "**":  # most of all calculations
        return operations.calculated(symbol, "int", "int") or UNKNOWN
    results: list[Type] = []
    for one in members(left):
        for other in members(right):
            if one.kind in _OPEN or other.kind in _OPEN:
                results.append(UNKNOWN)
            elif (result := operations.calculated(symbol, one.kind, other.kind)) is not None:
                results.append(_appended(one, other) if symbol == "+" and one.kind == "list" else result)
    if results:
        typing.null_fails(left, node.left)
        typing.null_fails(right, node.right)
        return union(results)
    if not _is_open(left, right):
        _tell_misfit(typing, symbol, (left, node.left), (right, node.right))
    return UNKNOWN


def _tell_misfit(typing: Typing, symbol: str, left: Operand, right: Operand) -> None:
    kinds = {left[0].kind, right[0].kind}
    help = ""
    if "null" in kinds:
        help = "say what null stands for: `| default(0)`"
    elif "text" in kinds:
        help = "write `| int` or `| float` to calculate"
        help = f"write `~` to join texts; {help[6:]}" if symbol == "+" else help
    elif symbol == "+" and kinds == {"object"}:
        help = "write `a | combine(b)`"
    elif kinds == {"decimal", "float"}:
        help = "a decimal and a float don't mix: write `| decimal` or `| float`"
    kind, blamed = _blamed(left, right)
    message = f"`{symbol}` doesn't work between {words(left[0])} and {words(right[0])}"
    typing.tell(message, blamed, words(kind), help)


def _blamed(left: Operand, right: Operand) -> Operand:
    """The side that has a name, so that it can be told where it comes from; else the left one."""
    return right if isinstance(left[1], nodes.Const) else left


def _appended(one: Type, other: Type) -> Type:
    assert isinstance(one, ListOf)
    assert isinstance(other, ListOf)
    return ListOf(union((one.item, other.item)))


def _sign(typing: Typing, node: nodes.Neg | nodes.Pos) -> Type:
    kind = typing.type(node.node)
    if not takes(kind, operations.CALCULATED):
        symbol = "-" if isinstance(node, nodes.Neg) else "+"
        typing.tell(f"`{symbol}` doesn't work on {words(kind)}", node.node, words(kind))
        return UNKNOWN
    typing.null_fails(kind, node.node)
    return union(INT if each.kind == "bool" else each for each in members(without_null(kind)))


def _compare(typing: Typing, node: nodes.Compare) -> Type:
    before = len(typing.found)
    left: Operand = (typing.type(node.expr), node.expr)
    if node.ops[0].op in ("in", "notin"):
        # What isn't there is only looked for where there is something to compare it with.
        typing.found[before:] = [msgspec.structs.replace(each, severity="warning") for each in typing.found[before:]]
    for operand in node.ops:
        right: Operand = (typing.type(operand.expr), operand.expr)
        if operand.op in _ORDER:
            check_ordered(typing, _ORDER[operand.op], left, right)
        elif operand.op in ("in", "notin"):
            check_contained(typing, left, right)
        left = right
    return BOOL


def check_ordered(typing: Typing, symbol: str, left: Operand, right: Operand) -> None:
    """Tell what certainly can't be compared by size."""
    pairs = [(one.kind, other.kind) for one in members(left[0]) for other in members(right[0])]
    if any(one in _OPEN or other in _OPEN or operations.ordered(one, other) for one, other in pairs):
        typing.null_fails(*left)
        typing.null_fails(*right)
    elif pairs and not _is_open(left[0], right[0]):
        help = "convert one of them with `| int`, `| float` or `| string`" if "text" in pairs[0] else ""
        if "null" in pairs[0]:
            help = "say what null stands for: `| default(0)`"
        kind, blamed = _blamed(left, right)
        message = f"`{symbol}` can't compare {words(left[0])} with {words(right[0])}"
        typing.tell(message, blamed, words(kind), help)


def check_contained(typing: Typing, item: Operand, container: Operand) -> None:
    """Tell what `in` certainly can't search, or search for."""
    pairs = [(each.kind, one.kind) for each in members(container[0]) for one in members(item[0])]
    if any(one in _OPEN or each in _OPEN or operations.contains(each, one) for each, one in pairs):
        typing.null_fails(*container)
    elif pairs and not _is_open(item[0], container[0]):
        if any(each in ("text", "bytes") for each, _ in pairs):
            kind, blamed = item if not isinstance(item[1], nodes.Const) else container
            message = f"`in` finds only text in text, not {words(item[0])}"
        else:
            kind, blamed = container
            message = f"`in` needs a list, object or text on its right, not {words(kind)}"
        typing.tell(message, blamed, words(kind))


def _is_open(*kinds: Type) -> bool:
    """Whether nothing can be said, because there is no value or null was asked after."""
    return any(kind is NEVER or any(each is PERHAPS_NULL for each in members(kind)) for kind in kinds)


VISITS.update(dict.fromkeys(_SYMBOLS, _calculation))
VISITS.update({nodes.Neg: _sign, nodes.Pos: _sign, nodes.Compare: _compare})
