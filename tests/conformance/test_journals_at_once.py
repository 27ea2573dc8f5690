"""The SQLite journal at `normal`: small batches are committed on the loop's own thread, where nothing is waited for."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from journal_scenes import locked

from braid.journal import sqlite_file, sqlite_rows
from braid.journal.errors import JournalLostError, ValueTooLargeError
from braid.journal.owner import Owner
from braid.journal.sqlite import Durability, SqliteJournal
from braid.journal.sqlite_runs import RunTable
from braid.journal.sqlite_writer import AT_ONCE_COMMITS_MAX, AT_ONCE_RUNS_MAX
from braid.machine.events import TaskSucceeded
from braid.testing.journals import head, succeeded


async def begun(folder: Path) -> SqliteJournal:
    """A journal of normal durability with a run and one event."""
    journal = SqliteJournal(folder, durability=Durability.NORMAL)
    await journal.begin(head("r"), Owner.here(), [succeeded("begun")])
    return journal


def addresses(journal: SqliteJournal, run_id: str = "r") -> list[str]:
    return [event.address for event in journal.events(run_id) if isinstance(event, TaskSucceeded)]


async def test_small_batches_are_committed_at_once_where_no_disk_is_waited_for(tmp_path: Path) -> None:
    journal = await begun(tmp_path)
    assert journal.append_now("r", [succeeded("a"), succeeded("b")])
    # Another connection sees it, so it is committed.
    assert addresses(journal) == ["begun", "a", "b"]
    await journal.close()


async def test_nothing_is_committed_at_once_where_the_disk_is_waited_for(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path)
    await journal.append("r", [succeeded("a")])
    assert not journal.append_now("r", [succeeded("b")])
    assert addresses(journal) == ["a"]
    await journal.close()


@pytest.mark.parametrize("size", [40_000, 100_000])
async def test_large_batches_are_left_to_the_thread(tmp_path: Path, size: int) -> None:
    journal = await begun(tmp_path)
    batch = [succeeded("large", "x" * size)]
    assert not journal.append_now("r", batch)
    await journal.append("r", batch)
    assert addresses(journal) == ["begun", "large"]
    await journal.close()


async def test_a_value_that_is_too_large_is_told_of_by_append(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_rows, "VALUE_BYTES_MAX", 100_000)
    journal = await begun(tmp_path)
    batch = [succeeded("a", "x" * 100_000)]
    assert not journal.append_now("r", batch)
    with pytest.raises(ValueTooLargeError):
        await journal.append("r", batch)
    await journal.close()


async def test_a_lock_does_not_hold_up_the_loop(tmp_path: Path) -> None:
    journal = await begun(tmp_path)
    assert journal.append_now("r", [succeeded("a")])
    with locked(journal.path) as other:
        began = time.perf_counter()
        assert not journal.append_now("r", [succeeded("b")])
        appending = asyncio.ensure_future(journal.append("r", [succeeded("b")]))
        await asyncio.sleep(0)
        # Far less than the 15 seconds for which the thread waits, however busy the machine is.
        assert time.perf_counter() - began < 5
        assert not appending.done()
        other.execute("COMMIT")
        await appending
    assert journal.append_now("r", [succeeded("c")])
    assert addresses(journal) == ["begun", "a", "b", "c"]
    await journal.close()


async def test_nothing_overtakes_a_batch_that_waits_for_the_thread(tmp_path: Path) -> None:
    journal = await begun(tmp_path)
    with locked(journal.path) as other:
        left = asyncio.ensure_future(journal.append("r", [succeeded("a")]))
        await asyncio.sleep(0)
        left.cancel()
        assert not journal.append_now("r", [succeeded("b")])
        later = asyncio.ensure_future(journal.append("r", [succeeded("b")]))
        await asyncio.sleep(0)
        other.execute("COMMIT")
        await later
    assert addresses(journal) == ["begun", "a", "b"]
    await journal.close()


async def test_the_thread_keeps_the_log_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_file, "CHECKPOINT_PAGES", AT_ONCE_COMMITS_MAX)
    journal, refused = await begun(tmp_path), 0
    log = journal.path.with_name("journal.sqlite-wal")
    for number in range(3 * AT_ONCE_COMMITS_MAX):
        batch = [succeeded(str(number))]
        if not journal.append_now("r", batch):
            refused += 1
            await journal.append("r", batch)
    # Two turns each time: one takes the log into the file, the next begins it anew.
    assert refused in (4, 5, 6)
    assert log.stat().st_size < 4 * AT_ONCE_COMMITS_MAX * sqlite_file.PAGE_BYTES
    assert len(addresses(journal)) == 3 * AT_ONCE_COMMITS_MAX + 1
    await journal.close()


async def test_many_runs_at_once_share_the_commits_of_the_thread(tmp_path: Path) -> None:
    journal = await begun(tmp_path)
    for number in range(AT_ONCE_RUNS_MAX):
        await journal.append(f"r{number}", [succeeded("a")])
    assert not journal.append_now("r", [succeeded("b")])
    await journal.close()


async def test_whoever_interrupts_a_commit_may_not_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = await begun(tmp_path)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(RunTable, "_entered", interrupted)
        with pytest.raises(KeyboardInterrupt):
            journal.append_now("r", [succeeded("a")])
    assert not journal.append_now("r", [succeeded("b")])
    with pytest.raises(JournalLostError, match="resume"):
        await journal.append("r", [succeeded("b")])
    assert addresses(journal) == ["begun"]
    await journal.close()
