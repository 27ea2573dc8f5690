"""What filters give whose result depends on the value before the `|` and on their arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from jinja2 import nodes

from braid.language.types import operations
from braid.language.types.findings import Finding, Path, root_of, shown
from braid.language.types.lattice import (
    DECIMAL,
    FLOAT,
    INT,
    METHOD,
    NEVER,
    TEXT,
    UNKNOWN,
    ListOf,
    ObjectOf,
    Texts,
    Type,
    doubted,
    literal,
    members,
    union,
)
from braid.language.types.members import item_of, keys_of, member, without_keys


class Filtered:
    """One use of a filter: the value's type, the arguments' types, and where to tell of problems."""

    def __init__(
        self,
        node: nodes.Filter,
        kind: Type,
        arguments: Sequence[Type],
        keywords: Mapping[str, Type],
        tell: Callable[[str, Type, str], None],
    ) -> None:
        self.node = node
        self.kind = kind
        self.arguments = arguments
        self.keywords = keywords
        self.tell = tell

    def argument(self, position: int, name: str) -> Type | None:
        """An argument given in order or by name."""
        return self.arguments[position] if position < len(self.arguments) else self.keywords.get(name)


def result(entry: operations.Filter, use: Filtered) -> Type:
    """What the filter gives."""
    if isinstance(entry.gives, Type):
        return entry.gives
    return _GIVES[entry.gives](use)


def _same(use: Filtered) -> Type:
    """As the value, but another one."""
    if use.node.name == "raw":
        return use.kind
    return union(_another(each) for each in members(doubted(use.kind)))


def _another(kind: Type) -> Type:
    if isinstance(kind, ListOf):
        return ListOf(kind.item)
    return TEXT if isinstance(kind, Texts) else kind


def _item(use: Filtered) -> Type:
    kinds: list[Type] = []
    for each in members(use.kind):
        match each.kind:
            case "text" | "object":
                kinds.append(TEXT)
            case "list":
                kinds.append(item_of(each))
            case "null":
                pass
            case _:
                kinds.append(UNKNOWN)
    kind = union(kinds)
    return UNKNOWN if kind is NEVER else kind


def _list(use: Filtered) -> Type:
    return ListOf(_item(use))


def _lists(use: Filtered) -> Type:
    return ListOf(ListOf(_item(use)))


def _chosen(use: Filtered) -> Type:
    item = doubted(_item(use))
    if use.node.name in ("selectattr", "rejectattr"):
        item = _chosen_by_member(use, item)
    return ListOf(item)


def _chosen_by_member(use: Filtered, item: Type) -> Type:
    key = literal(use.argument(0, "attribute"))
    test = literal(use.arguments[1]) if len(use.arguments) > 1 else None
    if key is None or "." in key:
        return item
    if test not in ("defined", "undefined", "none", "null") and len(use.arguments) > 1:
        _look(use, item, key)
    value = use.arguments[2] if len(use.arguments) > 2 else None
    if test not in ("eq", "==", "equalto", "ne", "!=") or value is None or literal(value) is None:
        return item
    same = (test in ("eq", "==", "equalto")) == (use.node.name == "selectattr")
    left = [each for each in members(item) if _can_be(each, key, str(literal(value)), same)]
    return union(left) if left else UNKNOWN


def _can_be(kind: Type, key: str, value: str, same: bool) -> bool:
    known = kind.keys.get(key) if isinstance(kind, ObjectOf) else None
    if not isinstance(known, Texts):
        return True
    return value in known.values if same else known.values != {value}


def _look(use: Filtered, item: Type, key: str) -> Type:
    """The member of each item; it is told when no item can have one."""
    step: str | int = int(key) if key.isdigit() else key
    inner, _ = member(item, step)
    if inner is NEVER and item is not NEVER and any(each.kind != "null" for each in members(item)):
        use.tell(key, item, "attribute")
        return UNKNOWN
    return UNKNOWN if inner is METHOD or inner is NEVER else inner


def _mapped(use: Filtered) -> Type:
    attribute = use.keywords.get("attribute")
    if attribute is None:
        return ListOf(UNKNOWN)
    key = literal(attribute)
    if key is None or "." in key:
        return ListOf(UNKNOWN)
    if "default" in use.keywords:
        return ListOf(UNKNOWN)
    return ListOf(_look(use, _item(use), key))


def _attribute(use: Filtered) -> Type:
    key = literal(use.argument(0, "name"))
    if key is None or "." in key or key.isdigit():
        return UNKNOWN
    inner, _ = member(use.kind, key)
    return UNKNOWN if inner is METHOD or inner is NEVER else inner


def _converted(use: Filtered) -> Type:
    own = {"int": INT, "float": FLOAT, "decimal": DECIMAL}[use.node.name]
    default = use.argument(0, "default")
    return own if default is None else union((own, default))


def _combined(use: Filtered) -> Type:
    """Keys of all of them, the later ones first in line."""
    kind = use.kind
    if not isinstance(kind, ObjectOf) or "recursive" in use.keywords:
        return ObjectOf({}, rest=UNKNOWN)
    if kind.rest is not None:
        return ObjectOf({}, rest=UNKNOWN)
    keys, optional = dict(kind.keys), set(kind.optional)
    for other in use.arguments:
        if not isinstance(other, ObjectOf) or other.rest is not None:
            return ObjectOf({}, rest=UNKNOWN)
        for key, value in other.keys.items():
            if key not in other.optional:
                keys[key] = value
                optional.discard(key)
            elif key in keys:
                keys[key] = union((keys[key], value))
            else:
                keys[key] = value
                optional.add(key)
    return ObjectOf(keys, optional=frozenset(optional))


def _omitted(use: Filtered) -> Type:
    names = [literal(each) for each in use.arguments]
    if None in names:
        return ObjectOf({}, rest=UNKNOWN)
    return without_keys(use.kind, frozenset(str(name) for name in names))


def _grouped(use: Filtered) -> Type:
    return ObjectOf({}, rest=ListOf(_item(use)))


def _indexed(use: Filtered) -> Type:
    return ObjectOf({}, rest=_item(use))


def _ternary(use: Filtered) -> Type:
    if len(use.arguments) < 2 or use.keywords:
        return UNKNOWN
    return union(use.arguments)


_GIVES: Final[Mapping[str, Callable[[Filtered], Type]]] = {
    "same": _same,
    "item": _item,
    "list": _list,
    "lists": _lists,
    "chosen": _chosen,
    "mapped": _mapped,
    "attribute": _attribute,
    "converted": _converted,
    "combined": _combined,
    "omitted": _omitted,
    "grouped": _grouped,
    "indexed": _indexed,
    "ternary": _ternary,
}


def no_item_has(path: Path, key: str, item: Type, start: int, end: int) -> Finding:
    """A filter reads a member of each item that no item can have; it fails unless the list is empty."""
    from braid.diagnostics import nearest

    known = list(dict.fromkeys(keys_of(item)))
    close = nearest(key, known)
    listed = ", ".join(f"`{name}`" for name in known[:10])
    return Finding(
        "unknown-member",
        f"no item of `{shown(path)}` has `{key}`" if path else f"no item has `{key}`",
        start,
        end,
        help=f"did you mean `{close}`?" if close else f"they have {listed}" if known else "",
        severity="warning",
        root=root_of(path) if path else (),
    )
