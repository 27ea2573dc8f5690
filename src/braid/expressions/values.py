"""Values of the language, what they are called, and how they become text."""

import json
import math
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final, NoReturn

from braid.expressions.errors import EvaluationError
from braid.expressions.limits import INT_BITS_MAX, OUTPUT_CHARS_MAX

# JSON values plus dates, decimals and bytes: a recursive union that callers would have to narrow at
# every use, for values that come from users' data and are checked where they are used.
Value = Any


class Absent:
    """Marks what stands for a missing value (Jinja's `Undefined` here); `fail` says what is missing."""

    __slots__ = ()

    def fail(self) -> NoReturn:
        """Raise the error that names what is missing."""
        raise NotImplementedError


class Method:
    """A method of a value, such as `name.upper`, before it is called."""

    __slots__ = ("function", "name", "subject")

    def __init__(self, function: Any, subject: Value, name: str) -> None:  # Any: Python builtins
        self.function = function
        self.subject = subject
        self.name = name

    def __call__(self, *args: Value, **kwargs: Value) -> Value:
        return self.function(self.subject, *args, **kwargs)


_KINDS: Final[tuple[tuple[type | tuple[type, ...], str], ...]] = (
    (bool, "a boolean"),
    ((int, float, Decimal), "a number"),
    (str, "text"),
    (Mapping, "an object"),
    ((list, tuple, range), "a list"),
    ((bytes, bytearray), "bytes"),
    (datetime, "a time"),
    (date, "a date"),
    (timedelta, "a duration"),
    (Method, "a method"),
)


def kind_of(value: Value) -> str:
    """What people call this kind of value, with its article: "a list", "text", "null"."""
    if value is None:
        return "null"
    return next((name for kind, name in _KINDS if isinstance(value, kind)), "something that is no value")


def to_text(value: Value) -> str:
    """How a value stands in a text.

    Text as it is, null as nothing, booleans `true` and `false`, numbers as in JSON, dates in ISO 8601,
    decimals without an exponent, lists and objects as compact JSON.

    Raises:
        EvaluationError: Bytes, NaN, infinities, methods; or the text is too long.
    """
    kind = type(value)
    if kind is str:
        return value  # type: ignore[no-any-return]  # `kind` says so
    if value is None:
        return ""
    if kind is bool:
        return "true" if value else "false"
    if kind is int:
        return _int_text(value)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Absent):
        value.fail()
    if isinstance(value, (Mapping, list, tuple, range)):
        return json_text(value)
    return _scalar_text(value)


def _int_text(value: int) -> str:
    if value.bit_length() > INT_BITS_MAX:
        raise EvaluationError(f"an integer has more than {INT_BITS_MAX} bits", "limit")
    return str(value)


def _scalar_text(value: Value) -> str:
    match value:
        case float():
            if not math.isfinite(value):
                raise EvaluationError(f"`{value}` is no number that text or JSON can hold", "value")
            return repr(value)
        case Decimal():
            # An exponent of a million would make a million characters.
            if not value.is_finite() or abs(value.adjusted()) > INT_BITS_MAX:
                raise EvaluationError("a decimal is too large to write out", "limit")
            return format(value, "f")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return repr(value.total_seconds())
        case int():
            return _int_text(int(value))
        case bytes() | bytearray():
            raise EvaluationError(
                "bytes can't stand in a text", "type", help="use `| b64encode`, or `.decode('utf-8')`"
            )
        case Method():
            raise not_called(value)
    raise EvaluationError(f"{kind_of(value)} can't stand in a text", "type")


def not_called(method: Method) -> EvaluationError:
    """The error for a method that is used like a value."""
    return EvaluationError(
        f"`{method.name}` is a method of {kind_of(method.subject)}, not a value",
        "type",
        help=f"call it: `{method.name}()`; for a key of that name, the object must have one",
    )


