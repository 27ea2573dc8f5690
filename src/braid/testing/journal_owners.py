"""What every journal must do about the owners of runs: a part of `JournalSuite`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from braid.journal.errors import RunOwnedError, RunUnknownError
from braid.journal.owner import Owner
from braid.journal.protocol import Journal
from braid.journal.records import RunEnding, WorkflowFile
from braid.testing.journal_events import dead_owner, distant_owner, head, succeeded

Scenario = Callable[[Journal], Awaitable[None]]


class JournalScenes:
    """A subclass says how a journal is made."""

    def make(self, folder: Path) -> Journal:
        """A new journal, which may keep its files in the folder."""
        raise NotImplementedError

    def play(self, folder: Path, scenario: Scenario) -> None:
        """Run a scenario with a new journal, and close that."""

        async def play() -> None:
            journal = self.make(folder)
            try:
                await scenario(journal)
            finally:
                await journal.close()

        asyncio.run(play())


class OwnerSuite(JournalScenes):
    """Tests for pytest."""

    # Owners.

    def test_a_run_is_running_while_its_owner_lives(self, tmp_path: Path) -> None:
        async def scenario(journal: Journal) -> None:
            owner = Owner.here()
            await journal.begin(head("mine"), owner)
            await journal.begin(head("dead"), dead_owner())
            await journal.begin(head("distant"), distant_owner())
            states = {run.id: run.status for run in journal.runs()}
            assert states == {"mine": "running", "dead": "interrupted", "distant": "running"}
            await journal.release("mine", owner, RunEnding("succeeded", 9.0))
            record = journal.run("mine")
            assert record is not None
            assert (record.status, record.ending, record.owner) == ("succeeded", RunEnding("succeeded", 9.0), None)

        self.play(tmp_path, scenario)

    def test_a_live_owner_s_run_is_refused_by_its_name(self, tmp_path: Path) -> None:
        async def scenario(journal: Journal) -> None:
            owner = Owner.here()
            await journal.begin(head("r"), owner)
            with pytest.raises(RunOwnedError, match=f"`r` belongs to process {owner.pid} on") as caught:
                await journal.claim("r", Owner.here())
            assert caught.value.owner == owner
            await journal.claim("r", owner)

        self.play(tmp_path, scenario)

    def test_a_dead_owner_s_run_is_free_and_goes_on(self, tmp_path: Path) -> None:
        async def scenario(journal: Journal) -> None:
            await journal.begin(head("r"), dead_owner())
            await journal.append("r", [succeeded("a")])
            await journal.claim("r", Owner.here())
            await journal.append("r", [succeeded("b")])
            assert list(journal.events("r")) == [succeeded("a"), succeeded("b")]

        self.play(tmp_path, scenario)

    def test_another_machine_s_run_is_free_only_by_force(self, tmp_path: Path) -> None:
        async def scenario(journal: Journal) -> None:
            await journal.begin(head("r"), distant_owner())
            with pytest.raises(RunOwnedError, match=r"elsewhere\.example"):
                await journal.claim("r", Owner.here())
            await journal.claim("r", Owner.here(), take=True)

        self.play(tmp_path, scenario)

    def test_a_released_run_must_be_claimed_to_go_on(self, tmp_path: Path) -> None:
        async def scenario(journal: Journal) -> None:
            owner, next_owner = Owner.here(), Owner.here()
            await journal.begin(head("r"), owner)
            await journal.release("r", owner, RunEnding("interrupted", 5.0))
            with pytest.raises(RunOwnedError, match="must be claimed"):
                await journal.append("r", [succeeded("a")])
            await journal.claim("r", next_owner)
            await journal.append("r", [succeeded("a")])
            record = journal.run("r")
            assert record is not None
            assert (record.ending, record.owner, record.events) == (None, next_owner, 1)

        self.play(tmp_path, scenario)

    def test_only_its_owner_releases_a_run(self, tmp_path: Path) -> None:
        async def scenario(journal: Journal) -> None:
            await journal.begin(head("r"), Owner.here())
            with pytest.raises(RunOwnedError):
                await journal.release("r", Owner.here(), RunEnding("failed", 5.0))

        self.play(tmp_path, scenario)

    def test_an_unknown_run_has_no_owner(self, tmp_path: Path) -> None:
        async def scenario(journal: Journal) -> None:
            with pytest.raises(RunUnknownError, match="`r`"):
                await journal.claim("r", Owner.here())
            with pytest.raises(RunUnknownError, match="`r`"):
                await journal.release("r", Owner.here(), RunEnding("failed", 5.0))

        self.play(tmp_path, scenario)

    # Forgetting.

    def test_forgotten_runs_leave_the_others_whole(self, tmp_path: Path) -> None:
        async def scenario(journal: Journal) -> None:
            shared, own = WorkflowFile("a.yaml", "/f", "name: a"), WorkflowFile("b.yaml", "/f", "name: b")
            large = succeeded("a", "x" * 100_000)
            for run_id, files in (("one", (shared, own)), ("two", (shared,))):
                owner = Owner.here()
                await journal.begin(head(run_id, *files), owner)
                await journal.append(run_id, [large, succeeded("b", run_id * 50_000)])
                await journal.release(run_id, owner, RunEnding("succeeded", 9.0))
            await journal.forget(["one", "never"])
            assert [run.id for run in journal.runs()] == ["two"]
            assert (list(journal.events("one")), journal.head("one")) == ([], None)
            assert list(journal.events("two")) == [large, succeeded("b", "two" * 50_000)]
            assert journal.head("two") == head("two", shared)
            await journal.begin(head("one"), Owner.here())
            assert list(journal.events("one")) == []

        self.play(tmp_path, scenario)

    def test_a_running_run_is_not_forgotten(self, tmp_path: Path) -> None:
        async def scenario(journal: Journal) -> None:
            await journal.append("free", [succeeded("a")])
            await journal.begin(head("r"), Owner.here())
            with pytest.raises(RunOwnedError, match="`r`"):
                await journal.forget(["free", "r"])
            assert {run.id for run in journal.runs()} == {"free", "r"}

        self.play(tmp_path, scenario)
