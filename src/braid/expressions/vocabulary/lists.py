"""Lists: order, parts, sets and combinations."""

import itertools
import math
from collections.abc import Callable
from typing import Final

from braid.expressions.errors import EvaluationError
from braid.expressions.members import joined
from braid.expressions.values import Value, kind_of
from braid.expressions.vocabulary.registry import Vocabulary, items_of, limited_items, pick, pick_or

_section: Final = Vocabulary("Lists")


@_section.define("length", "How many items, keys or characters there are.", "[1, 2] | length", 2, aliases=["count"])
def length(value: Value) -> int:
    if not isinstance(value, (str, list, tuple, dict, bytes, range)):
        raise EvaluationError(f"{kind_of(value)} has no length", "type")
    return len(value)


@_section.define("first", "The first item; an error if there is none.", "[3, 4] | first", 3)
def first(value: Value) -> Value:
    return _end("first", value, 0)


@_section.define("last", "The last item; an error if there is none.", "[3, 4] | last", 4)
def last(value: Value) -> Value:
    return _end("last", value, -1)


def _end(name: str, value: Value, index: int) -> Value:
    items = value if isinstance(value, str) else items_of(name, value)
    if not items:
        raise EvaluationError(f"`{name}`: the list is empty", "undefined", help="check it with `is empty`")
    return items[index]


@_section.define(
    "list", "A list of the items; of a text its characters, of an object its keys.", "'ab' | list", ["a", "b"]
)
def list_(value: Value) -> list[Value]:
    return list(value)


@_section.define(
    "join", "The texts of the items with a separator between them.", "[1, 'a', true] | join(', ')", "1, a, true"
)
def join(value: Value, separator: str = "", attribute: Value = None) -> str:
    items = list(value) if isinstance(value, (str, dict)) else items_of("join", value)
    return joined(separator, (pick("join", item, attribute) for item in items))


@_section.define("reverse", "The items, or characters, from last to first.", "[1, 2] | reverse", [2, 1])
def reverse(value: Value) -> Value:
    return value[::-1] if isinstance(value, str) else items_of("reverse", value)[::-1]


def _folded(value: Value, case_sensitive: bool) -> Value:
    return value.casefold() if isinstance(value, str) and not case_sensitive else value


@_section.define(
    "sort",
    "The items in order, by a member or by several, as in `attribute='city,name'`; small and capital "
    "letters count as the same unless `case_sensitive`.",
    "['b', 'A', 'c'] | sort",
    ["A", "b", "c"],
)
def sort(value: Value, reverse: bool = False, case_sensitive: bool = False, attribute: Value = None) -> list[Value]:
    items = list(value) if isinstance(value, dict) else items_of("sort", value)
    paths = attribute.split(",") if isinstance(attribute, str) else [attribute]

    def key(item: Value) -> list[Value]:
        return [_folded(pick("sort", item, path), case_sensitive) for path in paths]

    return sorted(items, key=key, reverse=reverse)


@_section.define(
    "sort_by",
    "The objects in order of these members; `-` before a name turns its order round.",
    "[{'n': 1}, {'n': 3}, {'n': 2}] | sort_by('-n')",
    [{"n": 3}, {"n": 2}, {"n": 1}],
)
def sort_by(value: Value, *members: str) -> list[Value]:
    items = items_of("sort_by", value)
    # Sorting is stable: by the last member first, and the first member has the last word.
    for path in reversed(members):
        keys = [pick("sort_by", item, path.removeprefix("-")) for item in items]
        order = sorted(range(len(items)), key=keys.__getitem__, reverse=path.startswith("-"))
        items = [items[index] for index in order]
    return items


def _distinct(items: list[Value], key: Callable[[Value], Value] = lambda item: item) -> list[Value]:
    """Without repetitions, in order of first appearance; lists and objects are compared by content."""
    seen: set[Value] = set()
    result = []
    for item in items:
        mark = _mark(key(item))
        if mark not in seen:
            seen.add(mark)
            result.append(item)
    return result


def _mark(value: Value) -> Value:
    """Something hashable that is equal for equal values; 1 and true stay different."""
    match value:
        case list() | tuple():
            return ("list", *(_mark(item) for item in value))
        case dict():
            return ("object", frozenset((key, _mark(item)) for key, item in value.items()))
        case bool():
            return ("boolean", value)
    return value


@_section.define("unique", "Each item once, at its first place.", "[2, 1, 2, 'A', 'a'] | unique", [2, 1, "A", "a"])
def unique(value: Value, case_sensitive: bool = True, attribute: Value = None) -> list[Value]:
    return _distinct(items_of("unique", value), lambda item: _folded(pick("unique", item, attribute), case_sensitive))


def _marks(name: str, value: Value) -> set[Value]:
    return {_mark(item) for item in items_of(name, value)}


@_section.define("union", "What is in either list, once.", "[1, 2] | union([2, 3])", [1, 2, 3])
def union(value: Value, other: Value) -> list[Value]:
    return _distinct(items_of("union", value) + items_of("union", other))


@_section.define("intersect", "What is in both lists, once.", "[1, 2, 3] | intersect([3, 2])", [2, 3])
def intersect(value: Value, other: Value) -> list[Value]:
    marks = _marks("intersect", other)
    return _distinct([item for item in items_of("intersect", value) if _mark(item) in marks])


