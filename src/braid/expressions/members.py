"""Reading `value.key` and `value[key]`: keys first, then a short list of harmless methods.

A list of what is allowed instead of one of what isn't: no attribute of a Python object can be reached
unless it stands here, so there is no path from a value to a class, a frame or a module.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from string import Formatter
from typing import Any, Final

from braid.expressions.errors import EvaluationError
from braid.expressions.limits import OUTPUT_CHARS_MAX
from braid.expressions.values import Absent, Method, Value, kind_of, limited_text, measure, to_text, too_long


class _NotThere:
    __slots__ = ()

    def __repr__(self) -> str:
        # As the default of a parameter, on the reference page.
        return "…"


NOT_THERE: Final = _NotThere()
"""What `member` gives when there is no such member; null is a value."""


def member(subject: Value, key: Value) -> Value:
    """`subject[key]` as the language means it, or `NOT_THERE`.

    A key of an object wins over a method of the same name (`order.items[0]`); negative indices count
    from the end.
    """
    kind = type(subject)
    if kind is dict or isinstance(subject, Mapping):
        try:
            return subject[key]
        except (KeyError, TypeError):
            pass
    elif type(key) is int and (kind is list or kind is str or kind is tuple):
        try:
            return subject[key]
        except IndexError:
            return NOT_THERE
    if isinstance(key, Absent):
        key.fail()
    if isinstance(key, str):
        return _attribute(subject, key)
    return NOT_THERE


def _attribute(subject: Value, name: str) -> Value:
    for kind, methods in _METHODS:
        if isinstance(subject, kind):
            function = methods.get(name)
            if function is not None:
                return Method(function, subject, name)
            break
    if isinstance(subject, date) and name in _DATE_FIELDS:
        return getattr(subject, name, NOT_THERE)
    return NOT_THERE


def member_names(subject: Value) -> list[str]:
    """The keys that `subject` has, for "did you mean"; no methods."""
    if isinstance(subject, Mapping):
        return [key for key in subject if isinstance(key, str)]
    if isinstance(subject, date):
        return [name for name in _DATE_FIELDS if hasattr(subject, name)]
    return []


def method_names(subject: Value) -> list[str]:
    """The methods that may be called on `subject`."""
    return next((list(methods) for kind, methods in _METHODS if isinstance(subject, kind)), [])


class _LimitedFormatter(Formatter):
    """`str.format` whose fields are read by `member` and whose widths are limited."""

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> tuple[Value, str]:  # as in typeshed
        # The name is parsed by hand: `_string.formatter_field_name_split` is CPython's own.
        first, *rest = field_name.replace("[", ".").replace("]", "").split(".")
        if not first.isdigit() and first not in kwargs:
            raise EvaluationError(f"`format` was given nothing named `{first}`", "value")
        if first.isdigit() and int(first) >= len(args):
            raise EvaluationError(f"`format` was given only {len(args)} values", "value")
        value = self.get_value(int(first) if first.isdigit() else first, args, kwargs)
        for key in rest:
            found = member(value, int(key) if key.isdigit() else key)
            if found is NOT_THERE or isinstance(found, Method):
                raise EvaluationError(f"`format` found no `{key}` in {kind_of(value)}", "undefined")
            value = found
        return value, first

    def format_field(self, value: Value, format_spec: str) -> str:
        check_widths(format_spec)
        if isinstance(value, (list, tuple, Mapping)) or value is None or isinstance(value, bool):
            value = to_text(value)
        return str(format(value, format_spec))

    def convert_field(self, value: Value, conversion: Any) -> Value:  # as in typeshed
        measure(value)
        return super().convert_field(value, conversion)


def check_widths(specification: str) -> None:
    """Refuse a format whose width or precision makes a text that is too long."""
    digits = 0
    for char in specification:
        digits = digits + 1 if char.isdigit() else 0
        if digits >= 7:
            raise too_long()


def _format(text: str, *args: Value, **kwargs: Value) -> str:
    for value in (*args, *kwargs.values()):
        measure(value)
    return limited_text(_LimitedFormatter().vformat(text, args, kwargs))


def _format_map(text: str, values: Value) -> str:
    return _format(text, **dict(values))


def _padded(name: str) -> Callable[..., str]:
    method = getattr(str, name)

    def pad(text: str, width: int, *fill: str) -> str:
        if width > OUTPUT_CHARS_MAX:
            raise too_long()
        return method(text, width, *fill)  # type: ignore[no-any-return]  # one of four methods of str

    return pad


def replaced(text: str, old: str, new: str, count: int = -1) -> str:
    """`str.replace` that refuses a result that would be too long."""
    times = text.count(old) if count < 0 else min(count, text.count(old))
    if len(text) + times * max(len(new) - len(old), 0) > OUTPUT_CHARS_MAX:
        raise too_long()
    return text.replace(old, new, count)


def joined(separator: str, items: Iterable[Value]) -> str:
    """The texts of the items with `separator` between them, not longer than a text may be."""
    parts: list[str] = []
    size = 0
    for item in items:
        part = to_text(item)
        size += len(part) + len(separator)
        if size > OUTPUT_CHARS_MAX + len(separator):
            raise too_long()
        parts.append(part)
    return separator.join(parts)


def _expandtabs(text: str, size: int = 8) -> str:
    if text.count("\t") * size > OUTPUT_CHARS_MAX:
        raise too_long()
    return text.expandtabs(size)


def _strftime(moment: date, pattern: str) -> str:
    check_widths(pattern)
    if len(pattern) > 1_000:
        raise too_long()
    return moment.strftime(pattern)


_SAFE_TEXT_METHODS: Final = [
    "capitalize",
    "casefold",
    "count",
    "encode",
    "endswith",
    "find",
    "index",
    "isalnum",
    "isalpha",
    "isascii",
    "isdecimal",
    "isdigit",
    "isidentifier",
    "islower",
    "isnumeric",
    "isprintable",
    "isspace",
    "istitle",
    "isupper",
    "lower",
    "lstrip",
    "partition",
    "removeprefix",
    "removesuffix",
    "rfind",
    "rindex",
    "rpartition",
    "rsplit",
    "rstrip",
    "split",
    "splitlines",
    "startswith",
    "strip",
    "swapcase",
    "title",
    "upper",
]

# Any: methods of different builtin types.
_METHODS: Final[tuple[tuple[type, dict[str, Callable[..., Any]]], ...]] = (
    (
        str,
        {name: getattr(str, name) for name in _SAFE_TEXT_METHODS}
        | {name: _padded(name) for name in ("center", "ljust", "rjust", "zfill")}
        | {
            "format": _format,
            "format_map": _format_map,
            "replace": replaced,
            "join": joined,
            "expandtabs": _expandtabs,
        },
    ),
    (
        Mapping,
        {
            "keys": lambda subject: list(subject.keys()),
            "values": lambda subject: list(subject.values()),
            "items": lambda subject: [[key, value] for key, value in subject.items()],
            "get": lambda subject, key, default=None: subject.get(key, default),
            "copy": dict,
        },
    ),
    (list, {"index": list.index, "count": list.count, "copy": list}),
    (tuple, {"index": tuple.index, "count": tuple.count}),
    (bool, {}),
    (int, {"bit_length": int.bit_length}),
    (float, {"is_integer": float.is_integer}),
    (Decimal, {"is_finite": Decimal.is_finite, "is_nan": Decimal.is_nan}),
    (bytes, {"decode": bytes.decode, "hex": bytes.hex, "startswith": bytes.startswith}),
    (
        datetime,
        {
            "isoformat": datetime.isoformat,
            "strftime": _strftime,
            "timestamp": datetime.timestamp,
            "date": datetime.date,
            "weekday": datetime.weekday,
            "isoweekday": datetime.isoweekday,
            "replace": datetime.replace,
        },
    ),
    (
        date,
        {
            "isoformat": date.isoformat,
            "strftime": _strftime,
            "weekday": date.weekday,
            "isoweekday": date.isoweekday,
            "replace": date.replace,
        },
    ),
)

_DATE_FIELDS: Final = ("year", "month", "day", "hour", "minute", "second", "microsecond")

_WORDS: Final[dict[Any, str]] = {Mapping: "object", str: "text"}  # Any: an abstract class among them


def member_kinds() -> tuple[dict[str, frozenset[str]], tuple[str, ...]]:
    """Kind of value (`text`, `object`, `list`, `int`, …) → its methods; and the fields of times.

    For checks that know a value's kind and not the value.
    """
    methods: dict[str, frozenset[str]] = {}
    for kind, names in _METHODS:
        word = "date" if issubclass(kind, date) else _WORDS.get(kind, kind.__name__.lower())
        methods[word] = methods.get(word, frozenset()) | frozenset(names)
    return methods, _DATE_FIELDS
