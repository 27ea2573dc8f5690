"""Numbers: conversion, rounding, statistics."""

import math
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from braid.expressions.errors import EvaluationError
from braid.expressions.limits import INT_BITS_MAX
from braid.expressions.operators import apply_operator
from braid.expressions.values import Value, kind_of
from braid.expressions.vocabulary.registry import Vocabulary, items_of, pick

_section: Final = Vocabulary("Numbers")
_NUMBER_CHARS_MAX: Final = 1_000


class _Unset:
    """Stands for "no default was given", for which null can't."""

    def __repr__(self) -> str:
        return "..."


_UNSET: Final = _Unset()


def _convert(name: str, value: Value, default: Value, convert: Callable[[Value], Value]) -> Value:
    if isinstance(value, (str, bool, int, float, Decimal)) and not (
        isinstance(value, str) and len(value) > _NUMBER_CHARS_MAX
    ):
        try:
            return convert(value)
        except (ValueError, ArithmeticError):
            pass
    if default is not _UNSET:
        return default
    shown = f"`{value[:40]}`" if isinstance(value, str) else kind_of(value)
    raise EvaluationError(f"`{name}`: {shown} is no number", "value", help=f"say what then: `| {name}(default=0)`")


@_section.define(
    "int",
    "An integer from a number or text; decimals are cut off. An error, or `default`, if it is none.",
    "'42' | int",
    42,
)
def int_(value: Value, default: Value = _UNSET, base: int = 10) -> Value:
    def convert(given: Value) -> int:
        if not isinstance(given, str):
            return int(given)
        try:
            return int(given, base)
        except ValueError:
            return int(Decimal(given)) if base == 10 and abs(Decimal(given).adjusted()) < INT_BITS_MAX else int("")

    return _convert("int", value, default, convert)


@_section.define(
    "float", "A number from a number or text. An error, or `default`, if it is none.", "'1.5' | float", 1.5
)
def float_(value: Value, default: Value = _UNSET) -> Value:
    return _convert("float", value, default, float)


@_section.define(
    "decimal", "An exact decimal number, for money.", "('0.1' | decimal + '0.2' | decimal) | string", "0.3"
)
def decimal(value: Value, default: Value = _UNSET) -> Value:
    def convert(given: Value) -> Decimal:
        try:
            return Decimal(repr(given) if isinstance(given, float) else given)
        except InvalidOperation:
            raise ValueError from None

    return _convert("decimal", value, default, convert)


_BOOLEANS: Final = {
    "true": True,
    "yes": True,
    "on": True,
    "1": True,
    "y": True,
    "t": True,
    "false": False,
    "no": False,
    "off": False,
    "0": False,
    "n": False,
    "f": False,
    "": False,
}


@_section.define(
    "bool", "A boolean from `yes`, `no`, `on`, `off`, `true`, `false`, 0, 1 or null.", "'yes' | bool", True
)
def bool_(value: Value) -> bool:
    if isinstance(value, bool):
        return value
    if value is None:
        return False
    found = _BOOLEANS.get(str(value).strip().lower()) if isinstance(value, (str, int, float)) else None
    if found is None:
        raise EvaluationError("`bool`: this is neither yes nor no", "value", help="compare it: `x == 'ready'`")
    return found


def _number(name: str, value: Value) -> Any:  # int, float or Decimal, which share no useful type
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        raise EvaluationError(f"`{name}` needs a number, not {kind_of(value)}", "type")
    return value


@_section.define("abs", "The number without its sign.", "-3 | abs", 3)
def abs_(value: Value) -> Value:
    return abs(_number("abs", value))


@_section.define(
    "round",
    "Rounded to this many digits; `method` is 'common' (half to even), 'floor' or 'ceil'. With no digits an integer.",
    "2.567 | round(1)",
    2.6,
)
def round_(value: Value, precision: int = 0, method: str = "common") -> Value:
    number = _number("round", value)
    if method not in ("common", "floor", "ceil"):
        raise EvaluationError("`round`: the method is 'common', 'floor' or 'ceil'", "value")
    if abs(precision) > 300:
        raise EvaluationError("`round` takes at most 300 digits", "limit")
    if method == "common":
        return round(number, precision) if precision else round(number)
    function = math.floor if method == "floor" else math.ceil
    if not precision:
        return function(number)
    scale = 10.0**precision
    return function(float(number) * scale) / scale


@_section.define("floor", "The integer below.", "2.7 | floor", 2)
def floor(value: Value) -> int:
    found: int = math.floor(_number("floor", value))
    return found


@_section.define("ceil", "The integer above.", "2.1 | ceil", 3)
def ceil(value: Value) -> int:
    found: int = math.ceil(_number("ceil", value))
    return found


@_section.define("clamp", "The number, not below the first argument and not above the second.", "12 | clamp(0, 10)", 10)
def clamp(value: Value, low: Value, high: Value) -> Value:
    return max(_number("clamp", low), min(_number("clamp", value), _number("clamp", high)))


