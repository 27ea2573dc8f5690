"""What the steps of a run that goes on are doing, and what holds up those that do nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from braid.report.spans import StepSpan, Stretch
from braid.report.step_rows import child_statuses


class Doing(msgspec.Struct, frozen=True):
    """What a stretch that goes on is.

    Attributes:
        what: `executing`, `pool` (it waits for a slot), `retry` (for its next attempt), `delay`, or `ending`: it was
            told to end and has not yet.
        holders: Who has the slots that it waits for.
        place: In the queue for them, from 1.
    """

    stretch: Stretch
    what: Literal["executing", "pool", "retry", "delay", "ending"]
    holders: tuple[Stretch, ...] = ()
    place: int = 0


class FullWindow(msgspec.Struct, frozen=True):
    """A block that has as many children in progress as it may, and more that wait.

    Attributes:
        in_progress: Keys of its children that go on.
        ended: How many have ended.
        waiting: How many have not begun.
    """

    block: StepSpan
    in_progress: tuple[str, ...]
    ended: int
    waiting: int


def doings(going_on: Iterable[Stretch]) -> list[Doing]:
    """What each is doing.

    A pool gives its slots in the order in which they are asked for, so the first ones that nobody answered for have
    them. Where a pool also limits how often steps start, one of these may still wait for that.

    Args:
        going_on: In the order in which they began.
    """
    going_on = [stretch for stretch in going_on if stretch.kind != "timeout"]
    holders: dict[str, list[Stretch]] = {}
    queues: dict[str, int] = {}
    found: list[tuple[Stretch, int]] = []
    for stretch in going_on:
        place = 0
        if stretch.pool is not None:
            holding = holders.setdefault(stretch.pool.name, [])
            if len(holding) < stretch.pool.limit:
                holding.append(stretch)
            else:
                place = queues[stretch.pool.name] = queues.get(stretch.pool.name, 0) + 1
        found.append((stretch, place))
    shared = {name: tuple(holding) for name, holding in holders.items()}
    return [_doing(stretch, place, shared) for stretch, place in found]


def _doing(stretch: Stretch, place: int, holders: Mapping[str, tuple[Stretch, ...]]) -> Doing:
    if stretch.kind == "retry":
        return Doing(stretch, "retry")
    if stretch.kind == "delay":
        return Doing(stretch, "delay")
    if stretch.told_to_end:
        return Doing(stretch, "ending")
    if place and stretch.pool is not None:
        return Doing(stretch, "pool", holders[stretch.pool.name], place)
    return Doing(stretch, "executing")


def full_windows(spans: Iterable[StepSpan]) -> list[FullWindow]:
    """The blocks whose limit holds children back."""
    found = []
    for span in spans:
        if span.status != "running" or not span.is_window or not span.limit:
            continue
        statuses = child_statuses(span)
        in_progress = tuple(key for key, status in statuses.items() if status == "running")
        waiting = span.total - len(statuses)
        if waiting > 0 and len(in_progress) >= span.limit:
            found.append(FullWindow(span, in_progress, len(statuses) - len(in_progress), waiting))
    return found
