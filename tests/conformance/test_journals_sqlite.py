"""What only the SQLite journal promises: about other processes, full disks, places that can't be used, room."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from journal_scenes import locked

from braid.journal import sqlite_file, sqlite_rows
from braid.journal.blobs import BlobStore
from braid.journal.errors import (
    JournalAccessError,
    JournalError,
    JournalFullError,
    JournalLockedError,
    RunOwnedError,
    RunUnknownError,
    ValueTooLargeError,
)
from braid.journal.owner import Owner
from braid.journal.records import RunEnding
from braid.journal.sqlite import Durability, SqliteJournal
from braid.machine.events import Event
from braid.testing.journals import dead_owner, head, succeeded

LOCKED_SECONDS = 5.2


# Locks.


async def test_another_writer_s_lock_of_five_seconds_is_waited_out(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path)
    with locked(journal.path) as other:
        loop = asyncio.get_running_loop()
        began = loop.time()
        loop.call_later(LOCKED_SECONDS, other.execute, "COMMIT")
        await journal.append("r", [succeeded("a")])
        assert loop.time() - began >= LOCKED_SECONDS
    assert list(journal.events("r")) == [succeeded("a")]
    await journal.close()


async def test_a_lock_without_end_is_told_of_and_the_journal_goes_on_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_file, "BUSY_SECONDS", 0.1)
    journal = SqliteJournal(tmp_path)
    with locked(journal.path):
        with pytest.raises(JournalLockedError, match="another process"):
            await journal.append("r", [succeeded("a")])
        assert list(journal.runs()) == []
    await journal.append("r", [succeeded("b")])
    assert list(journal.events("r")) == [succeeded("b")]
    await journal.close()


# Room.


async def test_a_full_journal_keeps_all_or_nothing_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    small = SqliteJournal(tmp_path, bytes_max=120_000)
    owner = Owner.here()
    kept: list[Event] = []
    await small.begin(head("r"), owner)

    async def fill() -> None:
        for number in range(100):
            batch: list[Event] = [succeeded(f"{number}/{part}", "x" * 2_000) for part in range(5)]
            await small.append("r", batch)
            kept.extend(batch)

    with pytest.raises(JournalFullError, match="no room"):
        await fill()
    assert kept
    assert list(small.events("r")) == kept
    # What still fits is taken.
    await small.append("r", [succeeded("small")])
    await small.release("r", owner, RunEnding("interrupted", 5.0))
    await small.close()

    roomy = SqliteJournal(tmp_path)
    await roomy.claim("r", owner)
    await roomy.append("r", [succeeded("more", "x" * 60_000)])
    assert list(roomy.events("r")) == [*kept, succeeded("small"), succeeded("more", "x" * 60_000)]
    assert roomy.check().whole
    await roomy.close()


async def test_forgetting_gives_room_back_to_the_disk(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path)
    for number in range(5):
        await journal.append(f"r{number}", [succeeded(f"{index}", "x" * 5_000) for index in range(40)])
        await journal.append(f"r{number}", [succeeded("large", f"{number}" * 100_000)])
    await journal.forget([f"r{number}" for number in range(4)])
    await journal.close()

    assert journal.path.stat().st_size < 400_000
    assert len(list((tmp_path / "blobs").glob("*/*"))) == 1


async def test_a_step_that_did_nothing_takes_at_most_300_bytes(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path)
    await journal.append("r", [succeeded("first")])
    await journal.close()
    before = journal.path.stat().st_size
    journal, steps = SqliteJournal(tmp_path, durability=Durability.NORMAL), 2_000
    for start in range(0, steps, 10):
        await journal.append(
            "r", [succeeded(f"gather/weather/forecasts/{index}/forecast") for index in range(start, start + 10)]
        )
    await journal.close()

    assert (journal.path.stat().st_size - before) / steps <= 300


async def test_a_value_that_is_too_large_is_refused_with_its_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_rows, "VALUE_BYTES_MAX", 100_000)
    journal = SqliteJournal(tmp_path)
    with pytest.raises(ValueTooLargeError, match=r"step `a/b` takes 100,005 bytes; at most 100,000") as caught:
        await journal.append("r", [succeeded("small"), succeeded("a/b", "x" * 100_000)])
    assert caught.value.address == "a/b"
    assert list(journal.runs()) == []
    await journal.close()


# Places.


async def test_equal_large_values_take_room_once(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path)
    await journal.append("r", [succeeded(f"{index}", "x" * 100_000) for index in range(5)])
    await journal.close()

    assert [path.stat().st_size for path in (tmp_path / "blobs").glob("*/*")] == [100_005]
    assert journal.path.stat().st_size < 100_000


def test_a_place_that_is_a_file_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")

    with pytest.raises(JournalAccessError, match="isn't a folder"):
        SqliteJournal(tmp_path / "state")
    with pytest.raises(JournalAccessError, match="isn't a folder"):
        SqliteJournal(tmp_path / "state" / "deeper")


def test_a_journal_that_is_a_folder_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").mkdir()

    with pytest.raises(JournalAccessError, match="folder"):
        SqliteJournal(tmp_path)


def test_looking_for_a_journal_makes_none(tmp_path: Path) -> None:
    with pytest.raises(JournalAccessError, match="no journal in"):
        SqliteJournal(tmp_path / "state", create=False)
    assert not (tmp_path / "state").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere; tests/e2e/test_journal_crash.py mounts a place")
def test_a_place_without_permission_is_told_of(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    with pytest.raises(JournalAccessError, match="give permission"):
        SqliteJournal(tmp_path / "state")


def test_what_a_process_left_that_died_while_it_made_a_journal_is_deleted(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left = [tmp_path / f".journal.sqlite.{dead.pid}.new{suffix}" for suffix in ("", "-wal", "-shm")]
    others = [tmp_path / f".journal.sqlite.{os.getpid()}.new", tmp_path / ".journal.sqlite.bak.new", tmp_path / "x.new"]
    for path in (*left, *others):
        path.write_text("")
    # This process makes one itself, which takes that name.
    SqliteJournal(tmp_path)
    SqliteJournal(tmp_path)

    assert not any(path.exists() for path in left)
    assert [path.exists() for path in others] == [False, True, True]


def test_a_journal_that_is_being_made_is_left_alone(tmp_path: Path) -> None:
    SqliteJournal(tmp_path)
    living = tmp_path / f".journal.sqlite.{os.getppid()}.new"
    living.write_text("")
    SqliteJournal(tmp_path)

    assert living.exists()


def test_a_journal_swept_while_it_is_made_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = os.link
    tries: list[Path] = []

    def swept_once(source: Path, target: Path) -> None:
        tries.append(target)
        if len(tries) == 1:
            source.unlink()
        link(source, target)

    monkeypatch.setattr(os, "link", swept_once)
    SqliteJournal(tmp_path)

    assert len(tries) == 2
    assert os.listdir(tmp_path) == ["journal.sqlite"]


def test_odd_characters_in_a_path_do_no_harm(tmp_path: Path) -> None:
    folder = tmp_path / "a b?c#d%20é"
    asyncio.run(append_and_close(folder))

    assert list(SqliteJournal(folder).events("r")) == [succeeded("a")]


async def append_and_close(folder: Path) -> None:
    journal = SqliteJournal(folder)
    await journal.append("r", [succeeded("a")])
    await journal.close()


# Ending.


async def test_nothing_is_left_behind(tmp_path: Path) -> None:
    threads = set(threading.enumerate())
    await append_and_close(tmp_path)

    assert set(threading.enumerate()) == threads
    assert os.listdir(tmp_path) == ["journal.sqlite"]


async def test_reading_starts_no_thread_and_leaves_no_file(tmp_path: Path) -> None:
    await append_and_close(tmp_path)
    threads = set(threading.enumerate())
    journal = SqliteJournal(tmp_path, create=False)
    assert len(list(journal.events("r"))) == 1

    assert set(threading.enumerate()) == threads
    assert os.listdir(tmp_path) == ["journal.sqlite"]


async def test_closing_keeps_what_was_asked_for(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path)
    asked = [asyncio.ensure_future(journal.append(f"r{number}", [succeeded("a")])) for number in range(50)]
    await asyncio.sleep(0)
    await journal.close()
    await asyncio.gather(*asked)

    assert len(list(SqliteJournal(tmp_path).runs())) == 50


async def test_a_caller_that_is_cancelled_harms_nobody(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path)
    with locked(journal.path) as other:
        first = asyncio.ensure_future(journal.append("r", [succeeded("a")]))
        await asyncio.sleep(0)
        first.cancel()
        second = asyncio.ensure_future(journal.append("s", [succeeded("b")]))
        await asyncio.sleep(0)
        other.execute("COMMIT")
        await second
    assert list(journal.events("s")) == [succeeded("b")]
    await journal.close()


def test_a_loop_that_ended_early_harms_nobody(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path)

    async def leave() -> None:
        with locked(journal.path):
            asyncio.ensure_future(journal.append("r", [succeeded("a")]))  # noqa: RUF006  it is to be abandoned
            await asyncio.sleep(0)

    asyncio.run(leave())
    asyncio.run(journal.append("s", [succeeded("b")]))
    assert list(journal.events("s")) == [succeeded("b")]
    asyncio.run(journal.close())


# Processes.


def test_a_forked_child_does_not_use_its_parent_s_connection(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path)
    asyncio.run(journal.append("r", [succeeded("a")]))
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()

    def child() -> None:
        try:
            asyncio.run(journal.append("r", [succeeded("b")]))
        except JournalError as error:
            answers.put(str(error))
        asyncio.run(journal.close())

    process = context.Process(target=child)
    process.start()
    process.join(30)
    assert "opened by the parent" in answers.get()
    asyncio.run(journal.append("r", [succeeded("c")]))
    assert list(journal.events("r")) == [succeeded("a"), succeeded("c")]
    asyncio.run(journal.close())


async def test_an_owner_that_lost_its_run_is_refused(tmp_path: Path) -> None:
    old, new = SqliteJournal(tmp_path), SqliteJournal(tmp_path)
    await old.begin(head("r"), dead_owner())
    await old.append("r", [succeeded("a")])
    await new.claim("r", Owner.here())
    with pytest.raises(RunOwnedError, match="belongs to process"):
        await old.append("r", [succeeded("old")])
    await new.append("r", [succeeded("b")])
    assert list(new.events("r")) == [succeeded("a"), succeeded("b")]
    await old.close()
    await new.close()


async def test_a_run_that_was_forgotten_meanwhile_is_not_written_to(tmp_path: Path) -> None:
    old, new = SqliteJournal(tmp_path), SqliteJournal(tmp_path)
    await old.begin(head("r"), dead_owner())
    await new.forget(["r"])
    refused, kept = await asyncio.gather(
        old.append("r", [succeeded("a")]), old.append("other", [succeeded("b")]), return_exceptions=True
    )
    assert isinstance(refused, RunUnknownError)
    assert kept is None
    await old.close()
    await new.close()


async def test_a_blob_that_was_swept_before_its_event_came_is_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, put = SqliteJournal(tmp_path), BlobStore.put
    swept: list[bytes] = []

    def put_and_sweep_once(store: BlobStore, content: bytes) -> bytes:
        digest = put(store, content)
        if not swept:
            swept.append(digest)
            store.sweep(lambda digest: False)
        return digest

    monkeypatch.setattr(BlobStore, "put", put_and_sweep_once)
    await journal.append("r", [succeeded("a", "x" * 100_000)])
    assert swept
    assert list(journal.events("r")) == [succeeded("a", "x" * 100_000)]
    await journal.close()
