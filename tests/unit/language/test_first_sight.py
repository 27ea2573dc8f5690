"""What fits at first sight is what the walk lets through, unchanged."""

from __future__ import annotations

import enum
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from braid.language.first_sight import at_first_sight
from braid.language.shape import Reading, read_shape
from braid.language.shape_types import StructShape
from braid.language.task_kind import FieldRule, TaskFields, described, registry


class Colour(enum.Enum):
    RED = "red"


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    a: int = 0


class Fields(TaskFields, frozen=True, kw_only=True):
    whole: int = 0
    real: float = 0.0
    text: str = ""
    flag: bool = False
    anything: Any = None
    maybe: str | None = None
    number: int | float | str = 0
    mapping: dict[str, Any] = msgspec.field(default_factory=dict)
    words: dict[str, str] = msgspec.field(default_factory=dict)
    items: list[Any] = msgspec.field(default_factory=list)
    numbers: list[int] = msgspec.field(default_factory=list)
    pair: tuple[int, ...] = ()
    moment: datetime | str | None = None
    positive: Annotated[int, msgspec.Meta(ge=1)] = 1
    code: Annotated[str, msgspec.Meta(pattern="^a")] | str = "a"
    colour: Colour | str = "blue"
    mode: Literal["on", "off"] = "on"
    inner: Inner | dict[str, Any] = msgspec.field(default_factory=dict)
    wait: Annotated[str, described("", FieldRule(format="duration"))] = "1s"
    renamed: int = msgspec.field(name="other", default=0)


class Needing(TaskFields, frozen=True, kw_only=True):
    must: str
    may: int = 0


scalars = (
    st.none() | st.booleans() | st.integers(-2, 2) | st.floats(-1, 1) | st.sampled_from(["", "a", "red", "on", "1s"])
    | st.sampled_from([datetime(2026, 1, 5, tzinfo=UTC), Decimal("1.5"), b"x", object])
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "b", 1]), inner, max_size=2),
    max_leaves=4,
)
keys = st.sampled_from([*Fields.__struct_encode_fields__, "unknown"])


@given(st.dictionaries(keys, values, max_size=3))
def test_what_fits_at_first_sight_passes_the_walk_unchanged(resolved: dict[str, Any]) -> None:
    found = at_first_sight(Fields, resolved)
    if found is not None:
        reading = Reading()
        walked = read_shape(dict(resolved), StructShape(Fields), reading)
        assert reading.problems == []
        assert msgspec.structs.asdict(found) == msgspec.structs.asdict(walked)


def test_required_fields_are_looked_for() -> None:
    assert at_first_sight(Needing, {"may": 1}) is None
    assert at_first_sight(Needing, {"must": "x"}) == Needing(must="x")


@pytest.mark.parametrize(
    ("kind", "resolved"),
    [
        ("python", {"call": "m:f"}),
        ("python", {"call": "m:f", "with": {"x": 1, "rows": [{}]}}),
        ("log", {"message": "hello"}),
    ],
)
def test_common_arguments_need_no_closer_look(kind: str, resolved: dict[str, Any]) -> None:
    fields = at_first_sight(registry.get(kind).fields, resolved)
    assert fields is not None
    assert all(getattr(fields, name) is not None for name in fields.__struct_fields__ if name in resolved)


@pytest.mark.parametrize(
    "resolved",
    [{"positive": 0}, {"words": {"a": 1}}, {"mapping": {1: 2}}, {"whole": True}, {"mode": "up"}, {"unknown": 1}],
)
def test_what_does_not_fit_is_looked_at_closer(resolved: dict[str, Any]) -> None:
    assert at_first_sight(Fields, resolved) is None
