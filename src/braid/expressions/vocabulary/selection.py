"""Choosing and defaulting: `default`, `map`, `select` and their kind."""

from collections.abc import Callable, Iterable
from typing import Final

from braid.expressions.errors import EvaluationError
from braid.expressions.members import NOT_THERE, member
from braid.expressions.scope import Scope, fraction_from
from braid.expressions.values import Absent, Method, Value, kind_of, plain, to_text
from braid.expressions.vocabulary.registry import FILTERS, TESTS, Entry, Vocabulary, items_of, pick, pick_or

_section: Final = Vocabulary("Choosing and defaulting")


@_section.define(
    "default",
    "Another value for what is missing or null; with `true` as second argument, for anything false too. "
    "Unlike Jinja's it replaces null, because that is the output of a skipped step.",
    "null | default('none yet')",
    "none yet",
    aliases=["d"],
    accepts_missing=True,
)
def default(value: Value, default_value: Value = "", boolean: bool = False) -> Value:
    if isinstance(value, Absent) or value is None:
        return default_value
    return default_value if boolean and not value else value


@_section.define(
    "mandatory",
    "The value, or an error with this message if it is missing or null.",
    "3 | mandatory('say how many')",
    3,
    accepts_missing=True,
)
def mandatory(value: Value, message: str = "a mandatory value is missing") -> Value:
    if isinstance(value, Absent) or value is None:
        raise EvaluationError(to_text(message) or "a mandatory value is missing", "undefined")
    return value


@_section.define(
    "ternary",
    "The first argument if the value is true, else the second; a third for null.",
    "(3 > 2) | ternary('yes', 'no')",
    "yes",
)
def ternary(value: Value, true_value: Value, false_value: Value, null_value: Value = None) -> Value:
    if value is None and null_value is not None:
        return null_value
    return true_value if value else false_value


def _named(table: dict[str, Entry], word: str, name: Value) -> Callable[..., Value]:
    entry = table.get(name) if isinstance(name, str) else None
    if entry is None:
        from braid.diagnostics import nearest

        close = nearest(str(name), list(table))
        raise EvaluationError(f"there is no {word} `{name}`", "value", help=f"did you mean `{close}`?" if close else "")
    if entry.needs_scope:
        raise EvaluationError(f"the {word} `{name}` can't be applied by name", "value")
    return entry.call


@_section.define(
    "map",
    "One member of each item (`attribute=`, with `default=` for items without it), or a filter applied to each.",
    "[{'city': 'Lima'}, {'city': 'Bonn'}] | map(attribute='city')",
    ["Lima", "Bonn"],
)
def map_(
    value: Value, *args: Value, attribute: Value = None, default: Value = NOT_THERE, **kwargs: Value
) -> list[Value]:
    items = _each("map", value)
    if attribute is not None:
        if default is not NOT_THERE:
            return [pick_or(item, attribute, default) for item in items]
        return [pick("map", item, attribute) for item in items]
    if not args:
        raise EvaluationError("`map` needs a filter's name or `attribute=`", "type")
    call = _named(FILTERS, "filter", args[0])
    return [plain(call(item, *args[1:], **kwargs)) for item in items]


def _each(name: str, value: Value) -> Iterable[Value]:
    if isinstance(value, (dict, str)):
        return list(value)
    return items_of(name, value)


def _condition(args: tuple[Value, ...]) -> Callable[[Value], bool]:
    if not args:
        return bool
    call = _named(TESTS, "test", args[0])
    return lambda item: bool(call(item, *args[1:]))


@_section.define(
    "select",
    "The items that pass a test; without one, those that are true.",
    "[1, 2, 3, 4] | select('even')",
    [2, 4],
)
def select(value: Value, *args: Value) -> list[Value]:
    accepts = _condition(args)
    return [item for item in _each("select", value) if accepts(item)]


