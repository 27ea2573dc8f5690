"""What a condition says of the values that it asks about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Protocol

from jinja2 import nodes

from braid.expressions.tokens import Closers
from braid.language.types import operations
from braid.language.types.chains import Chain, chain_of
from braid.language.types.findings import Path
from braid.language.types.lattice import (
    UNKNOWN,
    ObjectOf,
    Texts,
    Type,
    doubted,
    members,
    text_of,
    union,
    without_null,
)

Narrowing = Mapping[Path, Type]
"""Path → what is known of it where a condition holds."""

_ABSENT: Final = frozenset({"none", "null", "undefined"})
_COPING: Final = frozenset({"default", "d", "mandatory"})


class Knowing(Protocol):
    """Who can tell what is known of a path so far."""

    source: str
    closers: Closers

    def silent(self, chain: Chain, length: int) -> Type: ...


def narrowed(who: Knowing, test: nodes.Node, holds: bool) -> Narrowing:
    """What is known where the condition holds, or where it doesn't, besides what was known before."""
    found: dict[Path, Type] = {}
    _narrow(who, test, holds, found)
    return found


def _narrow(who: Knowing, test: nodes.Node, holds: bool, found: dict[Path, Type]) -> None:
    match test:
        case nodes.Not():
            _narrow(who, test.node, not holds, found)
        case nodes.And() if holds:
            _narrow(who, test.left, holds, found)
            _narrow(who, test.right, holds, found)
        case nodes.Or() if not holds:
            _narrow(who, test.left, holds, found)
            _narrow(who, test.right, holds, found)
        case nodes.And() | nodes.Or():
            # One of the two was asked, it isn't known which: nobody shall be warned of what they may have excluded.
            for part in (test.left, test.right):
                _doubt(who, part, found)
        case nodes.Name() | nodes.Getattr() | nodes.Getitem():
            _present(who, test, found, certain=holds)
        case nodes.Test():
            _test(who, test, holds, found)
        case nodes.Compare() if len(test.ops) == 1:
            _comparison(who, test, holds, found)
        case _:
            _doubt(who, test, found)


def _test(who: Knowing, test: nodes.Test, holds: bool, found: dict[Path, Type]) -> None:
    name = test.name
    if name in _ABSENT:
        _present(who, test.node, found, certain=not holds and name != "undefined")
    elif name in operations.KIND_TESTS:
        _kind(who, test.node, operations.KIND_TESTS[name], holds, found)
    elif name in ("eq", "equalto", "==", "ne", "!=") and test.args:
        equal = name not in ("ne", "!=")
        _equal(who, test.node, test.args[0], holds == equal, found)
    elif name == "in" and test.args:
        _among(who, test.node, test.args[0], holds, found)
    else:
        _present(who, test.node, found, certain=False)


def _comparison(who: Knowing, test: nodes.Compare, holds: bool, found: dict[Path, Type]) -> None:
    other, operator = test.ops[0].expr, test.ops[0].op
    if operator in ("eq", "ne"):
        same = holds == (operator == "eq")
        _equal(who, test.expr, other, same, found)
        if not isinstance(other, nodes.Const):
            _equal(who, other, test.expr, same, found)
    elif operator in ("in", "notin"):
        _among(who, test.expr, other, holds == (operator == "in"), found)
    else:
        _doubt(who, test, found)


def _equal(who: Knowing, node: nodes.Node, other: nodes.Node, same: bool, found: dict[Path, Type]) -> None:
    if not isinstance(other, nodes.Const):
        _doubt(who, node, found)
    elif other.value is None:
        _present(who, node, found, certain=not same)
    elif isinstance(other.value, str):
        _one_of(who, node, frozenset({other.value}), same, found)
    else:
        _present(who, node, found, certain=same)


def _among(who: Knowing, node: nodes.Node, other: nodes.Node, holds: bool, found: dict[Path, Type]) -> None:
    items = other.items if isinstance(other, (nodes.List, nodes.Tuple)) else []
    texts = [each.value for each in items if isinstance(each, nodes.Const) and isinstance(each.value, str)]
    if texts and len(texts) == len(items):
        _one_of(who, node, frozenset(texts), holds, found)
    else:
        _doubt(who, node, found)


def _chain(who: Knowing, node: nodes.Node) -> Chain | None:
    """The path that is asked about; `x | default(…)` asks about `x`."""
    while isinstance(node, nodes.Filter) and node.name in _COPING and node.node is not None:
        node = node.node
    return chain_of(node, who.source, who.closers)


def _present(who: Knowing, node: nodes.Node, found: dict[Path, Type], *, certain: bool) -> None:
    """The value is there, and all that it is reached through; or at least somebody asked whether it is."""
    chain = _chain(who, node)
    if chain is None:
        _doubt(who, node, found)
        return
    for length in range(len(chain.path)):
        path = chain.path[: length + 1]
        kind = found.get(path) or who.silent(chain, length)
        found[path] = without_null(kind) if certain else doubted(kind)


def _kind(who: Knowing, node: nodes.Node, kinds: operations.Kinds, holds: bool, found: dict[Path, Type]) -> None:
    chain = _chain(who, node)
    if chain is None:
        return
    _present(who, node, found, certain=holds)
    now = found[chain.path]
    left = [each for each in members(now) if (each.kind in kinds) == holds]
    found[chain.path] = UNKNOWN if now is UNKNOWN or not left else union(left)


def _one_of(who: Knowing, node: nodes.Node, values: frozenset[str], holds: bool, found: dict[Path, Type]) -> None:
    """The value is one of these texts, or isn't; so is the object one that can have such a member."""
    chain = _chain(who, node)
    if chain is None:
        _doubt(who, node, found)
        return
    _present(who, node, found, certain=holds)
    if len(chain.path) > 1:
        owner, key = chain.path[:-1], chain.path[-1]
        left = [each for each in members(found[owner]) if _can_have(each, key, values, holds)]
        found[owner] = union(left) if left else UNKNOWN
    if holds and len(values) == 1 and found[chain.path] is not UNKNOWN:
        found[chain.path] = text_of(next(iter(values)))


def _can_have(kind: Type, key: str | int, values: frozenset[str], holds: bool) -> bool:
    if not isinstance(kind, ObjectOf) or not isinstance(key, str) or key not in kind.keys:
        return True
    texts = members(kind.keys[key])
    if not texts or not all(isinstance(each, Texts) for each in texts):
        return True
    known = frozenset(value for each in texts if isinstance(each, Texts) for value in each.values)
    return bool(known & values) if holds else not known <= values


def _doubt(who: Knowing, node: nodes.Node, found: dict[Path, Type]) -> None:
    """Something was asked about all of these."""
    for chain in _asked(who, node):
        for length in range(len(chain.path)):
            path = chain.path[: length + 1]
            found[path] = doubted(found.get(path) or who.silent(chain, length))


def _asked(who: Knowing, node: nodes.Node) -> Iterator[Chain]:
    """Paths of which a part of a condition asks whether they are there."""
    for part in (node, *node.find_all((nodes.Filter, nodes.Test))):
        subject: nodes.Node | None = part
        if isinstance(part, nodes.Test) or (isinstance(part, nodes.Filter) and part.name in _COPING):
            subject = part.node
        if subject is not None and (chain := chain_of(subject, who.source, who.closers)) is not None:
            yield chain
