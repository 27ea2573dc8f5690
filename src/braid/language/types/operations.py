"""What operators, filters and tests take and give, by kinds of values; the rules are those of a run.

A kind that isn't listed as taken certainly fails. Where a filter looks into its arguments or items to decide, it takes
everything here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from braid.language.types.lattice import (
    BOOL,
    BYTES,
    DATE,
    DECIMAL,
    FLOAT,
    INT,
    NUMBER,
    TEXT,
    UNKNOWN,
    ListOf,
    ObjectOf,
    Type,
    union,
)

Kinds = frozenset[str]

_NUMBERS: Final[Kinds] = frozenset({"int", "float", "decimal"})
CALCULATED: Final[Kinds] = _NUMBERS | {"bool"}
_WHOLE: Final[Kinds] = frozenset({"int", "bool"})
_ORDERED: Final[tuple[Kinds, ...]] = (CALCULATED, *(frozenset({kind}) for kind in ("text", "list", "bytes", "date")))
CONTAINERS: Final[Kinds] = frozenset({"list", "object", "text", "bytes"})
SLICED: Final[Kinds] = frozenset({"list", "text", "bytes"})
ITERATED: Final[Kinds] = CONTAINERS
"""What a template's `for` goes through."""


def calculated(symbol: str, left: str, right: str) -> Type | None:
    """The type of `left symbol right`; None where it certainly fails."""
    if left in CALCULATED and right in CALCULATED:
        return _number(symbol, left, right)
    match symbol:
        case "+" if left == right and left in ("text", "list", "bytes"):
            return {"text": TEXT, "bytes": BYTES}.get(left, UNKNOWN)
        case "-" if left == right == "date":
            return FLOAT
        case "*" if (left in SLICED and right in _WHOLE) or (right in SLICED and left in _WHOLE):
            whole = left if left in SLICED else right
            return {"text": TEXT, "bytes": BYTES}.get(whole, UNKNOWN)
        case "%" if left in ("text", "bytes"):
            return TEXT if left == "text" else BYTES
    return None


def _number(symbol: str, left: str, right: str) -> Type | None:
    if "decimal" in (left, right):
        return None if "float" in (left, right) else DECIMAL
    if symbol == "**":
        # 2 ** -1 is 0.5.
        return union((INT, FLOAT))
    return FLOAT if symbol == "/" or "float" in (left, right) else INT


def ordered(left: str, right: str) -> bool:
    """Whether `<` may compare them."""
    return any(left in kinds and right in kinds for kinds in _ORDERED)


def contains(container: str, item: str) -> bool:
    """Whether `item in container` may be asked."""
    return container in CONTAINERS and not (container == "text" and item != "text")


class Filter:
    """What a filter takes before the `|`, and what it gives.

    `takes` None is everything. `gives` names a rule of `Gives` where the result depends on the value.
    """

    __slots__ = ("gives", "takes")

    def __init__(self, takes: str | None, gives: Type | str) -> None:
        self.takes: Kinds | None = None if takes is None else frozenset(takes.split())
        self.gives = gives


def _all(names: str, takes: str | None, gives: Type | str) -> dict[str, Filter]:
    return {name: Filter(takes, gives) for name in names.split()}


_NUMERIC: Final = "int float decimal"
_TEXTS: Final = ListOf(TEXT)
_MANY: Final = "text list object"

