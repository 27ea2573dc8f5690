"""Which Python values a workflow can keep, and as what: the one place where a task's result becomes a value.

A value of a workflow is null, a boolean, a whole number of at most `INT_BITS_MAX` bits, a finite number, text, bytes,
a date, a time with its date, a finite decimal, a list, or an object with text keys. What a task returns is copied into
these, so that nothing it keeps a hold of can change a step's output later; what can't be kept is refused with its
place.

| Python | here |
|---|---|
| tuple, deque | list |
| named tuple, dataclass, msgspec and pydantic model, other mapping | object |
| enum member | its value |
| UUID, path | text |
| bytearray, memoryview | bytes |
| numpy scalar or array | number or list |
"""

from __future__ import annotations

import dataclasses
import enum
import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Set
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import IOBase
from pathlib import PurePath
from typing import Any, Final
from uuid import UUID

import msgspec

from braid.expressions.limits import INT_BITS_MAX
from braid.language.task_kind import Value

STORED_DEPTH_MAX: Final = 200
"""Nesting of lists and objects in one value, in levels."""
STORED_ITEMS_MAX: Final = 10_000_000
"""List items and object keys in one value, all levels together; one list at two places counts twice."""
PLACE_CHARS_MAX: Final = 120
"""A longer place is cut in a message."""


class StorageError(ValueError):
    """A value can't be kept.

    Attributes:
        place: Where in the value: `$` is the value itself, `$.rows[3].handle` something inside.
        problem: What is there and why that can't be kept.
        help: The way out, or "".
    """

    def __init__(self, problem: str, help: str = "", place: str = "$") -> None:
        self.problem = problem
        self.help = help
        self.place = place
        super().__init__(problem)

    def within(self, part: str) -> StorageError:
        """The same problem, told from one level further out."""
        self.place = f"${part}{self.place[1:]}"
        return self

    def __str__(self) -> str:
        place = self.place if len(self.place) <= PLACE_CHARS_MAX else f"{self.place[:PLACE_CHARS_MAX]}…"
        text = f"{place}: {self.problem}"
        return f"{text}; {self.help}" if self.help else text


def stored(value: Value) -> Value:
    """A copy of a value, made of nothing but what a workflow can keep.

    Raises:
        StorageError: Something inside can't be kept, or it is deeper than `STORED_DEPTH_MAX`
            or has more than `STORED_ITEMS_MAX` items.
    """
    if type(value) in _KEPT:
        return value
    return _Copy().of(value, 0)


def isolated(value: Value) -> Value:
    """A copy of the lists and objects of a value that `stored` made; what is inside them can't be changed anyway."""
    kind = type(value)
    if kind is dict:
        return {
            key: item if type(item) is not dict and type(item) is not list else isolated(item)
            for key, item in value.items()
        }
    if kind is list:
        return [item if type(item) is not dict and type(item) is not list else isolated(item) for item in value]
    return value


_KEPT: Final = frozenset({type(None), bool, bytes, date, datetime})
"""Types whose every value is kept as it is."""


class _Copy:
    """One copying; counts the items."""

    __slots__ = ("_items",)

    def __init__(self) -> None:
        self._items = 0

    def of(self, value: Value, depth: int) -> Value:
        kind = type(value)
        if kind in _KEPT:
            return value
        if kind is str:
            return _text(value)
        if kind is int:
            return _whole(value)
        if kind is float:
            return _number(value)
        if kind is dict:
            return self._object(value, depth)
        if kind is list or kind is tuple:
            return self._list(value, depth)
        return self._unusual(value, depth)

    def _list(self, items: Any, depth: int) -> list[Value]:  # Any: a sized iterable of anything
        self._enter(len(items), depth)
        copies: list[Value] = []
        try:
            for item in items:
                kind = type(item)
                # Without a call where there is nothing to do: half the time for lists and objects of plain texts.
                as_it_is = kind in _KEPT or (kind is str and item.isascii())
                copies.append(item if as_it_is else self.of(item, depth + 1))
        except StorageError as error:
            raise error.within(f"[{len(copies)}]") from None
        return copies

    def _object(self, mapping: Mapping[Any, Any], depth: int) -> dict[str, Value]:  # Any: not yet known to be text
        self._enter(len(mapping), depth)
        copies: dict[str, Value] = {}
        for key, item in mapping.items():
            name = key if type(key) is str else _key(key)
            try:
                if not name.isascii():
                    _text(name)
                kind = type(item)
                as_it_is = kind in _KEPT or (kind is str and item.isascii())
                copies[name] = item if as_it_is else self.of(item, depth + 1)
            except StorageError as error:
                raise error.within(f".{name}" if name.isidentifier() else f"[{name!r}]") from None
        return copies

    def _enter(self, size: int, depth: int) -> None:
        if depth >= STORED_DEPTH_MAX:
            raise StorageError(
                f"nested more than {STORED_DEPTH_MAX} levels deep",
                "it may contain itself; return the parts that are needed",
            )
        self._items += size
        if self._items > STORED_ITEMS_MAX:
            raise StorageError(
                f"the value has more than {STORED_ITEMS_MAX:,} items", "write it to a file and return the path"
            )

    def _unusual(self, value: Any, depth: int) -> Value:  # Any: whatever a task returned
        for types, convert in _CONVERSIONS:
            if isinstance(value, types):
                return self.of(convert(value), depth)
        if isinstance(value, Decimal):
            return _decimal(value)
        if isinstance(value, tuple) and hasattr(value, "_asdict"):
            return self._object(value._asdict(), depth)
        if isinstance(value, (list, tuple, deque)):
            return self._list(value, depth)
        if isinstance(value, Mapping):
            return self._object(value, depth)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return self._object({part.name: getattr(value, part.name) for part in dataclasses.fields(value)}, depth)
        if isinstance(value, msgspec.Struct):
            return self._object(msgspec.structs.asdict(value), depth)
        if not isinstance(value, type):
            for method in _OWN_CONVERSIONS.get(type(value).__module__.partition(".")[0], ("model_dump",)):
                if callable(getattr(value, method, None)):
                    return self.of(getattr(value, method)(), depth + 1)
        raise _refused(value)


