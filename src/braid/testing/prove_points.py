"""Where a run can be killed: before and after each write to its journal."""

from __future__ import annotations

import random
from collections.abc import Sequence

import msgspec

from braid.machine.events import (
    CancelRequested,
    Event,
    RunStarted,
    TaskCancelled,
    TaskFailed,
    TaskSucceeded,
    TimerFired,
)


class CrashPoint(msgspec.Struct, frozen=True, order=True):
    """The process is gone at a write to the journal, from 0: the beginning, the batches of events, the end.

    Attributes:
        kept: False: just before it was durable, so that it is lost. True: just after; nothing was done about it yet.
    """

    write: int
    kept: bool

    def __str__(self) -> str:
        return f"{'after' if self.kept else 'before'} write {self.write + 1}"


def crash_points(writes: int) -> list[CrashPoint]:
    """All places, in their order, of a run that writes so often."""
    return [CrashPoint(write, kept) for write in range(writes) for kept in (False, True)]


def sampled(points: Sequence[CrashPoint], count: int | None, seed: int) -> list[CrashPoint]:
    """So many of them, drawn by the seed, in their order; all when there are no more."""
    if count is None or count >= len(points):
        return list(points)
    return sorted(random.Random(seed).sample(points, count))


def told(events: Sequence[Event]) -> str:
    """What a write keeps, such as `the answer of fetch`."""
    texts = list(dict.fromkeys(_told(event) for event in events))
    return f"{texts[0]} and {len(texts) - 1} more" if len(texts) > 1 else "".join(texts)


def _told(event: Event) -> str:
    match event:
        case RunStarted():
            return "the start of the run"
        case TaskSucceeded() | TaskFailed():
            return f"the answer of {event.address}"
        case TaskCancelled():
            return f"that {event.address} was cancelled"
        case TimerFired():
            return f"that the time of {event.address or 'the run'} came"
        case CancelRequested():
            return "that the run was cancelled"
        case _:
            return "what is kept of an earlier run"
