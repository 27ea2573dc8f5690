"""A damaged SQLite journal: what can be read is right, what can't is told, and nothing ends in a traceback."""

from __future__ import annotations

import asyncio
import contextlib
import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from journal_scenes import scene, scene_head, write_scene

from braid.journal.errors import JournalCorruptError, JournalError
from braid.journal.sqlite import SqliteJournal
from braid.testing.journals import succeeded

SEEDS = 200
EVENTS = scene()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    asyncio.run(write_scene(folder))
    return folder


@pytest.fixture
def state(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "state"))


def change(path: Path, edit: Callable[[bytearray], object]) -> None:
    content = bytearray(path.read_bytes())
    edit(content)
    path.write_bytes(content)


def read_all(folder: Path) -> bool:
    """Read a journal in every way; whether it told of damage. What it gives must be what was written."""
    try:
        journal = SqliteJournal(folder)
    except JournalError:
        return True
    told = False
    try:
        assert [run.id for run in journal.runs()] == ["unbegun", "owned", "ended"]
    except JournalCorruptError:
        told = True
    for run_id, events in EVENTS.items():
        read = []
        try:
            for event in journal.events(run_id):
                read.append(event)
            assert read == events
            assert run_id == "unbegun" or journal.head(run_id) == scene_head(run_id)
        except JournalCorruptError:
            told = True
            assert read == events[: len(read)]
    return told


def append_one(folder: Path) -> None:
    async def append() -> None:
        journal = SqliteJournal(folder)
        try:
            await journal.append("new", [succeeded("a")])
        finally:
            await journal.close()

    asyncio.run(append())


def test_a_flipped_bit_is_told_or_changes_nothing(state: Path) -> None:
    path = state / "journal.sqlite"
    content, told = path.read_bytes(), 0
    for seed in range(SEEDS):
        chance = random.Random(seed)
        flipped = bytearray(content)
        flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
        path.write_bytes(flipped)

        told += read_all(state)
    # The rest is in parts of pages that hold nothing.
    assert told > SEEDS / 4


def test_a_journal_cut_anywhere_is_told_of(state: Path) -> None:
    path = state / "journal.sqlite"
    content = path.read_bytes()
    for seed in range(40):
        path.write_bytes(content[: random.Random(seed).randrange(len(content))])

        assert read_all(state)


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0", b"not a database at all" * 99, bytes(8192)])
def test_what_is_no_journal_any_more_is_told_of_and_left_alone(state: Path, content: bytes) -> None:
    path = state / "journal.sqlite"
    path.write_bytes(content)

    with pytest.raises(JournalError, match=r"journal\.sqlite (is damaged|is a database)"):
        SqliteJournal(state)
    assert path.read_bytes() == content


def test_the_events_before_the_damage_can_be_read(state: Path) -> None:
    def spoil(content: bytearray) -> None:
        at = content.index(b"gather/33/fetch")
        content[at] ^= 1

    change(state / "journal.sqlite", spoil)
    journal = SqliteJournal(state)

    with pytest.raises(JournalCorruptError, match=r"run `owned` .* damaged at event 34 of 60: .*the 33 before it"):
        list(journal.events("owned"))
    health = journal.check()
    assert {run.id: (run.readable, bool(run.problem)) for run in health.runs} == {
        "ended": (len(EVENTS["ended"]), False),
        "owned": (33, True),
        "unbegun": (len(EVENTS["unbegun"]), False),
    }
    assert not health.whole


def test_a_whole_journal_is_called_whole(state: Path) -> None:
    assert SqliteJournal(state).check().whole


def test_events_that_are_gone_from_the_end_are_missed(state: Path) -> None:
    database = sqlite3.connect(state / "journal.sqlite")
    with database:
        database.execute("DELETE FROM events WHERE run = 2 AND seq = 59")
    database.close()

    with pytest.raises(JournalCorruptError, match="event 60 of 60: it is missing"):
        list(SqliteJournal(state).events("owned"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("head = x'00'", "run `owned` in .* can't be read: its description isn't what was written"),
        ("events = 'many'", "run `owned` in .* can't be read: its numbers"),
    ],
)
def test_the_other_runs_are_listed_before_a_damaged_one_is_told_of(state: Path, change: str, message: str) -> None:
    with contextlib.closing(sqlite3.connect(state / "journal.sqlite")) as connection, connection:
        connection.execute(f"UPDATE runs SET {change} WHERE id = 'owned'")
    listed: list[str] = []
    with pytest.raises(JournalCorruptError, match=message) as caught:
        listed.extend(run.id for run in SqliteJournal(state).runs())
    assert listed == ["unbegun", "ended"]
    assert caught.value.run_id == "owned"


def test_events_that_changed_places_are_told_of(state: Path) -> None:
    database = sqlite3.connect(state / "journal.sqlite")
    with database:
        (first,) = database.execute("SELECT data FROM events WHERE run = 2 AND seq = 3").fetchone()
        database.execute("UPDATE events SET data = ? WHERE run = 2 AND seq = 4", (first,))
    database.close()

    with pytest.raises(JournalCorruptError, match="event 5 of 60"):
        list(SqliteJournal(state).events("owned"))


def test_a_missing_blob_is_told_with_its_step(state: Path) -> None:
    shutil.rmtree(state / "blobs")

    with pytest.raises(
        JournalCorruptError, match=r"event 6 of 10: the value of step `big`: the file blobs/.* is missing"
    ):
        list(SqliteJournal(state).events("unbegun"))


def test_a_changed_blob_is_told_with_its_step(state: Path) -> None:
    (blob,) = (path for path in (state / "blobs").glob("*/*"))
    change(blob, lambda content: content.__setitem__(5000, content[5000] ^ 1))

    with pytest.raises(JournalCorruptError, match=r"step `big`: the file blobs/.* is damaged"):
        list(SqliteJournal(state).events("unbegun"))


def test_a_flipped_bit_in_the_log_of_a_killed_writer_loses_the_end_at_most(tmp_path: Path) -> None:
    live, copy = tmp_path / "live", tmp_path / "copy"
    events = [succeeded(f"a/{index}", "t" * index) for index in range(40)]

    async def leave_a_log() -> None:
        journal = SqliteJournal(live)
        for event in events:
            await journal.append("r", [event])
        shutil.copytree(live, copy, ignore=shutil.ignore_patterns("*-shm"))
        await journal.close()

    asyncio.run(leave_a_log())
    log = (copy / "journal.sqlite-wal").read_bytes()
    database = (copy / "journal.sqlite").read_bytes()
    for seed in range(40):
        chance = random.Random(seed)
        flipped = bytearray(log)
        flipped[chance.randrange(len(log))] ^= 1 << chance.randrange(8)
        (copy / "journal.sqlite").write_bytes(database)
        (copy / "journal.sqlite-wal").write_bytes(flipped)

        read = []
        try:
            for event in SqliteJournal(copy).events("r"):
                read.append(event)
        except JournalCorruptError:
            pass
        assert read == events[: len(read)]


def test_a_journal_with_damaged_pages_is_not_written_to(state: Path) -> None:
    # The number of the first free page: were it believed, a page in use would be written over.
    change(state / "journal.sqlite", lambda content: content.__setitem__(slice(32, 40), b"\0\0\0\4\0\0\0\1"))

    with pytest.raises(JournalCorruptError, match="damaged"):
        append_one(state)
