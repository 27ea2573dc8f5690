"""A journal that an earlier version wrote can be read and gone on with for ever; a later one's is refused.

The fixtures are never written anew: `write_scene` of the version in their name made them.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sqlite3
from pathlib import Path

import pytest
from journal_scenes import ENDING, FIXED_OWNER, scene, scene_head

from braid.journal import sqlite_file
from braid.journal.errors import JournalVersionError
from braid.journal.owner import Owner
from braid.journal.sqlite import SqliteJournal
from braid.testing.journals import succeeded

FIXTURES = sorted((Path(__file__).parent / "fixtures").glob("journal_v*"))


@pytest.fixture(params=FIXTURES, ids=lambda path: path.name)
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return Path(shutil.copytree(request.param, tmp_path / "state"))


def test_the_first_version_has_a_fixture() -> None:
    assert [path.name for path in FIXTURES][:1] == ["journal_v1"]


def test_an_old_journal_gives_what_was_written(state: Path) -> None:
    journal = SqliteJournal(state)

    assert {run_id: list(journal.events(run_id)) for run_id in scene()} == scene()
    assert journal.head("ended") == scene_head("ended")
    unbegun, owned, ended = journal.runs()
    assert (ended.status, ended.ending, ended.owner) == ("succeeded", ENDING, None)
    assert (owned.status, owned.owner, owned.events) == ("running", FIXED_OWNER, 60)
    assert (unbegun.workflow, unbegun.events) == ("", 10)
    assert journal.check().whole


def test_an_old_journal_can_be_gone_on_with(state: Path) -> None:
    async def go_on() -> None:
        journal = SqliteJournal(state)
        await journal.claim("owned", Owner.here(), take=True)
        await journal.append("owned", [succeeded("next")])
        assert list(journal.events("owned")) == [*scene()["owned"], succeeded("next")]
        await journal.close()

    asyncio.run(go_on())


def test_a_later_version_s_journal_is_refused_and_left_alone(state: Path) -> None:
    with contextlib.closing(sqlite3.connect(state / "journal.sqlite")) as database:
        database.execute(f"PRAGMA user_version = {sqlite_file.SCHEMA_VERSION + 1}")
        database.commit()
    before = (state / "journal.sqlite").read_bytes()

    with pytest.raises(JournalVersionError, match="written by a later Braid"):
        SqliteJournal(state)
    assert (state / "journal.sqlite").read_bytes() == before


def test_another_program_s_database_is_refused(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "journal.sqlite")) as database:
        database.execute("CREATE TABLE runs (id)")

    with pytest.raises(JournalVersionError, match="no journal of Braid"):
        SqliteJournal(tmp_path)


def test_a_migration_is_done_once_and_wholly(state: Path) -> None:
    path = state / "journal.sqlite"

    def widen(database: sqlite3.Connection) -> None:
        database.execute("ALTER TABLE runs ADD COLUMN colour TEXT")

    def fail(database: sqlite3.Connection) -> None:
        widen(database)
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        sqlite_file.prepare(path, 2, {1: fail})
    for _ in range(2):
        sqlite_file.prepare(path, 2, {1: widen})

    with contextlib.closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (2,)
        assert database.execute("SELECT colour FROM runs").fetchall() == [(None,)] * 3


def test_a_migration_stands_for_each_earlier_version() -> None:
    assert sorted(sqlite_file.MIGRATIONS) == list(range(1, sqlite_file.SCHEMA_VERSION))
