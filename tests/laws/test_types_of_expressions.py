"""Expressions of any form over values of any kind: what can be evaluated gets no error, and is of its type."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from law_settings import law

from braid.expressions import EvaluationError, MappingScope, compile_expression
from braid.language.types import operations
from braid.language.types.findings import Finding
from braid.language.types.lattice import NULL, UNKNOWN, Type, type_of, union
from braid.language.types.trees import type_of_expression
from braid.testing.typed import contains

# Any, throughout: values of workflows.
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 3, -2, 2.5, 0.0, Decimal("1.5"), "", "abc", "12", "a,b", b"raw"),
    datetime(2026, 1, 1, tzinfo=UTC),
    *([], [1, 2], [None, {"a": 1}], ["x", "y"], [[1], [2]]),
    [{"a": 1, "status": "ok"}, {"a": None, "status": "failed"}],
    *({}, {"a": 1, "b": "t"}, {"items": [1], "status": "ok"}, {"a": None, "status": "failed"}),
    {"a": {"b": [1, {"c": 2}]}},
)
NAMES = "xyz"
KEYS = [
    ".a",
    ".b",
    ".c",
    ".status",
    ".items",
    ".keys",
    ".upper",
    ".0",
    ".count",
    ".year",
    "[0]",
    "[1]",
    "[-1]",
    "[5]",
    "['a']",
]
ATOMS = ("1", "2.5", "'a'", "'ok'", "none", "true", "[]", "[1, 'b']", "{'a': 1}", "0", "'abc'")
CALLS = (".items()", ".keys()", ".values()", ".upper()", ".split('a')", ".get('a')", ".isoformat()", ".count('a')")
ARGUMENTS_TEXT = """
default (3) ; ('x') ; ([])
d (none)
join (',')
round (1) ; -
split (',')
map (attribute='a') ; ('upper') ; (attribute='b') ; (attribute='a', default=0)
attr ('a')
selectattr ('a') ; ('status', 'eq', 'ok') ; ('a', 'defined')
rejectattr ('a') ; ('status', '==', 'ok')
select - ; ('number')
reject - ; ('none')
combine ({'z': 1}) ; (x)
omit ('a')
chunk (2)
batch (2)
slice (2)
pluck ('a')
replace ('a', 'b')
pow (2)
int - ; (default=none)
float (default=0)
ternary (1, 'x')
clamp (0, 9)
group_by ('a')
groupby ('a')
index_by ('a')
union (y)
intersect (y)
difference (y)
zip (y)
product (y)
combinations (2)
strftime ('%Y')
add ('1h')
subtract ('1h') ; (y)
time_diff (y)
start_of ('day')
pick ('a')
startswith ('a')
endswith ('a')
sum - ; ('a')
sort - ; (attribute='a')
ljust (3)
percentile (50)
regex_search ('a')
regex_findall ('a')
regex_replace ('a', 'b')
remove_prefix ('a')
relpath ('a')
to_datetime ('%Y')
format (1)
sort_by ('a')
"""
"""Filter, and arguments to give it; `-` are none."""
ARGUMENTS: Mapping[str, list[str]] = {
    name: ["" if each == "-" else each for each in listed.split(" ; ")]
    for name, _, listed in (line.partition(" ") for line in ARGUMENTS_TEXT.strip().splitlines())
}
OF_TESTS: Mapping[str, str] = {
    "divisibleby": "(2)",
    **dict.fromkeys(("match", "search", "regex", "contains"), "('a')"),
    **dict.fromkeys(("subset", "superset", "in"), "(y)"),
    "eq": "('ok')",
    "lt": "(3)",
}
FILTERS = (*(name for name in operations.FILTERS if name != "in_zone"), "default", "d", "mandatory")
TESTS = (
    *operations.TESTS,
    *operations.KIND_TESTS,
    "defined",
    "none",
    "undefined",
    "eq",
    "lt",
    "in",
    "contains",
    "truthy",
)
COPING = (" if ", " and ", " or ", "default", "| d", "mandatory", "defined", "none", "is not ")
"""Where one of these stands, a part of the expression may not be evaluated, or not matter."""


class Writer:
    """Writes an expression; what it draws follows from the seed."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def expression(self, depth: int) -> str:
        random, inner = self.random, depth - 1
        if depth <= 0 or random.random() < 0.25:
            return random.choice(NAMES if random.random() < 0.6 else ATOMS)
        match random.randrange(12):
            case 0 | 1:
                return self.expression(inner) + random.choice(KEYS)
            case 2 | 3:
                symbol = random.choice(["+", "-", "*", "/", "//", "%", "~"])
                return f"({self.expression(inner)} {symbol} {self.expression(inner)})"
            case 4:
                symbol = random.choice(["==", "!=", "<", "<=", ">", "in", "not in"])
                return f"({self.expression(inner)} {symbol} {self.expression(inner)})"
            case 5:
                return f"({self.condition(inner)} {random.choice(['and', 'or'])} {self.expression(inner)})"
            case 6:
                return f"({self.expression(inner)} if {self.condition(inner)} else {self.expression(inner)})"
            case 7:
                return f"({random.choice(['not ', '-'])}{self.expression(inner)})"
            case 8:
                name = random.choice(TESTS)
                return f"({self.expression(inner)} is {random.choice(['', 'not '])}{name}{OF_TESTS.get(name, '')})"
            case 9:
                return f"{self.expression(inner)}{random.choice(CALLS)}"
        name = random.choice(FILTERS)
        return f"({self.expression(inner)} | {name}{random.choice(ARGUMENTS.get(name, ['']))})"

    def condition(self, depth: int) -> str:
        name = self.random.choice(NAMES)
        kind = self.random.choice(list(operations.KIND_TESTS))
        asks = [name, f"{name} is not none", f"{name} is none", f"{name}.a is defined", f"{name} is {kind}"]
        asks += [f"{name}.status == 'ok'", f"{name}.status in ['ok', 'x']"]
        if depth > 0:
            asks += [f"not ({self.condition(depth - 1)})", f"({self.condition(0)} and {self.condition(depth - 1)})"]
            asks += [f"({self.condition(0)} or {self.condition(depth - 1)})", self.expression(depth - 1)]
        return self.random.choice(asks)

    def type_with(self, value: Any) -> Type:
        """A type that the value is of, more or less exact."""
        exact = type_of(value)
        others = [type_of(each) for each in self.random.sample(VALUES, 2)]
        return self.random.choice([exact, exact, union((exact, NULL)), union((exact, *others)), UNKNOWN])


class Typed:
    def __init__(self, kinds: Mapping[str, Type]) -> None:
        self.kinds = kinds

    def named(self, name: str) -> Type:
        return self.kinds.get(name, UNKNOWN)

    def record(self, step: str) -> Type:
        return UNKNOWN


@law
@given(st.integers(0, 2**32))
def test_what_can_be_evaluated_gets_no_error_and_has_its_type(seed: int) -> None:
    writer = Writer(Random(seed))
    for _ in range(20):
        check(writer, writer.expression(3))


def check(writer: Writer, source: str) -> None:
    values = {name: writer.random.choice(VALUES) for name in NAMES}
    kinds = {name: writer.type_with(value) for name, value in values.items()}
    found: list[Finding] = []
    kind = type_of_expression(source, Typed(kinds), {}, found)

    assert all(0 <= each.start < each.end <= len(source) for each in found)
    try:
        value = compile_expression(source).evaluate(MappingScope(values))
    except EvaluationError:
        return
    errors = [each.message for each in found if each.severity == "error"]
    if not any(word in source for word in COPING):
        assert errors == [], f"{source} with {values} as {kinds}"
    if not errors:
        assert contains(kind, value), f"{source} with {values} as {kinds}: {value!r} is not {kind!r}"
