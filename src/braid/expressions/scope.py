"""What an expression can see of the world."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final, Protocol

from braid.expressions.errors import EvaluationError
from braid.expressions.limits import ITEMS_MAX
from braid.expressions.values import Value

GLOBAL_NAMES: Final = frozenset({"now", "uuid", "random", "range", "dict"})
"""Functions that every expression has. Called, they are no references to steps or variables."""

TEMPLATE_GLOBAL_NAMES: Final = GLOBAL_NAMES | {"namespace"}
"""Functions that a `template:` text has."""


class Scope(Protocol):
    """The names an expression can use, and its only sources of time and chance."""

    def lookup(self, name: str) -> Value:
        """The value of a name; `KeyError` if it isn't visible."""
        ...

    def names(self) -> Iterable[str]:
        """The names visible now, for "did you mean"."""
        ...

    def now(self) -> datetime:
        """The time of the event being handled, UTC and aware."""
        ...

    def entropy(self) -> bytes:
        """32 bytes, others at each call, the same on every replay."""
        ...


class MappingScope:
    """A scope over a mapping, for tests and simple uses.

    Args:
        values: The visible names.
        now: What `now()` gives; the start of 2026 when absent, since nothing here may read a clock.
        seed: From which `uuid()` and `random()` follow.
    """

    __slots__ = ("_count", "_now", "_seed", "_values")

    def __init__(
        self, values: Mapping[str, Value] | None = None, *, now: datetime | None = None, seed: bytes | str = b""
    ) -> None:
        self._values = {} if values is None else values
        self._now = now or datetime(2026, 1, 1, tzinfo=UTC)
        self._seed = seed.encode() if isinstance(seed, str) else seed
        self._count = 0

    def lookup(self, name: str) -> Value:
        return self._values[name]

    def names(self) -> Iterable[str]:
        return self._values.keys()

    def now(self) -> datetime:
        return self._now

    def entropy(self) -> bytes:
        self._count += 1
        return hashlib.sha256(self._seed + b"\0" + str(self._count).encode()).digest()


def uuid_from(entropy: bytes) -> str:
    """A version 4 UUID (RFC 9562, 5.4) whose random bits are the first 16 bytes."""
    raw = bytearray(entropy[:16])
    raw[6] = raw[6] & 0x0F | 0x40
    raw[8] = raw[8] & 0x3F | 0x80
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def fraction_from(entropy: bytes) -> float:
    """A number in [0, 1) from the first 53 bits."""
    return (int.from_bytes(entropy[:7], "big") >> 3) / (1 << 53)


def limited_range(*bounds: Value) -> list[int]:
    """`range(stop)`, `range(start, stop)` or `range(start, stop, step)` as a list.

    Raises:
        EvaluationError: More than `ITEMS_MAX` numbers, or a bound that is no integer.
    """
    if not 1 <= len(bounds) <= 3 or not all(type(bound) is int for bound in bounds):
        raise EvaluationError("`range` takes one to three integers: stop, or start, stop and step", "type")
    numbers = range(*bounds)
    # Not len(): it overflows above the machine's word.
    if numbers and abs((numbers[-1] - numbers[0]) // numbers.step) >= ITEMS_MAX:
        raise EvaluationError(f"`range` would give more than {ITEMS_MAX:,} numbers", "limit")
    return list(numbers)
