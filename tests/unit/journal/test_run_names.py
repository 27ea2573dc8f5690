"""Runs by the names that people give."""

from __future__ import annotations

import asyncio

import pytest

from braid.journal.memory import MemoryJournal
from braid.journal.owner import Owner
from braid.journal.records import RunHead
from braid.journal.run_names import RunNameError, find_run


def journal(*run_ids: str) -> MemoryJournal:
    """A journal with these runs, the last one the latest to begin."""
    made = MemoryJournal()

    async def begin() -> None:
        for run_id in run_ids:
            await made.begin(RunHead(id=run_id, workflow="w", started=1.0), Owner.here())

    asyncio.run(begin())
    return made


RUNS = journal("20260105-090000-aaaaa", "20260105-090000-bbbbb", "20260106-100000-aaaaa", "mine", "mine-too")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("20260105-090000-aaaaa", "20260105-090000-aaaaa"),
        ("20260105-090000-b", "20260105-090000-bbbbb"),
        ("20260106", "20260106-100000-aaaaa"),
        # An id wins over what it begins.
        ("mine", "mine"),
        ("mine-", "mine-too"),
        ("last", "mine-too"),
    ],
)
def test_a_run_is_found_by_its_id_a_unique_beginning_or_as_the_last(name: str, found: str) -> None:
    assert find_run(RUNS, name).id == found


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("2026", "`2026` begins the names of 3 runs: 20260106-100000-aaaaa, 20260105-090000-bbbbb, 2026"),
        ("20260105", "begins the names of 2 runs"),
        ("mime", "there is no run `mime`; did you mean `mine`?"),
        ("zzzzzzzzzz", "there is no run `zzzzzzzzzz`; see `braid runs`"),
        ("", "there is no run ``"),
        # A wildcard of SQL or of a shell is no wildcard here.
        ("%", "there is no run `%`"),
        ("*", "there is no run `*`"),
    ],
)
def test_a_name_of_no_run_or_of_several_is_told_with_what_there_is(name: str, told: str) -> None:
    with pytest.raises(RunNameError) as caught:
        find_run(RUNS, name)
    assert told in str(caught.value)


def test_of_many_runs_only_some_are_named() -> None:
    with pytest.raises(RunNameError, match=r"begins the names of 30 runs: (r\d+, ){4}r\d+ and 25 more$"):
        find_run(journal(*(f"r{number}" for number in range(30))), "r")


@pytest.mark.parametrize("name", ["last", "r"])
def test_without_runs_the_way_to_make_one_is_told(name: str) -> None:
    with pytest.raises(RunNameError, match="there are no runs yet: `braid run FILE` makes one"):
        find_run(journal(), name)


def test_a_run_that_is_called_last_is_found_by_a_beginning() -> None:
    runs = journal("last", "other")
    assert find_run(runs, "last").id == "other"
    assert find_run(runs, "las").id == "last"
