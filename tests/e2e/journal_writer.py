"""A process that writes to a journal until it is killed or can't go on; says on stdout what has been promised.

python journal_writer.py FOLDER steps RUNS SIZE DURABILITY    `ok RUN N` after each append; all runs at once
python journal_writer.py FOLDER own                `ready` when it owns run `r`; then it waits
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from pathlib import Path

from braid.journal.errors import JournalError
from braid.journal.owner import Owner
from braid.journal.records import RunHead
from braid.journal.sqlite import Durability, SqliteJournal
from braid.machine.events import TaskSucceeded


def event(run_id: str, number: int, part: int, size: int) -> TaskSucceeded:
    """Every third batch holds a large value."""
    value = f"{run_id} {number} {part} " * (20_000 if number % 3 == 2 and part == 0 else size)
    return TaskSucceeded(time=float(number), address=f"{number}/{part}", attempt=1, value=value, started=0.0)


def batch(run_id: str, number: int, size: int) -> list[TaskSucceeded]:
    return [event(run_id, number, part, size) for part in range(3)]


async def write(journal: SqliteJournal, run_id: str, size: int) -> None:
    for number in itertools.count():
        events = batch(run_id, number, size)
        if not journal.append_now(run_id, events):
            await journal.append(run_id, events)
        print("ok", run_id, number, flush=True)
        await asyncio.sleep(0)


async def main(folder: str, what: str, runs: str = "1", size: str = "1", durability: str = "full") -> int:
    journal = SqliteJournal(Path(folder), durability=Durability(durability))
    if what == "own":
        await journal.begin(RunHead(id="r", workflow="w", started=1.0), Owner.here())
        print("ready", flush=True)
        await asyncio.Event().wait()
    try:
        await asyncio.gather(*(write(journal, f"r{number}", int(size)) for number in range(int(runs))))
    except JournalError as error:
        print("error", type(error).__name__, error, flush=True)
    await journal.close()
    return 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*sys.argv[1:])))
