"""What a workflow keeps of what a task returned."""

from __future__ import annotations

import collections
import dataclasses
import enum
import sys
import uuid
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from braid.language.stored import STORED_DEPTH_MAX, StorageError, isolated, stored

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.binary()
    | st.dates()
    | st.datetimes()
    | st.decimals(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
)


@dataclasses.dataclass
class Point:
    x: int
    rest: list[int]


class Colour(enum.Enum):
    RED = "red"


class Number(enum.IntEnum):
    ONE = 1


class Record(msgspec.Struct):
    a: int


class Model:
    """As pydantic's."""

    def model_dump(self) -> dict[str, Any]:  # Any: as pydantic's
        return {"a": (1,)}


class Stamp(datetime):
    """As pandas'."""


@given(PLAIN)
def test_plain_value_is_kept_equal_and_copied(value: Any) -> None:
    copy = stored(value)

    assert copy == value
    assert type(copy) is type(value)
    assert isolated(copy) == value
    if isinstance(value, (list, dict)):
        assert copy is not value
        assert isolated(copy) is not copy


def test_copy_shares_no_list_or_object() -> None:
    inner: list[int] = [1]
    value = {"a": [inner, {"b": inner}]}
    for copy in (stored(value), isolated(value)):
        copy["a"][0].append(2)
        copy["a"][1]["b"].append(3)

    assert inner == [1]


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ((1, (2,)), [1, [2]]),
        (collections.deque([1]), [1]),
        (collections.namedtuple("Pair", "a b")(1, (2,)), {"a": 1, "b": [2]}),
        (Point(1, [2]), {"x": 1, "rest": [2]}),
        (Record(1), {"a": 1}),
        (Model(), {"a": [1]}),
        (collections.OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        (collections.Counter("aab"), {"a": 2, "b": 1}),
        ({Colour.RED: Colour.RED}, {"red": "red"}),
        (Number.ONE, 1),
        (bytearray(b"a"), b"a"),
        (PurePosixPath("/a"), "/a"),
        (uuid.UUID(int=0), "00000000-0000-0000-0000-000000000000"),
        (Stamp(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 5, tzinfo=UTC)),
        (2**200, 2**200),
        (Decimal("1.50"), Decimal("1.50")),
        (date(2026, 1, 5), date(2026, 1, 5)),
    ],
)
def test_python_value_becomes_a_plain_one(value: Any, kept: Any) -> None:
    copy = stored([value])[0]

    assert copy == kept
    assert type(copy) is type(kept)


@pytest.mark.parametrize(
    ("value", "place", "words"),
    [
        ({"rows": [0, 1, 2, {"handle": sys.stdout}]}, "$.rows[3].handle", "TextIO|EncodedFile|CaptureIO"),
        ({"a b": [float("nan")]}, "$['a b'][0]", "nan"),
        (float("inf"), "$", "inf"),
        ({"n": [-(2**4096)]}, "$.n[0]", "4,097 bits; at most 4,096"),
        (Decimal("NaN"), "$", "NaN"),
        ([{1: 2}], "$[0]", r"the key 1 is an int.*str\(key\)"),
        ({1, 2}, "$", "sorted"),
        ((i for i in [1]), "$", "generator.*list"),
        ([print], "$[0]", "call it"),
        (Point, "$", "not a class"),
        (timedelta(1), "$", "total_seconds"),
        (time(1), "$", "isoformat"),
        (ValueError("x"), "$", "raise it"),
        ("a\ud800", "$", "surrogate"),
        ({"a\ud800": 1}, r"$['a\ud800']", "surrogate"),
        (object(), "$", "object"),
    ],
)
def test_value_that_can_not_be_kept_is_refused_with_its_place(value: Any, place: str, words: str) -> None:
    with pytest.raises(StorageError, match=words) as caught:
        stored(value)
    assert caught.value.place == place
    assert str(caught.value).startswith(place)


def test_value_that_contains_itself_is_refused() -> None:
    value: list[Any] = []
    value += [value, value]
    with pytest.raises(StorageError, match="may contain itself") as caught:
        stored(value)
    assert len(str(caught.value)) < 400


def test_depth_is_bounded() -> None:
    value: Any = 1
    for _ in range(STORED_DEPTH_MAX):
        value = [value]

    assert stored(value) == value
    with pytest.raises(StorageError, match="levels deep"):
        stored([value])


def test_small_value_that_unfolds_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("braid.language.stored.STORED_ITEMS_MAX", 1_000)
    value: list[Any] = []
    for _ in range(60):
        value = [value, value]
    with pytest.raises(StorageError, match="more than 1,000 items"):
        stored(value)
