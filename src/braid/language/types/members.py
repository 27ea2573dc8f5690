"""Members of values by type: `value.key` and `value[0]`, as `braid.expressions.members` reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from braid.expressions.members import member_kinds
from braid.language.types.lattice import (
    BOOL,
    BYTES,
    FLOAT,
    INT,
    METHOD,
    NEVER,
    NULL,
    TEXT,
    UNKNOWN,
    ListOf,
    ObjectOf,
    Type,
    UnionOf,
    members,
    union,
)

METHOD_NAMES, DATE_FIELDS = member_kinds()
_TEXTS: Final = ListOf(TEXT)
_RESULTS: Final[Mapping[tuple[str, str], Type]] = {
    **{
        ("text", name): kind
        for kind, names in (
            (BOOL, "endswith startswith isalnum isalpha isascii isdecimal isdigit isidentifier islower isnumeric"),
            (BOOL, "isprintable isspace istitle isupper"),
            (INT, "count find index rfind rindex"),
            (_TEXTS, "partition rpartition rsplit split splitlines"),
            (TEXT, "capitalize casefold lower lstrip removeprefix removesuffix rstrip strip swapcase title upper"),
            (TEXT, "center ljust rjust zfill format format_map replace join expandtabs"),
            (BYTES, "encode"),
        )
        for name in names.split()
    },
    ("object", "keys"): _TEXTS,
    ("list", "index"): INT,
    ("list", "count"): INT,
    ("int", "bit_length"): INT,
    ("float", "is_integer"): BOOL,
    ("bytes", "decode"): TEXT,
    ("bytes", "hex"): TEXT,
    ("bytes", "startswith"): BOOL,
    ("date", "isoformat"): TEXT,
    ("date", "strftime"): TEXT,
    ("date", "timestamp"): FLOAT,
    ("date", "weekday"): INT,
    ("date", "isoweekday"): INT,
}


def member(kind: Type, key: str | int) -> tuple[Type, bool]:
    """What stands there, where something can; and whether it may be null, which has no members.

    `NEVER` where nothing can stand there. What may not be there (an optional key, the item of a list that may be
    shorter) counts as there.
    """
    if not isinstance(kind, UnionOf):
        one = _member(kind, key) if kind is not NULL and kind is not NEVER else None
        return NEVER if one is None else one, kind is NULL
    found: list[Type] = []
    null = False
    for each in kind.members:
        if each is NULL:
            null = True
        elif (one := _member(each, key)) is not None:
            found.append(one)
    if found and all(one is METHOD for one in found):
        return METHOD, null
    return union(found), null


def _member(kind: Type, key: str | int) -> Type | None:
    match kind:
        case ObjectOf() if isinstance(key, str):
            if key in kind.keys:
                return kind.keys[key]
            if kind.rest is not None:
                return UNKNOWN if kind.rest is not UNKNOWN and key in METHOD_NAMES["object"] else kind.rest
        case ObjectOf():
            return kind.rest
        case ListOf() if isinstance(key, int):
            if kind.items is None:
                return kind.item
            return kind.items[key] if -len(kind.items) <= key < len(kind.items) else None
    if kind.kind in ("unknown", "method"):
        return UNKNOWN
    if isinstance(key, int):
        return TEXT if kind.kind == "text" else None
    if key in METHOD_NAMES.get(kind.kind, ()):
        return METHOD
    return INT if kind.kind == "date" and key in DATE_FIELDS else None


def result_of_method(kind: Type, name: str) -> Type:
    """What `value.name(…)` gives."""
    kind = union(_RESULTS.get((each.kind, name), UNKNOWN) for each in members(kind) if each.kind != "null")
    return UNKNOWN if kind is NEVER else kind


def keys_of(kind: Type) -> Iterator[str]:
    """The keys that such a value is known to have, for "did you mean"."""
    for each in members(kind):
        if isinstance(each, ObjectOf):
            yield from each.keys
        elif each.kind == "date":
            yield from DATE_FIELDS


def item_of(kind: Type) -> Type:
    """What an item of it is, where it is a list."""
    found = [each.item if isinstance(each, ListOf) else UNKNOWN for each in members(kind) if each.kind != "null"]
    kind = union(found)
    return UNKNOWN if kind is NEVER else kind


def without_keys(kind: Type, names: frozenset[str]) -> Type:
    """An object without these keys."""
    found: list[Type] = []
    for each in members(kind):
        if not isinstance(each, ObjectOf):
            return UNKNOWN
        keys = {key: value for key, value in each.keys.items() if key not in names}
        found.append(ObjectOf(keys, optional=each.optional - names, rest=each.rest))
    return union(found)