@_section.define("pow", "To a power.", "2 | pow(10)", 1024)
def pow_(value: Value, exponent: Value) -> Value:
    return apply_operator("**", _number("pow", value), _number("pow", exponent))


@_section.define("root", "The square root, or the root of a degree.", "27 | root(3)", 3.0)
def root(value: Value, degree: Value = 2) -> float:
    number, power = float(_number("root", value)), _number("root", degree)
    if number < 0 or power == 0:
        raise EvaluationError("`root` needs a number from 0 and a degree other than 0", "value")
    if power == 2:
        return math.sqrt(number)
    found = number ** (1 / float(power))
    # 27 ** (1/3) is 3.0000000000000004 - 1 ulp or so; what is whole should come out whole.
    return float(round(found)) if round(found) ** power == number else found


@_section.define("log", "The logarithm, natural or to a base.", "1000 | log(10)", 3.0)
def log(value: Value, base: Value = None) -> float:
    number = _number("log", value)
    if base is None:
        return math.log(number)
    if base == 10:
        return math.log10(number)
    return math.log2(number) if base == 2 else math.log(number, _number("log", base))


def _numbers(name: str, value: Value, attribute: Value) -> list[Any]:  # see _number
    numbers = [_number(name, pick(name, item, attribute)) for item in items_of(name, value)]
    if not numbers:
        raise EvaluationError(f"`{name}` of no numbers", "value", help="check the list with `is empty`")
    return numbers


@_section.define("sum", "The sum of the numbers, or of a member.", "[{'n': 1}, {'n': 2}] | sum('n')", 3)
def sum_(value: Value, attribute: Value = None, start: Value = 0) -> Value:
    numbers = [_number("sum", pick("sum", item, attribute)) for item in items_of("sum", value)]
    return sum(numbers, _number("sum", start))


def _extreme(name: str, choose: Any, value: Value, attribute: Value, case_sensitive: bool) -> Value:  # min or max
    items = list(value) if isinstance(value, (str, dict)) else items_of(name, value)
    if not items:
        raise EvaluationError(f"`{name}` of an empty list", "undefined", help="check it with `is empty`")

    def key(item: Value) -> Value:
        part = pick(name, item, attribute)
        return part.casefold() if isinstance(part, str) and not case_sensitive else part

    return choose(items, key=key)


@_section.define("min", "The smallest item, or the one whose member is smallest.", "[3, 1, 2] | min", 1)
def min_(value: Value, case_sensitive: bool = False, attribute: Value = None) -> Value:
    return _extreme("min", min, value, attribute, case_sensitive)


@_section.define(
    "max",
    "The largest item, or the one whose member is largest.",
    "[{'n': 1}, {'n': 2}] | max(attribute='n')",
    {"n": 2},
)
def max_(value: Value, case_sensitive: bool = False, attribute: Value = None) -> Value:
    return _extreme("max", max, value, attribute, case_sensitive)


@_section.define("mean", "The average.", "[1, 2, 6] | mean", 3, aliases=["average"])
def mean(value: Value, attribute: Value = None) -> Value:
    import statistics

    return statistics.mean(_numbers("mean", value, attribute))


@_section.define("median", "The number in the middle.", "[1, 9, 2] | median", 2)
def median(value: Value, attribute: Value = None) -> Value:
    import statistics

    return statistics.median(_numbers("median", value, attribute))


@_section.define(
    "stdev", "The sample standard deviation; of one number 0.", "[2, 4, 4, 4, 5, 5, 7, 9] | stdev | round(3)", 2.138
)
def stdev(value: Value, attribute: Value = None) -> float:
    import statistics

    numbers = _numbers("stdev", value, attribute)
    return float(statistics.stdev(numbers)) if len(numbers) > 1 else 0.0


@_section.define(
    "percentile",
    "The value below which this percentage lies, between neighbours in proportion.",
    "[1, 2, 3, 4, 5] | percentile(90)",
    4.6,
)
def percentile(value: Value, percent: Value, attribute: Value = None) -> float:
    numbers = sorted(_numbers("percentile", value, attribute))
    share = _number("percentile", percent)
    if not 0 <= share <= 100:
        raise EvaluationError("`percentile` needs a percentage from 0 to 100", "value")
    place = (len(numbers) - 1) * float(share) / 100
    below = math.floor(place)
    above = min(below + 1, len(numbers) - 1)
    return float(numbers[below] + (numbers[above] - numbers[below]) * (place - below))


@_section.define(
    "filesizeformat",
    "Bytes as people read them, decimal or `binary`.",
    "123456 | filesizeformat",
    "123.5 kB",
    aliases=["human_readable"],
)
def filesizeformat(value: Value, binary: bool = False) -> str:
    size, step = float(_number("filesizeformat", value)), 1024 if binary else 1000
    if abs(size) < step:
        return f"{int(size)} Byte" + ("" if int(size) == 1 else "s")
    units = [f"{letter}iB" if binary else f"{letter}B" for letter in ("KMGTPEZY" if binary else "kMGTPEZY")]
    for unit in units:
        size /= step
        if abs(size) < step or unit == units[-1]:
            break
    return f"{size:.1f} {unit}"
