"""A nursery whose engine has a planted fault: `python faulty_nursery.py FAULT`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from braid.execution.executor import Executor
from braid.journal.sqlite import SqliteJournal
from braid.machine.events import Event, TaskSucceeded
from braid.testing.prove_nursery import serve


async def go_on(executor: Executor) -> None:
    """Acts before the journal has what it acts on."""
    while executor.outcome is None:
        if not executor._inbox:
            await executor._arrival()
            continue
        batch, executor._inbox = executor._inbox, []
        executor._handle(batch, batch[-1].time)
        await executor._kept(batch)


whole_append = SqliteJournal.append


async def append(journal: SqliteJournal, run_id: str, events: Sequence[Event]) -> None:
    """Says that it kept what it did not keep."""
    await whole_append(journal, run_id, [event for event in events if not isinstance(event, TaskSucceeded)])


if __name__ == "__main__":
    match sys.argv[1]:
        case "hasty":
            Executor._go_on = go_on  # type: ignore[method-assign]  # the fault
        case "forgetful":
            SqliteJournal.append = append  # type: ignore[method-assign]  # the fault
    serve()
