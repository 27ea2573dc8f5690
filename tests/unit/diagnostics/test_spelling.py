"""Did you mean …?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from braid.diagnostics import nearest

KEYS = ["id", "if", "steps", "parallel", "foreach", "max_concurrency", "timeout", "fallback", "retry", "branches"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("stpes", "steps"), ("pararell", "parallel"), ("for_each", "foreach"), ("ForEach", "foreach"),
        ("max-concurrency", "max_concurrency"), ("maxConcurrency", "max_concurrency"), ("timeouts", "timeout"),
        ("branch", "branches"), ("retyr", "retry"), ("fallbak", "fallback"),
    ],
)  # fmt: skip
def test_a_slip_finds_what_was_meant(written: str, meant: str) -> None:
    assert nearest(written, KEYS) == meant


@pytest.mark.parametrize("written", ["x", "ie", "banana", "", "z" * 10_000])
def test_no_silly_guess(written: str) -> None:
    assert nearest(written, KEYS) is None


def test_the_closest_wins_and_of_equals_the_first() -> None:
    assert nearest("forecst", ["forecasts", "forecast"]) == "forecast"
    assert nearest("step_x", ["step_a", "step_b"]) == "step_a"


@given(st.text(min_size=4, max_size=20), st.data())
def test_one_lost_character_is_always_found(name: str, data: st.DataObject) -> None:
    lost = data.draw(st.integers(0, len(name) - 1))
    written = name[:lost] + name[lost + 1 :]
    compared, whole = (text.casefold().replace("-", "").replace("_", "") for text in (written, name))
    # Folding makes two characters of one such as ß; its loss is two slips.
    if written != name and len(compared) >= 3 and len(whole) - len(compared) <= 1:
        assert nearest(written, [name]) == name
