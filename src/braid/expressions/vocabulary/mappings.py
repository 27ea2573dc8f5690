"""Objects: merging, turning into lists and back, grouping."""

from typing import Final

from braid.expressions.errors import EvaluationError
from braid.expressions.limits import DEPTH_MAX
from braid.expressions.values import Value, kind_of, to_text
from braid.expressions.vocabulary.registry import Vocabulary, items_of, pick

_section: Final = Vocabulary("Objects")


def _object(name: str, value: Value) -> dict[str, Value]:
    if not isinstance(value, dict):
        raise EvaluationError(f"`{name}` needs an object, not {kind_of(value)}", "type")
    return value


@_section.define(
    "combine",
    "The objects merged, later ones first in line; `recursive` merges objects inside them as well.",
    "{'a': {'x': 1}} | combine({'a': {'y': 2}}, recursive=true)",
    {"a": {"x": 1, "y": 2}},
)
def combine(value: Value, *others: Value, recursive: bool = False) -> dict[str, Value]:
    result = dict(_object("combine", value))
    for other in others:
        result = _merged(result, _object("combine", other), recursive, 0)
    return result


def _merged(one: dict[str, Value], other: dict[str, Value], recursive: bool, depth: int) -> dict[str, Value]:
    if depth > DEPTH_MAX:
        raise EvaluationError(f"`combine`: objects nested more than {DEPTH_MAX} deep", "limit")
    result = dict(one)
    for key, value in other.items():
        both = recursive and isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = _merged(result[key], value, recursive, depth + 1) if both else value
    return result


@_section.define("items", "Pairs of key and value.", "{'a': 1} | items", [["a", 1]])
def items(value: Value) -> list[Value]:
    return [[key, item] for key, item in _object("items", value).items()]


@_section.define("keys", "The keys.", "{'a': 1} | keys", ["a"])
def keys(value: Value) -> list[Value]:
    return list(_object("keys", value))


@_section.define("values", "The values.", "{'a': 1} | values", [1])
def values(value: Value) -> list[Value]:
    return list(_object("values", value).values())


@_section.define(
    "dictsort",
    "Pairs of key and value in order of the keys, or `by='value'`.",
    "{'b': 1, 'a': 2} | dictsort",
    [["a", 2], ["b", 1]],
)
def dictsort(value: Value, case_sensitive: bool = False, by: str = "key", reverse: bool = False) -> list[Value]:
    if by not in ("key", "value"):
        raise EvaluationError("`dictsort` sorts by 'key' or by 'value'", "value")
    place = 0 if by == "key" else 1

    def order(pair: list[Value]) -> Value:
        part = pair[place]
        return part.casefold() if isinstance(part, str) and not case_sensitive else part

    return sorted(items(value), key=order, reverse=reverse)


@_section.define(
    "dict2items",
    "A list of objects with `key` and `value`.",
    "{'a': 1} | dict2items",
    [{"key": "a", "value": 1}],
)
def dict2items(value: Value, key_name: str = "key", value_name: str = "value") -> list[Value]:
    return [{key_name: key, value_name: item} for key, item in _object("dict2items", value).items()]


@_section.define(
    "items2dict",
    "An object from a list of objects with `key` and `value`, or from pairs.",
    "[{'key': 'a', 'value': 1}] | items2dict",
    {"a": 1},
)
def items2dict(value: Value, key_name: str = "key", value_name: str = "value") -> dict[str, Value]:
    result: dict[str, Value] = {}
    for item in items_of("items2dict", value):
        pair = isinstance(item, (list, tuple)) and len(item) == 2
        key = item[0] if pair else pick("items2dict", item, key_name)
        result[_key(key)] = item[1] if pair else pick("items2dict", item, value_name)
    return result


def _key(value: Value) -> str:
    """Keys of objects are text, as in JSON."""
    if isinstance(value, (list, dict, bytes)):
        raise EvaluationError(f"{kind_of(value)} can't be the key of an object", "type")
    return "null" if value is None else to_text(value)


@_section.define(
    "group_by",
    "An object: value of the member → list of the items that have it.",
    "[{'n': 1, 'k': 'a'}, {'n': 2, 'k': 'a'}] | group_by('k')",
    {"a": [{"n": 1, "k": "a"}, {"n": 2, "k": "a"}]},
)
def group_by(value: Value, member: Value) -> dict[str, Value]:
    groups: dict[str, Value] = {}
    for item in items_of("group_by", value):
        groups.setdefault(_key(pick("group_by", item, member)), []).append(item)
    return groups


@_section.define(
    "groupby",
    "Pairs of a member's value and the items that have it, in order of the values.",
    "[{'k': 2}, {'k': 1}] | groupby('k')",
    [[1, [{"k": 1}]], [2, [{"k": 2}]]],
)
def groupby(value: Value, attribute: Value, default: Value = None) -> list[Value]:
    groups: list[list[Value]] = []
    rows = [(_member(item, attribute, default), item) for item in items_of("groupby", value)]
    for key, item in sorted(rows, key=lambda row: row[0]):
        if groups and groups[-1][0] == key:
            groups[-1][1].append(item)
        else:
            groups.append([key, [item]])
    return groups


def _member(item: Value, path: Value, otherwise: Value) -> Value:
    if otherwise is None:
        return pick("groupby", item, path)
    try:
        return pick("groupby", item, path)
    except EvaluationError:
        return otherwise


@_section.define(
    "index_by",
    "An object: value of the member → the item that has it; two with the same value are an error.",
    "[{'id': 'a', 'n': 1}] | index_by('id')",
    {"a": {"id": "a", "n": 1}},
)
def index_by(value: Value, member: Value) -> dict[str, Value]:
    result: dict[str, Value] = {}
    for item in items_of("index_by", value):
        key = _key(pick("index_by", item, member))
        if key in result:
            raise EvaluationError(f"`index_by`: two items have `{key}`", "value", help="use `group_by`")
        result[key] = item
    return result


@_section.define(
    "count_by",
    "An object: value, or value of the member → how many items have it.",
    "['a', 'b', 'a'] | count_by",
    {"a": 2, "b": 1},
)
def count_by(value: Value, member: Value = None) -> dict[str, int]:
    counts: dict[str, int] = {}
    for item in items_of("count_by", value):
        key = _key(pick("count_by", item, member))
        counts[key] = counts.get(key, 0) + 1
    return counts


@_section.define(
    "pick",
    "The object with these keys only; keys it hasn't got are left out.",
    "{'a': 1, 'b': 2} | pick('a', 'c')",
    {"a": 1},
)
def pick_(value: Value, *names: str) -> dict[str, Value]:
    source = _object("pick", value)
    return {name: source[name] for name in names if name in source}


@_section.define("omit", "The object without these keys.", "{'a': 1, 'b': 2} | omit('b')", {"a": 1})
def omit(value: Value, *names: str) -> dict[str, Value]:
    return {key: item for key, item in _object("omit", value).items() if key not in names}
