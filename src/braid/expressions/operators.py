"""`+ - * / // % **` and `~` with limits, and with errors that speak of values instead of Python types."""

import operator
import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from braid.expressions.errors import EvaluationError
from braid.expressions.limits import INT_BITS_MAX, ITEMS_MAX, OUTPUT_CHARS_MAX
from braid.expressions.members import check_widths, joined
from braid.expressions.values import Absent, Value, kind_of, measure, plain, too_long

# Any: operators of the standard library, over any operands.
_PYTHON: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
}


def apply_operator(symbol: str, left: Value, right: Value) -> Value:
    """`left symbol right`.

    Raises:
        EvaluationError: The operands don't fit ("type"), the result is too large ("limit"), a division
            by zero ("value").
    """
    for operand in (left, right):
        if isinstance(operand, Absent):
            operand.fail()
    check = _CHECKS.get(symbol)
    if check is not None:
        check(left, right)
    try:
        result = _PYTHON[symbol](left, right)
    except ZeroDivisionError:
        raise EvaluationError(f"division by zero in `{symbol}`", "value") from None
    except OverflowError:
        raise EvaluationError(f"the result of `{symbol}` is too large", "limit") from None
    except (TypeError, ValueError) as error:
        raise _misfit(symbol, left, right, error) from None
    return _checked(symbol, result)


def _checked(symbol: str, result: Value) -> Value:
    kind = type(result)
    if kind is int:
        if result.bit_length() > INT_BITS_MAX:
            raise too_large(symbol)
    elif kind is str:
        if len(result) > OUTPUT_CHARS_MAX:
            raise too_long()
    elif kind is complex:
        raise EvaluationError("the power of a negative number has no real value here", "value")
    else:
        return plain(result)
    return result


def too_large(symbol: str) -> EvaluationError:
    """The error for an integer above `INT_BITS_MAX`."""
    return EvaluationError(f"the result of `{symbol}` would have more than {INT_BITS_MAX} bits", "limit")


def _check_add(left: Value, right: Value) -> None:
    if isinstance(left, str) and isinstance(right, str):
        if len(left) + len(right) > OUTPUT_CHARS_MAX:
            raise too_long()
    elif isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        _check_items(len(left) + len(right))


def _check_multiply(left: Value, right: Value) -> None:
    for value, count in ((left, right), (right, left)):
        if not isinstance(count, int):
            continue
        if isinstance(value, (str, bytes)) and len(value) * count > OUTPUT_CHARS_MAX:
            raise too_long()
        if isinstance(value, (list, tuple)):
            _check_items(len(value) * count)
        if isinstance(value, int) and value.bit_length() + count.bit_length() > INT_BITS_MAX + 1:
            raise too_large("*")


def _check_items(count: int) -> None:
    if count > ITEMS_MAX:
        raise EvaluationError(f"the list would have more than {ITEMS_MAX:,} items", "limit")


def _check_power(left: Value, right: Value) -> None:
    whole = isinstance(left, int) and isinstance(right, int)
    # 0 and 1 stay small however often; everything else doesn't.
    if whole and abs(left) > 1 and left.bit_length() * right > INT_BITS_MAX + 1:
        raise too_large("**")
    if left == 0 and isinstance(right, (int, float)) and right < 0:
        raise EvaluationError("division by zero: 0 to a negative power", "value")


_PERCENT: Final = re.compile(r"%(?:\((?P<key>[^)]*)\))?[#0\- +]*(?P<width>[\d*]*)(?:\.(?P<precision>[\d*]*))?")


def _check_modulo(left: Value, right: Value) -> None:
    if not isinstance(left, str):
        return
    for match in _PERCENT.finditer(left):
        if "*" in (match["width"] or "") + (match["precision"] or ""):
            raise EvaluationError("`*` as a width can't be used in a `%` format", "security")
        check_widths(match["width"] or "")
        check_widths(match["precision"] or "")
    measure(list(right) if isinstance(right, tuple) else right)


