"""The types of values: what a check knows of a value before there is one.

A type stands for a set of values. `UNKNOWN` is all of them and `NEVER` none (the output of a step that always fails),
and a union is known to be one of a few. What isn't certain is unknown: an operation is refused only where every value
of the type would fail.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

Value = Any  # Any: a value of a workflow, see task_kind.Value

MEMBERS_MAX: Final = 8
"""Members of a union; with more, nothing is said of the value any more."""
TEXTS_MAX: Final = 20
"""Texts of which one is known to be meant; with more, it is just text."""
TEXT_CHARS_MAX: Final = 100_000
"""Characters of a text that is known as such."""
NESTED_MAX: Final = 30
"""Lists and objects of a constant inside one another that are looked into."""
KEYS_MAX: Final = 1_000
"""Keys or items of a constant that are looked at."""


class Type:
    """A set of values. `kind` tells the classes apart, and the scalars among themselves."""

    __slots__ = ()

    kind: str


class Scalar(Type):
    """Everything of one kind: `null`, `bool`, `int`, `float`, `decimal`, `text`, `bytes`, `date`, `unknown`, `never`.

    `kind` is also `method` for a method of a value that wasn't called, of which nothing is said.
    """

    __slots__ = ("kind",)

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __repr__(self) -> str:
        return self.kind


class Texts(Type):
    """One of a few texts."""

    __slots__ = ("values",)
    kind = "text"

    def __init__(self, values: frozenset[str]) -> None:
        self.values = values

    def __repr__(self) -> str:
        return "|".join(repr(value) for value in sorted(self.values))


class ListOf(Type):
    """A list. `items` are the types of its items one by one, where their number is known."""

    __slots__ = ("_item", "items")
    kind = "list"

    def __init__(self, item: Type | None = None, items: Sequence[Type] | None = None) -> None:
        self._item = item
        self.items = items

    @property
    def item(self) -> Type:
        """What any of its items is."""
        if self._item is None:
            self._item = union(self.items or ())
        return self._item

    def __repr__(self) -> str:
        return f"list[{self.item!r}]" if self.items is None else f"[{', '.join(map(repr, self.items))}]"


class ObjectOf(Type):
    """An object.

    Attributes:
        keys: Those that are known.
        optional: Those of them that may not be there.
        rest: What stands under any other key; None when there are no others.
    """

    __slots__ = ("keys", "optional", "rest")
    kind = "object"

    def __init__(
        self, keys: Mapping[str, Type], *, optional: frozenset[str] = frozenset(), rest: Type | None = None
    ) -> None:
        self.keys = keys
        self.optional = optional
        self.rest = rest

    def __repr__(self) -> str:
        shown = [f"{key}{'?' if key in self.optional else ''}: {kind!r}" for key, kind in self.keys.items()]
        return "{" + ", ".join(shown if self.rest is None else [*shown, "…"]) + "}"


class UnionOf(Type):
    """One of several types, none of which is a union, unknown or never."""

    __slots__ = ("members",)
    kind = "union"

    def __init__(self, members: tuple[Type, ...]) -> None:
        self.members = members

    def __repr__(self) -> str:
        return " | ".join(map(repr, self.members))


UNKNOWN: Final = Scalar("unknown")
NEVER: Final = Scalar("never")
METHOD: Final = Scalar("method")
NULL: Final = Scalar("null")
PERHAPS_NULL: Final = Scalar("null")
"""Null that something was done about, so that a warning could be wrong."""
BOOL: Final = Scalar("bool")
INT: Final = Scalar("int")
FLOAT: Final = Scalar("float")
DECIMAL: Final = Scalar("decimal")
TEXT: Final = Scalar("text")
BYTES: Final = Scalar("bytes")
DATE: Final = Scalar("date")


def members(kind: Type) -> tuple[Type, ...]:
    """The parts of a union; of any other type itself, and of `NEVER` nothing."""
    if isinstance(kind, UnionOf):
        return kind.members
    return () if kind is NEVER else (kind,)


def union(kinds: Iterable[Type]) -> Type:
    """What is one of these; `NEVER` of none."""
    found: list[Type] = []
    texts: frozenset[str] | None = frozenset()
    for kind in kinds:
        for each in members(kind):
            if each is UNKNOWN or each is METHOD:
                return UNKNOWN
            if isinstance(each, Texts):
                texts = None if texts is None else texts | each.values
            elif each is TEXT:
                texts = None
            elif not any(each is other for other in found):
                found.append(each)
    if texts is None or len(texts) > TEXTS_MAX:
        found.append(TEXT)
    elif texts:
        found.append(Texts(texts))
    if not found:
        return NEVER
    if len(found) == 1:
        return found[0]
    found = list(_joined(found))
    if len(found) == 1:
        return found[0]
    return UnionOf(tuple(found)) if len(found) <= MEMBERS_MAX else UNKNOWN


def _joined(kinds: list[Type]) -> Iterator[Type]:
    """Without an uncertain null beside a certain one, and with lists of scalars made one."""
    certain = any(kind is NULL for kind in kinds)
    lists = [kind for kind in kinds if isinstance(kind, ListOf)]
    one = ListOf(union(kind.item for kind in lists)) if len(lists) > 1 else None
    for kind in kinds:
        if kind is PERHAPS_NULL and certain:
            continue
        if one is None or not isinstance(kind, ListOf):
            yield kind
    if one is not None:
        yield one


NUMBER: Final = union((INT, FLOAT, DECIMAL))
JSON_TEXT: Final = union((TEXT, DATE, BYTES))
"""What is text in JSON: a JSON Schema takes dates and bytes for it as well."""


def without_null(kind: Type) -> Type:
    """The same where it isn't null; unknown of what is only null, since a guard may be there for no reason."""
    if kind.kind == "null":
        return UNKNOWN
    if not isinstance(kind, UnionOf):
        return kind
    return union(each for each in kind.members if each.kind != "null")


