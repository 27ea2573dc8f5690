"""Tests: what may stand after `is`."""

import operator
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from braid.expressions.errors import EvaluationError
from braid.expressions.values import Absent, Value, kind_of
from braid.expressions.vocabulary.regexes import pattern_of, search
from braid.expressions.vocabulary.registry import FILTERS, TESTS, Vocabulary, items_of

_section: Final = Vocabulary("Tests", TESTS)


@_section.define(
    "defined", "It is there; null counts as there.", "{'a': null}.a is defined", True, accepts_missing=True
)
def defined(value: Value) -> bool:
    return not isinstance(value, Absent)


@_section.define("undefined", "It isn't there.", "{'a': 1}.b is undefined", True, accepts_missing=True)
def undefined(value: Value) -> bool:
    return isinstance(value, Absent)


@_section.define(
    "none",
    "It is null, or isn't there: the output of a skipped step is null, and what is inside it isn't there.",
    "{'a': null}.a.b is none",
    True,
    aliases=["null"],
    accepts_missing=True,
)
def none(value: Value) -> bool:
    return value is None or isinstance(value, Absent)


@_section.define("empty", "A text, list or object without anything in it, or null.", "[] is empty", True)
def empty(value: Value) -> bool:
    if value is None:
        return True
    if isinstance(value, (str, list, tuple, dict, bytes)):
        return not value
    raise EvaluationError(f"{kind_of(value)} can't be empty", "type")


def _simple(name: str, summary: str, example: str, gives: bool, check: Callable[[Any], bool], *aliases: str) -> None:
    # Any: a check may be asked about every value.
    def test(value: Value) -> bool:
        return check(value)

    _section.define(name, summary, example, gives, aliases=aliases)(test)


def _is_number(value: Value) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def _is_integer(value: Value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_simple("boolean", "It is true or false.", "true is boolean", True, lambda value: isinstance(value, bool))
_simple("true", "It is `true` itself.", "1 is true", False, lambda value: value is True)
_simple("false", "It is `false` itself.", "false is false", True, lambda value: value is False)
_simple("number", "It is a number; booleans aren't.", "true is number", False, _is_number)
_simple("integer", "It is a whole number by kind.", "1.0 is integer", False, _is_integer)
_simple(
    "float",
    "It is a number with a decimal point by kind.",
    "1.0 is float",
    True,
    lambda value: isinstance(value, float),
)
_simple("string", "It is text.", "'a' is string", True, lambda value: isinstance(value, str))
_simple("mapping", "It is an object.", "{} is mapping", True, lambda value: isinstance(value, dict), "object")
_simple(
    "sequence", "It is a list or text.", "[1] is sequence", True, lambda value: isinstance(value, (list, tuple, str))
)
_simple("list", "It is a list.", "'a' is list", False, lambda value: isinstance(value, (list, tuple)))
_simple(
    "iterable",
    "A `for` can go through it.",
    "1 is iterable",
    False,
    lambda value: isinstance(value, (list, tuple, str, dict, range)),
)
_simple("time", "It is a time or date.", "now() is time", True, lambda value: isinstance(value, (date, datetime)))
_simple("bytes", "It is bytes.", "'a' is bytes", False, lambda value: isinstance(value, bytes))
_simple("lower", "All its letters are small.", "'ab' is lower", True, lambda value: str(value).islower())
_simple("upper", "All its letters are capital.", "'AB' is upper", True, lambda value: str(value).isupper())
_simple("truthy", "It counts as true in a condition.", "'a' is truthy", True, bool)
_simple("falsy", "It counts as false in a condition.", "0 is falsy", True, lambda value: not value)


def _whole(value: Value) -> int:
    if not _is_integer(value):
        raise EvaluationError(f"needs an integer, not {kind_of(value)}", "type")
    return int(value)


_simple("even", "An even number.", "2 is even", True, lambda value: _whole(value) % 2 == 0)
_simple("odd", "An odd number.", "2 is odd", False, lambda value: _whole(value) % 2 == 1)


@_section.define("divisibleby", "It can be divided by the number.", "9 is divisibleby(3)", True)
def divisibleby(value: Value, number: int) -> bool:
    if number == 0:
        raise EvaluationError("division by zero in `divisibleby`", "value")
    return _whole(value) % number == 0


def _comparison(names: tuple[str, ...], summary: str, example: str, gives: bool, function: Any) -> None:  # an operator
    def test(value: Value, other: Value) -> bool:
        return bool(function(value, other))

    _section.define(names[0], summary, example, gives, aliases=names[1:])(test)


_comparison(
    ("eq", "==", "equalto"), "It equals the other.", "[1, 2] | select('eq', 2) | length == 1", True, operator.eq
)
_comparison(("ne", "!="), "It differs from the other.", "1 is ne(2)", True, operator.ne)
_comparison(("lt", "<", "lessthan"), "It is less.", "1 is lt(2)", True, operator.lt)
_comparison(("le", "<="), "It is less or equal.", "2 is le(2)", True, operator.le)
_comparison(("gt", ">", "greaterthan"), "It is greater.", "3 is gt(2)", True, operator.gt)
_comparison(("ge", ">="), "It is greater or equal.", "2 is ge(2)", True, operator.ge)
_comparison(
    ("in",), "It is in the list, object or text.", "'a' is in(['a'])", True, lambda value, other: value in other
)
_comparison(
    ("contains",),
    "The list, object or text has the other in it.",
    "['a'] is contains('a')",
    True,
    lambda value, other: other in value,
)


@_section.define("subset", "All its items are in the other list.", "[1] is subset([1, 2])", True)
def subset(value: Value, other: Value) -> bool:
    others = items_of("subset", other)
    return all(item in others for item in items_of("subset", value))


@_section.define("superset", "It has all items of the other list.", "[1, 2] is superset([2])", True)
def superset(value: Value, other: Value) -> bool:
    return subset(other, value)


@_section.define("match", "The pattern matches at its beginning.", "'abc' is match('a.')", True)
def match(value: Value, pattern: str, ignorecase: bool = False, multiline: bool = False) -> bool:
    search("match", value, "", False, False)
    return pattern_of("match", pattern, ignorecase, multiline).match(value) is not None


@_section.define("search", "The pattern matches somewhere in it.", "'abc' is search('b')", True, aliases=["regex"])
def search_(value: Value, pattern: str, ignorecase: bool = False, multiline: bool = False) -> bool:
    return search("search", value, pattern, ignorecase, multiline) is not None


@_section.define("startswith", "The text begins so.", "'abc' is startswith('a')", True)
def startswith(value: Value, prefix: str) -> bool:
    return str(value).startswith(prefix)


@_section.define("endswith", "The text ends so.", "'abc' is endswith('c')", True)
def endswith(value: Value, suffix: str) -> bool:
    return str(value).endswith(suffix)


@_section.define("filter", "There is a filter of this name.", "'upper' is filter", True)
def filter_(value: Value) -> bool:
    return value in FILTERS


@_section.define("test", "There is a test of this name.", "'defined' is test", True)
def test_(value: Value) -> bool:
    return value in TESTS