def json_text(value: Value, indent: int | None = None, sort_keys: bool = False) -> str:
    """A value as JSON; dates and decimals become strings.

    Raises:
        EvaluationError: The value holds what JSON can't, or the text would be too long.
    """
    measure(value, indent or 0)
    try:
        text = json.dumps(
            value,
            ensure_ascii=False,
            allow_nan=False,
            default=_json_default,
            indent=indent,
            sort_keys=sort_keys,
            separators=None if indent is not None else (",", ":"),
        )
    except (ValueError, TypeError) as error:
        raise EvaluationError(f"the value can't be written as JSON: {error}", "value") from None
    return limited_text(text)


def _json_default(value: Value) -> Value:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, range):
        return list(value)
    if isinstance(value, Absent):
        value.fail()
    return _scalar_text(value)


def measure(value: Value, indent: int = 0) -> None:
    """Refuse a value whose JSON is certainly too long.

    Counted before writing, because a list that holds the same list twice, forty levels deep, is small in
    memory and would never end as text. Each list and object is counted once, however often it stands there.

    Raises:
        EvaluationError: More than `OUTPUT_CHARS_MAX` characters.
    """
    if isinstance(value, str):
        limited_text(value)
    if not isinstance(value, (Mapping, list, tuple)):
        return
    sizes: dict[int, tuple[int, int]] = {}  # By identity: characters, and values inside.
    stack: list[Value] = [value]
    while stack:
        item = stack[-1]
        children = item.values() if isinstance(item, Mapping) else item
        inner = [child for child in children if isinstance(child, (Mapping, list, tuple))]
        waiting = [child for child in inner if id(child) not in sizes]
        stack.extend(waiting)
        # A list that holds itself, which only a caller's mistake can make, would go round for ever.
        if len(stack) > OUTPUT_CHARS_MAX:
            raise too_long()
        if waiting:
            continue
        stack.pop()
        chars, count = 2, len(children)
        for child in inner:
            chars += sizes[id(child)][0]
            count += sizes[id(child)][1]
        chars += sum(len(child) + 2 if isinstance(child, str) else 1 for child in children)
        if isinstance(item, Mapping):
            chars += sum(len(key) + 3 if isinstance(key, str) else 4 for key in item)
        chars += indent * count
        if chars > OUTPUT_CHARS_MAX:
            raise too_long()
        sizes[id(item)] = (chars, count)


def limited_text(text: str) -> str:
    """The text, if it isn't longer than an expression may make it."""
    if len(text) > OUTPUT_CHARS_MAX:
        raise too_long()
    return text


def too_long() -> EvaluationError:
    """The error for a text above `OUTPUT_CHARS_MAX`."""
    return EvaluationError(
        f"the text would have more than {OUTPUT_CHARS_MAX:,} characters",
        "limit",
        help="write large data to a file in a step",
    )


def plain(value: Value) -> Value:
    """A result as the values of the language: no tuple, generator, markup or method.

    Only the outermost level is looked at: literals, filters and calls each keep to it, so everything
    inside already is plain, and passing a large value on costs nothing.
    """
    kind = type(value)
    if kind in _PLAIN_KINDS:
        return value
    if kind is float or kind is Decimal:
        return finite(value)
    if isinstance(value, Absent):
        value.fail()
    if isinstance(value, (tuple, range)):
        return [plain(item) for item in value]
    if isinstance(value, Method):
        raise not_called(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, (Mapping, list, int, float, bytes, date, time, Decimal)):
        return value
    raise EvaluationError("the result is no value: a function, macro or loop must be called or read", "type")


def finite(value: float | Decimal) -> float | Decimal:
    """The number, unless it is infinite or NaN, which no value of the language is: JSON can't hold them."""
    if math.isfinite(value):
        return value
    raise EvaluationError(f"`{value}` is no number that JSON can hold", "value")


_PLAIN_KINDS: Final = frozenset({str, int, bool, type(None), list, dict, datetime})
