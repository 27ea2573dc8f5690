"""Waiting for a condition instead of for a time; and what a run may leave behind."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

DEADLINE_SECONDS = 20.0


def until(condition: Callable[[], T], what: str = "it", seconds: float = DEADLINE_SECONDS) -> T:
    """The condition's first true value; fails when there is none in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.005)
    raise AssertionError(f"{what} didn't come true within {seconds}s")


async def soon(condition: Callable[[], T], what: str = "it", seconds: float = DEADLINE_SECONDS) -> T:
    """The same on the loop."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        await asyncio.sleep(0.005)
    raise AssertionError(f"{what} didn't come true within {seconds}s")


def is_running(pid: int) -> bool:
    """The process exists and is no zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in ("Z", "X")


def children() -> set[int]:
    """Processes whose parent is this one, zombies included."""
    found = set()
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                stat = Path(entry.path, "stat").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(stat.rpartition(")")[2].split()[1]) == os.getpid():
                found.add(int(entry.name))
    return found


def step_threads() -> list[str]:
    """Threads of ours that live."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("braid-")]
