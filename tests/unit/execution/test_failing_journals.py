"""A journal that doesn't take a value, or fails in the middle of a run: what becomes of the run."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from cut_runs import THREE, written

import braid
from braid.journal.errors import (
    JournalError,
    JournalFullError,
    JournalLockedError,
    JournalLostError,
    ValueTooLargeError,
)
from braid.journal.memory import MemoryJournal
from braid.journal.owner import Owner
from braid.journal.records import RunEnding
from braid.journal.sqlite import SqliteJournal
from braid.machine.events import Event, TaskFailed

# Values that the journal doesn't take.


@pytest.fixture
def small_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("braid.journal.sqlite_rows.VALUE_BYTES_MAX", 70_000)


@pytest.mark.usefixtures("small_values")
def test_a_value_that_is_too_large_for_the_journal_fails_its_step_and_the_run_goes_on(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """\
name: w
steps:
  - id: both
    parallel:
      settle: true
      branches:
        large: [{id: large, python: {code: "return 'x' * 100_000"}, retry: 3}]
        small: [{id: small, python: {code: "return 'x' * 60_000"}}]
        caught: [{id: caught, python: {code: "return ['y'] * 100_000"}, fallback: {value: "{{ error.message }}"}}]
  - set: "{{ [both.large.error.type, both.large.error.message, both.small.value | length, both.caught.value] }}"
""",
    )
    result = braid.run(path, run_id="r")

    told = "takes {} bytes; at most 70,000 are kept: write it to a file and return the path"
    assert result.status == "succeeded"
    assert result.output == [
        "result",
        "the value of step `both/large/large` " + told.format("100,005"),
        60_000,
        "the value of step `both/caught/caught` " + told.format("200,005"),
    ]
    # Another attempt gives another value of that size.
    assert result.steps["both/large/large"].attempts == 1
    journal = SqliteJournal(tmp_path / ".braid")
    assert len([event for event in journal.events("r") if isinstance(event, TaskFailed)]) == 2
    assert journal.check().whole


@pytest.mark.usefixtures("small_values")
def test_inputs_that_are_too_large_for_the_journal_begin_no_run(tmp_path: Path) -> None:
    path = written(tmp_path, "name: w\ninputs: {text: {type: string}}\nsteps: [{set: 1}]\n")
    with pytest.raises(ValueTooLargeError, match=r"the inputs of the run take 100,\d+ bytes; at most 70,000"):
        braid.run(path, {"text": "x" * 100_000}, run_id="r")
    assert SqliteJournal(tmp_path / ".braid").run("r") is None
    assert braid.run(path, {"text": "x"}, run_id="r").succeeded


# A journal that fails.


class Failing(MemoryJournal):
    """Refuses its append of this number, and from then on all, until it is mended."""

    def __init__(self, error: JournalError, number: int) -> None:
        super().__init__()
        self.error: JournalError | None = error
        self.number = number

    async def append(self, run_id: str, events: Sequence[Event]) -> None:
        self.number -= 1 if events else 0
        if events and self.number <= 0 and self.error is not None:
            raise self.error
        await super().append(run_id, events)

    async def release(self, run_id: str, owner: Owner, ending: RunEnding) -> None:
        if self.number <= 0 and self.error is not None:
            raise self.error
        await super().release(run_id, owner, ending)


@pytest.mark.parametrize("kind", [JournalFullError, JournalLockedError, JournalLostError])
def test_a_run_that_its_journal_stopped_goes_on_in_the_same_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: type[JournalError]
) -> None:
    monkeypatch.chdir(tmp_path)
    path = written(tmp_path, THREE)
    journal = Failing(kind("it failed"), 2)
    with pytest.raises(kind, match="it failed") as caught:
        braid.run(path, journal=journal, run_id="r")
    assert caught.value.stopped == "r"
    with pytest.raises(kind):
        # Still so: nothing is lost by trying.
        braid.resume("r", journal=journal)
    assert len(list(journal.events("r"))) == 2
    journal.error = None

    assert braid.resume("r", journal=journal).status == "succeeded"
    # `b` was done each time, and its result never kept.
    assert (tmp_path / "done").read_text() == "abbbc"


def test_a_full_file_stops_a_run_which_goes_on_when_there_is_room(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """\
name: w
steps:
  - foreach:
      items: "{{ range(40) | list }}"
      steps: [{python: {code: "return 'x' * 5000"}}]
""",
    )

    async def run_full() -> None:
        journal = SqliteJournal(tmp_path / ".braid", bytes_max=100_000)
        try:
            await braid.arun(path, journal=journal, run_id="r")
        finally:
            await journal.close()

    with pytest.raises(JournalFullError, match="there is no room"):
        asyncio.run(run_full())
    kept = len(list(SqliteJournal(tmp_path / ".braid").events("r")))
    assert 5 < kept < 40

    result = braid.resume("r", state=tmp_path / ".braid")
    assert (result.status, len(result.output)) == ("succeeded", 40)