def doubted(kind: Type) -> Type:
    """The same, where something may have been done about null: nothing is warned of any more."""
    if kind is NULL:
        return UNKNOWN
    if not isinstance(kind, UnionOf) or NULL not in kind.members:
        return kind
    return union(PERHAPS_NULL if each is NULL else each for each in kind.members)


def may_be_null(kind: Type) -> bool:
    """Whether it is certain that it can be null, and can be something else."""
    return isinstance(kind, UnionOf) and any(each is NULL for each in kind.members)


def literal(kind: Type | None) -> str | None:
    """The text that it always is."""
    if isinstance(kind, Texts) and len(kind.values) == 1:
        return next(iter(kind.values))
    return None


def text_of(value: str) -> Type:
    """This text and no other. Long ones are of no use as such."""
    return Texts(frozenset((value,))) if len(value) <= TEXT_CHARS_MAX else TEXT


_SCALARS: Final[Mapping[type, Type]] = {
    type(None): NULL,
    bool: BOOL,
    int: INT,
    float: FLOAT,
    Decimal: DECIMAL,
    bytes: BYTES,
}


def type_of(value: Value, depth: int = 0) -> Type:
    """The type of a constant."""
    if isinstance(value, str):
        return text_of(value)
    if isinstance(value, date):
        return DATE
    if depth > NESTED_MAX:
        return UNKNOWN
    if isinstance(value, dict):
        if len(value) > KEYS_MAX or not all(isinstance(key, str) for key in value):
            return ObjectOf({}, rest=UNKNOWN)
        return ObjectOf({key: type_of(item, depth + 1) for key, item in value.items()})
    if isinstance(value, (list, tuple)):
        if len(value) > KEYS_MAX:
            return ListOf(UNKNOWN)
        return ListOf(items=[type_of(item, depth + 1) for item in value])
    return _SCALARS.get(type(value), UNKNOWN)


_WORDS: Final = {
    "text": "text",
    "list": "a list",
    "object": "an object",
    "int": "a number",
    "float": "a number",
    "decimal": "a number",
    "bool": "a boolean",
    "date": "a time",
    "bytes": "bytes",
    "null": "null",
}


def words(kind: Type) -> str:
    """What people call such a value, as in the errors of a run: "a list", "text or null"."""
    kinds = {each.kind for each in members(kind)}
    found = dict.fromkeys(word for name, word in _WORDS.items() if name in kinds)
    if "text" in found and any(each is DATE for each in members(kind)) and any(each is BYTES for each in members(kind)):
        found.pop("a time", None)
        found.pop("bytes", None)
    names = list(found)
    if not names:
        return "a value"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
