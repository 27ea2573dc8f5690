"""Durations."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from braid.expressions import DurationError, format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("250ms", 0.25), ("30s", 30), ("5m", 300), ("1h30m", 5400), ("2d", 172800), ("1.5h", 5400), ("1h 30m", 5400),
        ("PT1H", 3600), ("P1DT2H", 93600), ("PT0.5S", 0.5), ("p1w", 604800), ("0", 0), (0, 0), ("0s", 0), (" 1s ", 1),
    ],
)  # fmt: skip
def test_duration_in_seconds(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "30",
        "s",
        "1x",
        "-5s",
        "1m1h",
        "1s1s",
        "P1Y",
        "P",
        "PT",
        "PT1",
        "1h30",
        "9" * 200 + "s",
        "999999d",
        "1,5s",
        "٣s",
    ],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(DurationError):
        parse_duration(text)


@pytest.mark.parametrize(("value", "help_text"), [(30, "write `30s`"), ("30", "write `30s`"), ("5 min", "write `5m`")])
def test_error_says_what_to_write(value: str | int, help_text: str) -> None:
    with pytest.raises(DurationError) as caught:
        parse_duration(value)
    assert caught.value.help == help_text


@given(st.integers(min_value=0, max_value=10**9))
def test_formatted_duration_is_read_as_the_same(millis: int) -> None:
    assert parse_duration(format_duration(millis / 1000)) == pytest.approx(millis / 1000, abs=1e-6)


@given(st.text(max_size=20))
def test_any_text_is_a_duration_or_an_error(text: str) -> None:
    with contextlib.suppress(DurationError):
        assert parse_duration(text) >= 0
