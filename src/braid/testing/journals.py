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
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from braid.journal.protocol import Journal
from braid.machine.events import (
    CancelRequested,
    Event,
    RunStarted,
    TaskCancelled,
    TaskFailed,
    TaskSucceeded,
    TimerFired,
)

VALUES: Sequence[Any] = (  # Any: values of a workflow
    None,
    True,
    0,
    -(2**63),
    2**64,
    -(10**4000),
    1.5,
    "",
    "ß日本\U0001f600",
    b"\x00\xff",
    Decimal("1.10"),
    dt.date(2026, 1, 5),
    dt.datetime(2026, 1, 5, 9, 0, 0, 1),
    dt.datetime(2026, 1, 5, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30))),
    [],
    {},
    {"rows": [{"price": Decimal("0.00"), "raw": b"x", "on": dt.date(1, 1, 1)}, None]},
)
"""One of each kind that a workflow can hold."""


def all_events() -> list[Event]:
    """One of each event, and one result of each kind of value."""
    return [
        RunStarted(time=1.0, run_id="r", workflow="w", inputs={"n": 2**70}, env={"HOME": "/"}, max_concurrency=3),
        *(
            TaskSucceeded(time=2.0, address=f"a/{index}", attempt=1, value=value, started=1.5)
            for index, value in enumerate(VALUES)
        ),
        TaskFailed(
            time=3.0,
            address="b",
            attempt=2,
            type="http",
            message="503",
            started=2.5,
            details={"status": 503, "at": dt.date(2026, 1, 5)},
            retryable=False,
            retry_after=1.5,
        ),
        TaskCancelled(time=4.0, address="c", attempt=1, started=3.5),
        TimerFired(time=5.0, address="", name="timeout"),
        CancelRequested(time=6.0, reason="enough"),
    ]


class JournalSuite:
    """Tests for pytest; a subclass says how a journal is made."""

    def make(self, folder: Path) -> Journal:
        """A new journal, which may keep its files in the folder."""
        raise NotImplementedError

    def test_events_come_back_equal_and_in_order(self, tmp_path: Path) -> None:
        async def scenario() -> None:
            journal, events = self.make(tmp_path), all_events()
            await journal.append("r", events[:3])
            await journal.append("r", events[3:])
            assert list(journal.events("r")) == events
            await journal.close()

        asyncio.run(scenario())

    def test_values_come_back_with_their_types(self, tmp_path: Path) -> None:
        async def scenario() -> None:
            journal = self.make(tmp_path)
            await journal.append("r", all_events())
            values = [event.value for event in journal.events("r") if isinstance(event, TaskSucceeded)]
            assert [repr(value) for value in values] == [repr(value) for value in VALUES]
            await journal.close()

        asyncio.run(scenario())

    def test_runs_do_not_see_each_other(self, tmp_path: Path) -> None:
        async def scenario() -> None:
            journal = self.make(tmp_path)
            one, two = CancelRequested(time=1.0, reason="one"), CancelRequested(time=2.0, reason="two")
            await asyncio.gather(journal.append("one", [one]), journal.append("two", [two]))
            assert list(journal.events("one")) == [one]
            assert list(journal.events("two")) == [two]
            assert list(journal.events("three")) == []
            await journal.close()

        asyncio.run(scenario())

    def test_what_is_kept_does_not_change_with_the_caller_s_list(self, tmp_path: Path) -> None:
        async def scenario() -> None:
            journal = self.make(tmp_path)
            batch: list[Event] = [CancelRequested(time=1.0)]
            await journal.append("r", batch)
            batch.clear()
            assert len(list(journal.events("r"))) == 1
            await journal.close()

        asyncio.run(scenario())

    def test_an_empty_batch_is_kept_as_nothing(self, tmp_path: Path) -> None:
        async def scenario() -> None:
            journal = self.make(tmp_path)
            await journal.append("r", [])
            assert list(journal.events("r")) == []
            await journal.close()

        asyncio.run(scenario())
