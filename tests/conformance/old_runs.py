"""Makes a fixture of runs that can be gone on with: `python old_runs.py FOLDER`, once for each version of the encoding.

Each run is a real one of the Braid of its day, interrupted in its sleep, with its times and its paths moved to where no
machine has anything. `expected.json` says how each ends when it is resumed.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

import braid
from braid.journal.memory import MemoryJournal
from braid.journal.owner import Owner
from braid.journal.records import RunEnding, RunHead, WorkflowFile
from braid.journal.sqlite import SqliteJournal
from braid.machine.events import Event, RunEdited, TaskFailed, TaskSucceeded
from braid.testing.waiting import soon

LONG_AGO = 1_000_000_000.0
"""In 2001: whatever was due is due, on any machine."""
AUTHOR = "/home/author"

SOURCE = """\
name: brief
inputs: {who: {type: string}}
env: [CITY]
secrets: [TOKEN]
max_concurrency: 3
pools: {few: {limit: 2, rate: 50/1s}}
steps:
  - id: drawn
    set: {uuid: "{{ uuid() }}", random: "{{ random() }}"}
  - id: large
    python: {code: "return 'ß' * 40_000"}
  - id: hidden
    python: {code: "return secret", with: {secret: "{{ secrets.TOKEN }}"}}
  - id: race
    parallel:
      wait: any
      branches:
        slow: [{id: slow, delay: 2d}]
        quick: [{id: quick, pool: few, python: {code: "return 1"}}]
  - id: flaky
    python: {code: "raise ValueError('no')"}
    retry: {attempts: 3, delay: 1ms}
    fallback: {value: "{{ error.attempts }}"}
  - id: each
    foreach: {items: [1, 2, 3], as: n, steps: [{id: double, python: {code: "return n * 2", with: {n: "{{ n }}"}}}]}
  - id: inner
    call: {workflow: inner.braid.yaml, inputs: {n: "{{ each[2] }}"}}
  - id: nap
    delay: 700ms
  - id: last
    python: {code: "return n + 1", with: {n: 41}}
output:
  drawn: "{{ drawn }}"
  large: "{{ large | length }}"
  hidden: "{{ hidden }}"
  race: "{{ race }}"
  flaky: "{{ flaky }}"
  each: "{{ each }}"
  inner: "{{ inner }}"
  last: "{{ last }}"
  given: "{{ [inputs.who, env.CITY] }}"
"""
INNER = """\
name: inner
inputs: {n: {type: integer}}
steps:
  - python: {code: "return n * 10", with: {n: "{{ inputs.n }}"}}
"""
EDITED = SOURCE.replace("n: 41", "n: 42").replace("return n * 2", "return n * 3")
SECRET = "a long secret"
RUNS = ("slept", "retried", "edited")


async def interrupted(journal: MemoryJournal, run_id: str, running: asyncio.Task[braid.RunResult], edits: int) -> None:
    """Interrupt a run once it sleeps: after its call."""

    def sleeps() -> bool:
        events = list(journal.events(run_id))
        edited = [place for place, event in enumerate(events) if isinstance(event, RunEdited)]
        since = events[edited[-1] if edited else 0 :]
        done = [event for event in since if isinstance(event, TaskSucceeded) and event.address == "inner/python-1"]
        return len(edited) == edits and bool(done)

    await soon(sleeps, "its sleep")
    running.cancel()
    await asyncio.wait([running])


async def recorded(folder: Path) -> MemoryJournal:
    """The runs, interrupted in their sleep; `edited` went on with an edited file, to its sleep again."""
    journal = MemoryJournal()
    (folder / "inner.braid.yaml").write_text(INNER)
    file = folder / "brief.braid.yaml"
    for run_id in RUNS:
        file.write_text(SOURCE)
        run = braid.arun(
            file, {"who": "Ada"}, env={"CITY": "Lima"}, secrets={"TOKEN": SECRET}, journal=journal, run_id=run_id
        )
        await interrupted(journal, run_id, asyncio.create_task(run), 0)
    file.write_text(EDITED)
    again = braid.aresume("edited", edited=True, secrets={"TOKEN": SECRET}, journal=journal)
    await interrupted(journal, "edited", asyncio.create_task(again), 1)
    return journal


def moved(events: Sequence[Event], folder: str) -> list[Event]:
    """The events as they would have been long ago, in the author's folder."""
    earlier = events[0].time - LONG_AGO
    found = []
    for event in events:
        changes: dict[str, Any] = {"time": event.time - earlier}  # Any: fields of events
        if hasattr(event, "started"):
            changes["started"] = event.started - earlier
        if isinstance(event, RunEdited):
            changes["files"] = moved_files(event.files, folder)
        found.append(msgspec.structs.replace(event, **changes))
    return found


def moved_files(files: Sequence[WorkflowFile], folder: str) -> tuple[WorkflowFile, ...]:
    """The files, in the author's folder."""
    return tuple(
        WorkflowFile(
            file.name.replace(folder, AUTHOR), AUTHOR, file.text, file.path and f"{AUTHOR}/{Path(file.path).name}"
        )
        for file in files
    )


def cut(run_id: str, events: list[Event]) -> list[Event]:
    """`retried` died after its first failure, before its second attempt; the others as they are."""
    if run_id != "retried":
        return events
    failed = next(place for place, event in enumerate(events) if isinstance(event, TaskFailed))
    return events[: failed + 1]


async def write(target: Path) -> None:
    """Write the fixture."""
    with tempfile.TemporaryDirectory() as folder:
        source = await recorded(Path(folder))
    journal = SqliteJournal(target)
    for run_id in RUNS:
        head = source.head(run_id)
        assert head is not None
        files, owner = moved_files(head.files, folder), Owner.here()
        kept = RunHead(id=run_id, workflow=head.workflow, started=LONG_AGO, files=files, notes=head.notes)
        await journal.begin(kept, owner, moved(cut(run_id, list(source.events(run_id))), folder))
        await journal.release(run_id, owner, RunEnding("interrupted", LONG_AGO + 60))
    await journal.close()
    with tempfile.TemporaryDirectory() as name:
        copy = shutil.copytree(target, Path(name) / "copy")
        expected = {}
        for run_id in RUNS:
            result = await braid.aresume(run_id, state=copy, secrets={"TOKEN": SECRET})
            assert result.succeeded, result.error
            expected[run_id] = result.output
    (target / "expected.json").write_text(json.dumps(expected, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    asyncio.run(write(Path(sys.argv[1])))