def _plain_text(value: str) -> str:
    return str.__str__(value)


def _plain_time(value: datetime) -> datetime:
    # Subclasses, such as pandas' Timestamp, carry nanoseconds and methods of their own.
    return datetime.combine(
        date(value.year, value.month, value.day),
        time(value.hour, value.minute, value.second, value.microsecond, value.tzinfo, fold=value.fold),
    )


_CONVERSIONS: Final[tuple[tuple[type | tuple[type, ...], Callable[[Any], Value]], ...]] = (  # Any: as tested before
    (enum.Enum, lambda value: value.value),
    (str, _plain_text),
    (int, int),
    (datetime, _plain_time),
    (date, lambda value: date(value.year, value.month, value.day)),
    (float, float),
    ((bytes, bytearray, memoryview), bytes),
    ((UUID, PurePath), str),
)
_OWN_CONVERSIONS: Final = {"numpy": ("tolist",)}
"""Package → the method by which its objects give plain values; elsewhere `model_dump`, pydantic's."""


def _text(value: str) -> str:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise StorageError(
                "text with half of a surrogate pair, which no UTF-8 file can hold",
                "decode it with errors='replace', or return bytes",
            ) from None
    return value


def _whole(value: int) -> int:
    # Python itself refuses to write much larger ones as text (CVE-2020-10735).
    if value.bit_length() <= INT_BITS_MAX:
        return value
    raise StorageError(
        f"a whole number of {value.bit_length():,} bits; at most {INT_BITS_MAX:,} are kept", "return text"
    )


def _number(value: float) -> float:
    if math.isfinite(value):
        return value
    raise StorageError(f"`{value}` is no number that JSON can hold", "return None or text instead")


def _decimal(value: Decimal) -> Decimal:
    if value.is_finite():
        return value
    raise StorageError(f"the decimal `{value}` is no number that JSON can hold", "return None or text instead")


def _key(key: Any) -> str:  # Any: a key of a task's own mapping
    if isinstance(key, enum.Enum) and isinstance(key.value, str):
        return key.value
    if isinstance(key, str):
        return str.__str__(key)
    raise StorageError(f"the key {_short(key)} is {_called(key)}; keys are text", "use str(key)")


_HELP: Final[tuple[tuple[type | tuple[type, ...], str], ...]] = (
    ((set, frozenset, Set), "its order is by chance; return sorted(…)"),
    (timedelta, "return .total_seconds()"),
    (time, "return .isoformat()"),
    (BaseException, "raise it, or return str(error)"),
    (IOBase, "close it, and return what was read or its path"),
    (Iterator, "return list(…)"),
    (type, "return a value, not a class"),
)


def _refused(value: Any) -> StorageError:  # Any: whatever a task returned
    help = next((text for types, text in _HELP if isinstance(value, types)), "")
    if not help and callable(value):
        help = "call it, and return what it gives"
    return StorageError(
        f"{_called(value)} can't be kept", help or "return lists, objects, text, numbers, dates or bytes"
    )


def _called(value: Any) -> str:  # Any: whatever a task returned
    kind = type(value)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _short(value: Any) -> str:  # Any: whatever a task returned
    try:
        text = repr(value)
    except Exception:  # a task's own class may fail here, and the message matters more than this part of it
        text = "…"
    return text if len(text) <= 40 else f"{text[:39]}…"
