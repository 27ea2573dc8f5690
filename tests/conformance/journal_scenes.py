"""A small journal with one of everything, for the tests of damage and of old versions."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from braid.journal.owner import Owner
from braid.journal.records import RunEnding, RunHead, WorkflowFile
from braid.journal.sqlite import SqliteJournal
from braid.machine.events import Event, ResultDropped, ResultKept, RunEdited
from braid.testing.journals import all_events, succeeded

FILE = WorkflowFile("brief.braid.yaml", "/home/author", "name: brief\nsteps:\n" + "  - log: hello\n" * 40)
LARGE = "large" * 15_000
FIXED_OWNER = Owner("elsewhere.example", 4242, "boot", "17", "token")
ENDING = RunEnding("succeeded", 9.0)


def scene_head(run_id: str) -> RunHead:
    return RunHead(id=run_id, workflow="brief", started=1.0, files=(FILE,), notes={"allow_path": True})


def scene() -> dict[str, list[Event]]:
    """Runs and their events."""
    steps: list[Event] = [succeeded(f"gather/{index}/fetch", {"n": index, "text": "t" * index}) for index in range(60)]
    of_version_1 = [event for event in all_events() if not isinstance(event, RunEdited | ResultKept | ResultDropped)]
    return {"ended": of_version_1, "owned": steps, "unbegun": [*steps[:5], succeeded("big", LARGE), *steps[5:9]]}


async def write_scene(folder: Path) -> None:
    journal = SqliteJournal(folder)
    events = scene()
    for run_id in ("ended", "owned"):
        await journal.begin(scene_head(run_id), FIXED_OWNER)
    for run_id, of_run in events.items():
        for start in range(0, len(of_run), 7):
            await journal.append(run_id, of_run[start : start + 7])
    await journal.release("ended", FIXED_OWNER, ENDING)
    await journal.close()


@contextlib.contextmanager
def locked(path: Path) -> Iterator[sqlite3.Connection]:
    """Another writer's transaction."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other
