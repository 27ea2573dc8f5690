"""What every journal must do: a suite for journals of one's own as well.

```python
class TestMyJournal(JournalSuite):
    def make(self, tmp_path):
        return MyJournal(tmp_path / "journal")
```
"""

from __future__ import annotations

import asyncio
import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from braid.journal.errors import RunExistsError, RunOwnedError, RunUnknownError
from braid.journal.owner import Owner
from braid.journal.protocol import Journal
from braid.journal.records import Request, RunEnding, WorkflowFile
from braid.machine.events import (
    CancelRequested,
    Event,
    ResultKept,
    RunEdited,
    RunStarted,
    TaskFailed,
    TaskSucceeded,
)
from braid.testing.journal_events import FILE, VALUES, all_events, dead_owner, distant_owner, head, succeeded
from braid.testing.journal_owners import OwnerSuite

__all__ = ["VALUES", "JournalSuite", "all_events", "dead_owner", "distant_owner", "head", "succeeded"]


class JournalSuite(OwnerSuite):
    """Tests for pytest; a subclass says how a journal is made."""

    # Events.

    def test_events_come_back_equal_and_in_order(self, tmp_path: Path) -> None:
        async def scenario(journal: Journal) -> None:
            events = all_events()
            await journal.append("r", events[:3])
            await journal.append("r", events[3:])
            assert list(journal.events("r")) == events

        self.play(tmp_path, scenario)

    def test_values_come_back_with_their_types(self, tmp_path: Path) -> None:
        async def scenario(journal: Journal) -> None:
            await journal.append("r", all_events())
            for kind in (TaskSucceeded, ResultKept):
                values = [event.value for event in journal.events("r") if isinstance(event, kind)]
                assert [repr(value) for value in values] == [repr(value) for value in VALUES]

        self.play(tmp_path, scenario)

    def test_large_values_come_back_equal(self, tmp_path: Path) -> None:
        async def scenario(journal: Journal) -> None:
            events: list[Event] = [
                RunStarted(time=1.0, run_id="r", workflow="w", inputs={"text": "i" * 200_000}),
                *(succeeded(f"a/{size}", "x" * size) for size in (65_000, 65_536, 65_537, 3_000_000)),
                ResultKept(
                    time=3.0, address="k", attempt=1, value="k" * 70_000, started=2.0, place=0, fingerprint=b"f"
                ),
                succeeded("rows", [{"price": Decimal("1.10"), "on": dt.date(2026, 1, 5)}] * 5_000),
                TaskFailed(
                    time=3.0,
                    address="b",
                    attempt=1,
                    type="http",
                    message="",
                    started=2.0,
                    details={"body": b"y" * 70_000},
                ),
            ]
            await journal.append("r", events)
            assert list(journal.events("r")) == events

        self.play(tmp_path, scenario)

    def test_runs_do_not_see_each_other(self, tmp_path: Path) -> None:
        async def scenario(journal: Journal) -> None:
            one, two = CancelRequested(time=1.0, reason="one"), CancelRequested(time=2.0, reason="two")
            await asyncio.gather(journal.append("one", [one]), journal.append("two", [two]))
            assert list(journal.events("one")) == [one]
            assert list(journal.events("two")) == [two]
            assert list(journal.events("three")) == []

        self.play(tmp_path, scenario)

    def test_each_of_many_runs_at_once_keeps_its_order(self, tmp_path: Path) -> None:
        async def scenario(journal: Journal) -> None:
            async def write(run_id: str) -> None:
                for number in range(20):
                    await journal.append(run_id, [succeeded(f"{run_id}/{number}"), succeeded(f"{run_id}/{number}b")])

            await asyncio.gather(*(write(f"r{number}") for number in range(20)))
            for number in range(20):
                addresses = [
                    event.address for event in journal.events(f"r{number}") if isinstance(event, TaskSucceeded)
                ]
                assert addresses == [f"r{number}/{index}{end}" for index in range(20) for end in ("", "b")]

        self.play(tmp_path, scenario)

    def test_batches_of_a_run_are_kept_in_the_order_in_which_they_were_given(self, tmp_path: Path) -> None:
        async def scenario(journal: Journal) -> None:
            await asyncio.gather(*(journal.append("r", [succeeded(str(number))]) for number in range(50)))
            events = [event.address for event in journal.events("r") if isinstance(event, TaskSucceeded)]
            assert events == [str(number) for number in range(50)]

        self.play(tmp_path, scenario)

    def test_what_is_kept_does_not_change_with_the_caller_s_list(self, tmp_path: Path) -> None:
        async def scenario(journal: Journal) -> None:
            batch: list[Event] = [CancelRequested(time=1.0)]
            await journal.append("r", batch)
            batch.clear()
            assert len(list(journal.events("r"))) == 1

        self.play(tmp_path, scenario)

    def test_what_is_appended_now_is_kept_or_left_to_append(self, tmp_path: Path) -> None:
        async def scenario(journal: Journal) -> None:
            await journal.append("r", [succeeded("first")])
            kept: list[Event] = [succeeded("first")]
            for number in range(2_500):
                if not journal.append_now("r", [succeeded(str(number))]):
                    assert len(list(journal.events("r"))) == len(kept)
                    await journal.append("r", [succeeded(str(number))])
                kept.append(succeeded(str(number)))
            assert list(journal.events("r")) == kept

        self.play(tmp_path, scenario)

    def test_nobody_appends_now_to_a_run_that_is_not_theirs(self, tmp_path: Path) -> None:
        async def scenario(journal: Journal) -> None:
            owner = Owner.here()
            await journal.begin(head("r"), owner, [succeeded("a")])
            await journal.release("r", owner, RunEnding("interrupted", 5.0))
            assert not journal.append_now("r", [succeeded("b")])
            with pytest.raises(RunOwnedError):
                await journal.append("r", [succeeded("b")])
            assert list(journal.events("r")) == [succeeded("a")]

        self.play(tmp_path, scenario)

    def test_the_last_edit_is_found(self, tmp_path: Path) -> None:
        async def scenario(journal: Journal) -> None:
            edits = [RunEdited(time=float(place), files=(FILE,), kinds=("log",)) for place in range(2)]
            kept = ResultKept(time=3.0, address="k", attempt=1, value=1, started=2.0, place=0, fingerprint=b"f")
            await journal.append("r", [succeeded("a"), kept])
            assert journal.last_edit("r") is None
            await journal.append("r", [edits[0], kept, edits[1], kept, succeeded("b")])
            assert journal.last_edit("r") == (4, edits[1])
            assert journal.last_edit("unknown") is None

        self.play(tmp_path, scenario)

    def test_an_empty_batch_is_kept_as_nothing(self, tmp_path: Path) -> None:
        async def scenario(journal: Journal) -> None:
            await journal.append("r", [])
            assert list(journal.events("r")) == []
            assert list(journal.runs()) == []

        self.play(tmp_path, scenario)

    def test_closing_again_does_nothing(self, tmp_path: Path) -> None:
        async def scenario(journal: Journal) -> None:
            await journal.append("r", [CancelRequested(time=1.0)])
            await journal.close()

        self.play(tmp_path, scenario)

    # Runs.

    def test_runs_are_listed_the_latest_first(self, tmp_path: Path) -> None:
        async def scenario(journal: Journal) -> None:
            owner = Owner.here()
            await journal.begin(head("one"), owner)
            await journal.append("one", [succeeded("a"), succeeded("b")])
            await journal.append("two", [RunStarted(time=7.0, run_id="two", workflow="other", inputs={})])
            two, one = journal.runs()
            assert (one.id, one.workflow, one.started, one.ending, one.owner, one.events) == (
                "one",
                "w",
                1.0,
                None,
                owner,
                2,
            )
            assert (two.id, two.workflow, two.started, two.ending, two.owner, two.events) == (
                "two",
                "other",
                7.0,
                None,
                None,
                1,
            )
            assert journal.run("one") == one
            assert journal.run("three") is None

        self.play(tmp_path, scenario)

    def test_what_a_run_began_with_comes_back(self, tmp_path: Path) -> None:
        async def scenario(journal: Journal) -> None:
            # The second has the text of the first, and came from no file.
            files = FILE, WorkflowFile("b.yaml", "/f/g", FILE.text), WorkflowFile("c.yaml", "/f/g", "")
            for run_id in ("one", "two"):
                await journal.begin(head(run_id, *files), Owner.here())
                assert journal.head(run_id) == head(run_id, *files)
            assert journal.head("three") is None

        self.play(tmp_path, scenario)

    def test_a_run_begins_once(self, tmp_path: Path) -> None:
        async def scenario(journal: Journal) -> None:
            await journal.begin(head("r"), Owner.here())
            with pytest.raises(RunExistsError, match="`r`"):
                await journal.begin(head("r", FILE), Owner.here(), [succeeded("b")])
            assert journal.head("r") == head("r")
            assert list(journal.events("r")) == []

        self.play(tmp_path, scenario)

    def test_a_run_begins_with_its_first_events(self, tmp_path: Path) -> None:
        async def scenario(journal: Journal) -> None:
            first: list[Event] = [succeeded("kept", "x" * 100_000), *all_events()]
            await journal.begin(head("r"), Owner.here(), first)
            record = journal.run("r")
            assert record is not None
            assert (record.events, record.status) == (len(first), "running")
            await journal.append("r", [succeeded("next")])
            assert list(journal.events("r")) == [*first, succeeded("next")]

        self.play(tmp_path, scenario)

    # Requests.

    def test_requests_wait_in_their_order_until_they_are_answered(self, tmp_path: Path) -> None:
        async def scenario(journal: Journal) -> None:
            for run_id in ("r", "s"):
                await journal.begin(head(run_id), Owner.here())
            assert list(journal.asked("r")) == []
            first = Request(id="b", kind="cancel", time=1.0, reason="enough ß")
            second = Request(id="a", kind="cancel", time=2.0)
            for request in (second, first):
                await journal.ask("r", request)
            assert list(journal.asked("r")) == [first, second]
            assert list(journal.asked("s")) == []
            journal.answered("r", first)
            journal.answered("r", first)
            assert list(journal.asked("r")) == [second]
            journal.answered("r", second)
            assert list(journal.asked("r")) == []

        self.play(tmp_path, scenario)

    def test_a_request_outlives_the_owner_and_goes_with_the_run(self, tmp_path: Path) -> None:
        async def scenario(journal: Journal) -> None:
            request = Request(id="a", kind="cancel", time=1.0)
            await journal.begin(head("r"), dead_owner())
            await journal.ask("r", request)
            owner = Owner.here()
            await journal.claim("r", owner)
            assert list(journal.asked("r")) == [request]
            await journal.release("r", owner, RunEnding("failed", 2.0))
            await journal.forget(["r"])
            await journal.begin(head("r"), owner)
            assert list(journal.asked("r")) == []

        self.play(tmp_path, scenario)

    def test_nobody_can_be_asked_about_an_unknown_run(self, tmp_path: Path) -> None:
        async def scenario(journal: Journal) -> None:
            with pytest.raises(RunUnknownError, match="`r`"):
                await journal.ask("r", Request(id="a", kind="cancel", time=1.0))
            assert list(journal.asked("r")) == []

        self.play(tmp_path, scenario)