@_section.define("difference", "What isn't in the other list, once.", "[1, 2, 3] | difference([2])", [1, 3])
def difference(value: Value, other: Value) -> list[Value]:
    marks = _marks("difference", other)
    return _distinct([item for item in items_of("difference", value) if _mark(item) not in marks])


@_section.define(
    "symmetric_difference",
    "What is in one of the lists only, once.",
    "[1, 2] | symmetric_difference([2, 3])",
    [1, 3],
)
def symmetric_difference(value: Value, other: Value) -> list[Value]:
    return difference(value, other) + difference(other, value)


@_section.define(
    "flatten",
    "Lists inside the list opened up, all of them or `levels` deep.",
    "[1, [2, [3]]] | flatten",
    [1, 2, 3],
)
def flatten(value: Value, levels: int | None = None) -> list[Value]:
    result: list[Value] = []
    stack = [(item, 0) for item in reversed(items_of("flatten", value))]
    while stack:
        item, level = stack.pop()
        if isinstance(item, (list, tuple)) and (levels is None or level < levels):
            stack.extend((child, level + 1) for child in reversed(item))
        else:
            result.append(item)
        limited_items("flatten", len(result) + len(stack))
    return result


@_section.define(
    "zip", "Pairs of the lists' items, as long as the shortest.", "[1, 2] | zip(['a', 'b'])", [[1, "a"], [2, "b"]]
)
def zip_(value: Value, *others: Value) -> list[Value]:
    lists = [items_of("zip", one) for one in (value, *others)]
    return [list(row) for row in zip(*lists, strict=False)]


@_section.define(
    "zip_longest",
    "Pairs of the lists' items, as long as the longest, gaps filled.",
    "[1, 2] | zip_longest(['a'], fillvalue='-')",
    [[1, "a"], [2, "-"]],
)
def zip_longest(value: Value, *others: Value, fillvalue: Value = None) -> list[Value]:
    lists = [items_of("zip_longest", one) for one in (value, *others)]
    return [list(row) for row in itertools.zip_longest(*lists, fillvalue=fillvalue)]


@_section.define("product", "Every combination of the lists' items.", "[1, 2] | product(['a'])", [[1, "a"], [2, "a"]])
def product(value: Value, *others: Value) -> list[Value]:
    lists = [items_of("product", one) for one in (value, *others)]
    limited_items("product", math.prod(map(len, lists)))
    return [list(row) for row in itertools.product(*lists)]


@_section.define(
    "combinations",
    "Every choice of this many items, in order.",
    "[1, 2, 3] | combinations(2)",
    [[1, 2], [1, 3], [2, 3]],
)
def combinations(value: Value, size: int) -> list[Value]:
    items = items_of("combinations", value)
    limited_items("combinations", math.comb(len(items), size) if len(items) < 10_000 or size < 2 else 10**9)
    return [list(row) for row in itertools.combinations(items, size)]


@_section.define("chunk", "Lists of this many items; the last may be shorter.", "[1, 2, 3] | chunk(2)", [[1, 2], [3]])
def chunk(value: Value, size: int) -> list[Value]:
    if size < 1:
        raise EvaluationError("`chunk` needs a size above 0", "value")
    items = items_of("chunk", value)
    return [items[start : start + size] for start in range(0, len(items), size)]


@_section.define(
    "batch",
    "Like `chunk`; with a second argument the last list is filled up with it.",
    "[1, 2, 3] | batch(2, 0)",
    [[1, 2], [3, 0]],
)
def batch(value: Value, size: int, fill_with: Value = None) -> list[Value]:
    limited_items("batch", size if fill_with is not None else 0)
    lists = chunk(value, size)
    if lists and fill_with is not None:
        lists[-1] += [fill_with] * (size - len(lists[-1]))
    return lists


@_section.define(
    "slice", "This many lists of nearly the same length.", "[1, 2, 3, 4, 5] | slice(2)", [[1, 2, 3], [4, 5]]
)
def slice_(value: Value, slices: int) -> list[Value]:
    if slices < 1:
        raise EvaluationError("`slice` needs a number above 0", "value")
    limited_items("slice", slices)
    items = items_of("slice", value)
    size, longer = divmod(len(items), slices)
    ends = [0, *itertools.accumulate(size + (index < longer) for index in range(slices))]
    return [items[start:end] for start, end in itertools.pairwise(ends)]


@_section.define(
    "pluck",
    "One member of each item; null where an item hasn't got it.",
    "[{'a': 1}, {}] | pluck('a')",
    [1, None],
)
def pluck(value: Value, member: Value) -> list[Value]:
    return [pick_or(item, member, None) for item in items_of("pluck", value)]


@_section.define("enumerate", "Pairs of number and item.", "['a', 'b'] | enumerate(1)", [[1, "a"], [2, "b"]])
def enumerate_(value: Value, start: int = 0) -> list[Value]:
    return [[index, item] for index, item in enumerate(items_of("enumerate", value), start)]


@_section.define(
    "version_sort", "Texts in order of the numbers in them.", "['v1.10', 'v1.9'] | version_sort", ["v1.9", "v1.10"]
)
def version_sort(value: Value, reverse: bool = False) -> list[Value]:
    def key(item: Value) -> list[tuple[int, int, str]]:
        groups = itertools.groupby(str(item)[:1_000], str.isdecimal)
        runs = (("".join(run), is_number) for is_number, run in groups)
        return [(0, int(run), "") if is_number else (1, 0, run) for run, is_number in runs]

    return sorted(items_of("version_sort", value), key=key, reverse=reverse)