FILTERS: Final[Mapping[str, Filter]] = {
    **_all("length count", "text list object bytes", INT),
    **_all("first last", "text list", "item"),
    **_all("list", "text list object bytes", "list"),
    **_all("join", "text list object", TEXT),
    **_all("reverse", "text list", "same"),
    **_all("sort", "list object", "list"),
    **_all("sort_by unique shuffle", "list", "list"),
    **_all("intersect difference", "list", "list"),
    **_all("union symmetric_difference flatten", "list", ListOf(UNKNOWN)),
    **_all("zip zip_longest product", "list", ListOf(ListOf(UNKNOWN))),
    **_all("chunk slice combinations", "list", "lists"),
    **_all("batch enumerate", "list", ListOf(ListOf(UNKNOWN))),
    **_all("pluck", "list", ListOf(UNKNOWN)),
    **_all("version_sort", "list", "list"),
    **_all("upper lower capitalize title trim strip replace truncate indent dedent wordwrap center", "text", TEXT),
    **_all("remove_prefix remove_suffix striptags comment urldecode format", "text", TEXT),
    **_all("split lines splitlines", "text", _TEXTS),
    **_all("words wordcount", "text", INT),
    **_all("startswith endswith", "text", BOOL),
    **_all("basename dirname stem extension normpath relpath", "text", TEXT),
    **_all("splitext", "text", _TEXTS),
    **_all("path_join", None, TEXT),
    **_all("regex_search", "text", UNKNOWN),
    **_all("regex_findall regex_split", "text", ListOf(UNKNOWN)),
    **_all("regex_replace regex_escape", "text", TEXT),
    **_all("from_yaml", "text", UNKNOWN),
    **_all("from_json", "text bytes", UNKNOWN),
    **_all("b64decode", "text", UNKNOWN),
    **_all("encode", "text", BYTES),
    **_all("decode", "bytes", TEXT),
    **_all(
        "urlsplit",
        "text",
        ObjectOf(
            {
                "scheme": TEXT,
                "host": UNKNOWN,
                "port": UNKNOWN,
                "path": TEXT,
                "query": ObjectOf({}, rest=_TEXTS),
                "fragment": TEXT,
            }
        ),
    ),
    **_all("string ljust rjust slugify escape e b64encode hash sha256 sha1 md5 quote urlencode", None, TEXT),
    **_all("to_json tojson to_nice_json to_yaml to_nice_yaml type_of type_debug", None, TEXT),
    **_all("int", "text bool int float decimal", "converted"),
    **_all("float", "text bool int float decimal", "converted"),
    **_all("decimal", "text bool int float decimal", "converted"),
    **_all("bool", "text bool int float null", BOOL),
    **_all("abs", _NUMERIC, "same"),
    **_all("round", _NUMERIC, union((INT, FLOAT, DECIMAL))),
    **_all("floor ceil", _NUMERIC, INT),
    **_all("clamp pow", _NUMERIC, NUMBER),
    **_all("root log", _NUMERIC, FLOAT),
    **_all("filesizeformat human_readable", _NUMERIC, TEXT),
    **_all("sum mean average median", "list", NUMBER),
    **_all("stdev percentile", "list", FLOAT),
    **_all("min max", "text list object", "item"),
    **_all("combine", "object", "combined"),
    **_all("items", "object", ListOf(ListOf(UNKNOWN))),
    **_all("dictsort", "object", ListOf(ListOf(UNKNOWN))),
    **_all("keys", "object", _TEXTS),
    **_all("values", "object", ListOf(UNKNOWN)),
    **_all("dict2items", "object", ListOf(UNKNOWN)),
    **_all("pick", "object", ObjectOf({}, rest=UNKNOWN)),
    **_all("omit", "object", "omitted"),
    **_all("items2dict", "list", ObjectOf({}, rest=UNKNOWN)),
    **_all("group_by", "list", "grouped"),
    **_all("groupby", "list", ListOf(ListOf(UNKNOWN))),
    **_all("index_by", "list", "indexed"),
    **_all("count_by", "list", ObjectOf({}, rest=INT)),
    **_all("map", _MANY, "mapped"),
    **_all("select reject", _MANY, "chosen"),
    **_all("selectattr rejectattr", "list", "chosen"),
    **_all("attr", None, "attribute"),
    **_all("ternary", None, "ternary"),
    **_all("random", "list int", UNKNOWN),
    **_all("raw", None, "same"),
    **_all("parse_time", "date int float text", DATE),
    **_all("to_datetime", "text", DATE),
    **_all("iso strftime", "date text", TEXT),
    **_all("epoch time_diff", "date text", FLOAT),
    **_all("add start_of in_zone", "date text", DATE),
    **_all("subtract", "date text", union((DATE, FLOAT))),
    **_all("to_seconds", "text int float", FLOAT),
    **_all("duration", "int float", TEXT),
}
"""All filters but `default`, `d` and `mandatory`, which cope with what isn't there."""

TESTS: Final[Mapping[str, Kinds]] = {
    **dict.fromkeys(("even", "odd", "divisibleby"), frozenset({"int"})),
    "empty": frozenset({"null", "text", "list", "object", "bytes"}),
    **dict.fromkeys(("match", "search", "regex"), frozenset({"text"})),
    **dict.fromkeys(("subset", "superset"), frozenset({"list"})),
}
"""What tests take that don't take everything."""

ORDERS: Final = frozenset({"lt", "<", "lessthan", "le", "<=", "gt", ">", "greaterthan", "ge", ">="})

KIND_TESTS: Final[Mapping[str, Kinds]] = {
    "boolean": frozenset({"bool"}),
    "number": _NUMBERS,
    "integer": frozenset({"int"}),
    "float": frozenset({"float"}),
    "string": frozenset({"text"}),
    "mapping": frozenset({"object"}),
    "object": frozenset({"object"}),
    "sequence": frozenset({"list", "text"}),
    "list": frozenset({"list"}),
    "iterable": frozenset({"list", "text", "object"}),
    "time": frozenset({"date"}),
    "bytes": frozenset({"bytes"}),
}
"""Tests that hold for these kinds and no others."""
