"""The encoding: what goes in comes out, with its type; damage is told, never decoded."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from braid.journal.codec import (
    CODEC_VERSION,
    CodecError,
    decode_event,
    decode_value,
    encode_event,
    encode_value,
)
from braid.machine.events import TaskFailed, TaskSucceeded
from braid.testing.journals import all_events

offsets = st.integers(-1439, 1439).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes)))
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=2**60, max_value=2**200)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.dates()
    | st.datetimes()
    | st.datetimes(timezones=offsets)
    | st.datetimes(timezones=st.sampled_from([ZoneInfo("Europe/Berlin"), ZoneInfo("America/Lima"), ZoneInfo("UTC")]))
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=20
)


@given(values)
def test_a_value_comes_back_as_it_was(value: Any) -> None:
    # repr tells 1 from True, and the offsets of equal moments apart.
    assert repr(decode_value(encode_value(value))) == repr(value)


@given(values, st.dictionaries(st.text(), values, max_size=3))
def test_an_event_comes_back_as_it_was(value: Any, details: dict[str, Any]) -> None:
    succeeded = TaskSucceeded(time=1.0, address="a", attempt=1, value=value, started=0.5)
    failed = TaskFailed(time=1.0, address="a", attempt=1, type="t", message="m", started=0.5, details=details)
    for event in (succeeded, failed):
        assert repr(decode_event(encode_event(event))) == repr(event)


@pytest.mark.parametrize("event", all_events(), ids=lambda event: type(event).__name__)
def test_every_event_comes_back_as_it_was(event: Any) -> None:
    assert repr(decode_event(encode_event(event))) == repr(event)


def test_encoding_changes_nothing_in_the_event_itself() -> None:
    value = {"price": Decimal("1.10")}
    event = TaskSucceeded(time=1.0, address="a", attempt=1, value=value, started=0.5)
    encode_event(event)
    assert event.value is value
    assert value == {"price": Decimal("1.10")}


def test_a_no_op_step_takes_little_room() -> None:
    event = TaskSucceeded(time=1.7e9, address="gather/0/fetch", attempt=1, value=None, started=1.7e9)
    assert len(encode_event(event)) < 120


@given(st.binary(max_size=200))
def test_any_other_bytes_are_refused_in_words(data: bytes) -> None:
    for attempt in (data, bytes([CODEC_VERSION]) + data):
        try:
            event = decode_event(attempt)
        except CodecError:
            continue
        assert repr(decode_event(encode_event(event))) == repr(event)


@given(st.integers(0, 10_000), st.sampled_from(all_events()))
def test_a_truncated_event_is_refused(length: int, event: Any) -> None:
    data = encode_event(event)
    with pytest.raises(CodecError):
        decode_event(data[: length % len(data)])


def test_a_later_version_is_refused_by_number() -> None:
    with pytest.raises(CodecError, match="version 99"):
        decode_event(bytes([99]) + encode_event(all_events()[0])[1:])
