"""Python's search for garbage while a run is replayed."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from braid.history.fewer_searches import fewer_searches


@pytest.fixture(autouse=True)
def _thresholds() -> Iterator[None]:
    usual = gc.get_threshold()
    yield
    gc.set_threshold(*usual)


def test_searches_are_rarer_meanwhile_and_as_before_afterwards() -> None:
    gc.set_threshold(700, 10, 10)
    with fewer_searches():
        assert gc.get_threshold()[0] > 700
    assert gc.get_threshold() == (700, 10, 10)
    with pytest.raises(LookupError), fewer_searches():
        raise LookupError
    assert gc.get_threshold() == (700, 10, 10)


@pytest.mark.parametrize("first", [0, 10_000_000])
def test_what_was_put_off_already_stays_so(first: int) -> None:
    gc.set_threshold(first, 10, 10)
    with fewer_searches():
        assert gc.get_threshold() == (first, 10, 10)
    assert gc.get_threshold() == (first, 10, 10)
