"""Every journal passes the same suite."""

import asyncio
from pathlib import Path

from braid.journal.memory import MemoryJournal
from braid.journal.protocol import Journal
from braid.journal.sqlite import Durability, SqliteJournal
from braid.testing.journals import JournalSuite, all_events


class TestMemoryJournal(JournalSuite):
    def make(self, folder: Path) -> Journal:
        return MemoryJournal()


class TestSqliteJournal(JournalSuite):
    def make(self, folder: Path) -> Journal:
        return SqliteJournal(folder / "state" / "deep")


class TestSqliteJournalOfNormalDurability(JournalSuite):
    def make(self, folder: Path) -> Journal:
        return SqliteJournal(folder, durability=Durability.NORMAL)


def test_a_journal_that_keeps_nothing_holds_nothing() -> None:
    journal = MemoryJournal(keep=False)
    asyncio.run(journal.append("r", all_events()))
    assert list(journal.events("r")) == []
