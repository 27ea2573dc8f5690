"""Runs that are recorded in this process, and cut off after an event as kill -9 would."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import braid
from braid.journal.memory import MemoryJournal
from braid.machine.events import Event
from braid.testing.journals import dead_owner

THREE = "name: w\nsteps:\n" + "".join(
    f'  - {{id: {name}, python: {{code: \'open("done", "a").write("{name}")\'}}}}\n' for name in "abc"
)
"""Each step leaves its name in the file `done` of the current folder."""


def cut_off(whole: MemoryJournal, run_id: str, events: Sequence[Event]) -> MemoryJournal:
    """A journal in which a process died when the run had these events."""
    head = whole.head(run_id)
    assert head is not None
    journal = MemoryJournal()
    asyncio.run(journal.begin(head, dead_owner(), events))
    return journal


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "w.braid.yaml"
    path.write_text(text)
    return path


def recorded(
    path: Path,
    **settings: Any,  # Any: of braid.run
) -> tuple[braid.RunResult, MemoryJournal, list[Event]]:
    """A run that nothing happened to, and its events."""
    journal = MemoryJournal()
    result = braid.run(path, journal=journal, run_id="r", **settings)
    return result, journal, list(journal.events("r"))