_CHECKS: Final[dict[str, Callable[[Value, Value], None]]] = {
    "+": _check_add,
    "*": _check_multiply,
    "**": _check_power,
    "%": _check_modulo,
}


def _misfit(symbol: str, left: Value, right: Value, error: Exception) -> EvaluationError:
    if symbol == "%" and isinstance(left, str):
        return EvaluationError(f"the `%` format doesn't fit its values: {error}", "value")
    way_out = ""
    if symbol == "+" and (isinstance(left, str) or isinstance(right, str)):
        way_out = "write `~` to join texts; `| int` or `| float` to calculate"
    elif symbol == "+" and isinstance(left, dict) and isinstance(right, dict):
        way_out = "write `a | combine(b)`"
    elif isinstance(left, date) or isinstance(right, date):
        way_out = "write `| add('1h')`; two times of which only one has a zone can't be compared"
    elif isinstance(left, Decimal) or isinstance(right, Decimal):
        way_out = "a decimal and a float don't mix: write `| decimal` or `| float`"
    elif isinstance(left, str) or isinstance(right, str):
        way_out = "write `| int` or `| float` to calculate"
    return EvaluationError(
        f"`{symbol}` doesn't work between {kind_of(left)} and {kind_of(right)}", "type", help=way_out
    )


def concatenate(values: Iterable[Value]) -> str:
    """`a ~ b ~ c`: the texts of the values."""
    return joined("", values)


def negate(value: Value) -> Value:
    """`-value`."""
    return _unary("-", operator.neg, value)


def posit(value: Value) -> Value:
    """`+value`."""
    return _unary("+", operator.pos, value)


def _unary(symbol: str, function: Callable[[Any], Any], value: Value) -> Value:  # Any: of the stdlib
    if isinstance(value, Absent):
        value.fail()
    try:
        return function(value)
    except TypeError:
        raise EvaluationError(f"`{symbol}` doesn't work on {kind_of(value)}", "type") from None


_COMPARED: Final = re.compile(r"'([<>]=?)' not supported between instances of '(\w+)' and '(\w+)'")
_KINDS: Final = {
    "str": "text",
    "int": "a number",
    "float": "a number",
    "Decimal": "a number",
    "bool": "a boolean",
    "NoneType": "null",
    "list": "a list",
    "tuple": "a list",
    "dict": "an object",
    "bytes": "bytes",
    datetime.__name__: "a time",
    date.__name__: "a date",
}


def explain_type_error(error: TypeError) -> EvaluationError:
    """The error for what Python refuses in code that Jinja generated, mostly comparisons."""
    text = str(error)
    compared = _COMPARED.search(text)
    if compared:
        left, right = (_KINDS.get(name, name) for name in compared.group(2, 3))
        way_out = "convert one of them with `| int`, `| float` or `| string`" if "text" in (left, right) else ""
        if "null" in (left, right):
            way_out = "say what null stands for: `| default(0)`"
        return EvaluationError(f"`{compared[1]}` can't compare {left} with {right}", "type", help=way_out)
    for pattern, message in _PYTHON_ERRORS:
        found = re.search(pattern, text)
        if found:
            return EvaluationError(message.format(*(_KINDS.get(name, name) for name in found.groups())), "type")
    return EvaluationError(text, "type")


_PYTHON_ERRORS: Final = (
    (r"argument of type '(\w+)' is not iterable", "`in` needs a list, object or text on its right, not {0}"),
    (r"requires string as left operand, not (\w+)", "`in` finds only text in text, not {0}"),
    (r"'(\w+)' object is not iterable", "{0} has no items to go through"),
    (r"'(\w+)' object is not callable", "{0} can't be called"),
    (r"unhashable type: '(\w+)'", "{0} can't be the key of an object"),
    (r"'(\w+)' object is not subscriptable", "{0} has no items"),
    (r"object of type '(\w+)' has no len\(\)", "{0} has no length"),
    (r"can't compare offset-naive and offset-aware", "a time with a zone can't be compared with one without"),
)