@_section.define(
    "reject",
    "The items that don't pass a test; without one, those that are false.",
    "[1, 0, null, 2] | reject",
    [0, None],
)
def reject(value: Value, *args: Value) -> list[Value]:
    accepts = _condition(args)
    return [item for item in _each("reject", value) if not accepts(item)]


class _NotThereValue(Absent):
    """A member that an item lacks, for tests such as `defined`."""

    __slots__ = ("name",)

    def __init__(self, name: Value) -> None:
        self.name = name

    def fail(self) -> None:  # type: ignore[override]  # raises, as it says
        raise EvaluationError(f"an item has no `{self.name}`", "undefined", help="test first whether it is `defined`")

    def __bool__(self) -> bool:
        return False


def _member_or_absent(item: Value, path: Value) -> Value:
    for step in path.split(".") if isinstance(path, str) else [path]:
        item = member(item, int(step) if isinstance(step, str) and step.isdigit() else step)
        if item is NOT_THERE or type(item) is Method:
            return _NotThereValue(path)
    return item


@_section.define(
    "selectattr",
    "The objects whose member passes a test; without one, those whose member is true.",
    "[{'n': 1}, {'n': 5}] | selectattr('n', '>', 2)",
    [{"n": 5}],
)
def selectattr(value: Value, attribute: Value, *args: Value) -> list[Value]:
    accepts = _condition(args)
    return [item for item in items_of("selectattr", value) if accepts(_member_or_absent(item, attribute))]


@_section.define(
    "rejectattr",
    "The objects whose member doesn't pass a test; without one, those whose member is false.",
    "[{'n': 1}, {'n': 5}] | rejectattr('n', '>', 2)",
    [{"n": 1}],
)
def rejectattr(value: Value, attribute: Value, *args: Value) -> list[Value]:
    accepts = _condition(args)
    return [item for item in items_of("rejectattr", value) if not accepts(_member_or_absent(item, attribute))]


@_section.define(
    "attr",
    "The member whose name is computed, like `value[name]`.",
    "{'a': 1} | attr('a')",
    1,
)
def attr(value: Value, name: Value) -> Value:
    return pick("attr", value, name)


@_section.define(
    "type_of",
    "What kind of value it is: null, boolean, integer, number, string, list, object, time, date, bytes.",
    "[1, 'a', null] | map('type_of')",
    ["integer", "string", "null"],
    aliases=["type_debug"],
)
def type_of(value: Value) -> str:
    match value:
        case bool():
            return "boolean"
        case int():
            return "integer"
        case str():
            return "string"
    words = {"null": "null", "text": "string"}
    kind = kind_of(value)
    return words.get(kind, kind.removeprefix("a ").removeprefix("an "))


@_section.define(
    "random",
    "One item of a list, or an integer below the number; the same again when the run is resumed.",
    "[7] | random",
    7,
    needs_scope=True,
)
def random_(scope: Scope, value: Value) -> Value:
    fraction = fraction_from(scope.entropy())
    if type(value) is int:
        if value < 1:
            raise EvaluationError("`random` needs a number above 0", "value")
        return int(fraction * value)
    items = items_of("random", value)
    if not items:
        raise EvaluationError("`random` can't choose from an empty list", "value")
    return items[int(fraction * len(items))]


@_section.define(
    "shuffle",
    "The items in another order; the same again when the run is resumed.",
    "[7, 7] | shuffle",
    [7, 7],
    needs_scope=True,
)
def shuffle(scope: Scope, value: Value) -> list[Value]:
    items = items_of("shuffle", value)
    # Fisher and Yates, from one draw: entropy is hashed on so that a long list costs one call of the scope.
    import hashlib

    seed = scope.entropy()
    for last in range(len(items) - 1, 0, -1):
        seed = hashlib.sha256(seed).digest()
        other = int(fraction_from(seed) * (last + 1))
        items[last], items[other] = items[other], items[last]
    return items


@_section.define(
    "raw",
    "The bare text, where a field would encode or quote it; elsewhere it changes nothing.",
    "'a b' | raw",
    "a b",
)
def raw(value: Value) -> Value:
    return value
