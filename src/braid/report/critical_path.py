"""The critical path: the chain of attempts and waits, each begun by the end of the one before, that took all the time.

Nothing is estimated. Every stretch knows what had ended when it was asked for, so the chain is read backwards from the
end, and its legs follow each other without a gap, as far as one process had the run.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from braid.language.plan import GraphNode
from braid.report.spans import StepSpan, Stretch, pattern_of


class Leg(msgspec.Struct, frozen=True):
    """A stretch on the path. Times are epoch seconds.

    Attributes:
        ending: It had been told to end by the end of the leg before, and took this long.
        held_by: The block in whose window it waited for room: the leg before it was in another of the block's children,
            on which it doesn't depend. None where it needed that leg's end for other reasons.
    """

    stretch: Stretch
    start: float
    end: float
    held_by: StepSpan | None = None
    ending: bool = False

    @property
    def seconds(self) -> float:
        """How much of the path it is, its wait for a place included."""
        return max(self.end - self.start, 0.0)

    @property
    def waited(self) -> float:
        """Seconds of it that it waited for its place."""
        return 0.0 if self.ending else min(max(self.stretch.began - self.start - self.stopped, 0.0), self.seconds)

    @property
    def stopped(self) -> float:
        """Seconds of it in which the run was stopped."""
        return 0.0 if self.ending else min(self.stretch.stopped, self.seconds)


class Share(msgspec.Struct):
    """The legs of the path that are the same step of a block, item after item.

    Attributes:
        pattern: The step's address, with `*` for items and iterations.
        seconds: Of all its legs.
        in_pool, elsewhere: Seconds waiting for a slot of a pool, or for another place to execute.
        stopped: Seconds in which the run was stopped.
        retrying: Seconds between an attempt that failed and the next.
        idle: Seconds of waits that the workflow asks for: `delay`.
        ending: Seconds between being told to end and the end.
        windows: The blocks in whose windows it waited for room, by pattern.
        legs: How many there are.
    """

    pattern: str
    step: StepSpan
    seconds: float = 0.0
    in_pool: float = 0.0
    elsewhere: float = 0.0
    retrying: float = 0.0
    idle: float = 0.0
    ending: float = 0.0
    stopped: float = 0.0
    windows: dict[str, StepSpan] = msgspec.field(default_factory=dict)
    steps: set[str] = msgspec.field(default_factory=set)
    legs: int = 0
    pool: str = ""


def critical_path(last: Stretch | None, inside: StepSpan | None = None) -> list[Leg]:
    """The legs from the first to the last.

    Args:
        last: What ended last: the end of the path.
        inside: Only the part of the path in this step.
    """
    legs: list[Leg] = []
    windows = _Windows()
    stretch, end = last, last.ended if last is not None else None
    while stretch is not None and (inside is None or _is_inside(stretch.step, inside)):
        end = stretch.began if end is None else end
        canceller = stretch.canceller if stretch.told_to_end else None
        if canceller is not None and canceller.ended is not None and canceller.ended <= end:
            # Whoever waited for its end waited in truth for what made it end.
            legs.append(Leg(stretch, canceller.ended, end, ending=True))
            stretch, end = canceller, canceller.ended
            continue
        # A kept result has times of its own, from before; what it let begin may be much later.
        start = min(stretch.asked, end)
        legs.append(Leg(stretch, start, end, windows.between(stretch.cause, stretch)))
        end = stretch.cause.ended if stretch.cause is not None and stretch.cause.kind == "kept" else start
        stretch = stretch.cause
    legs.reverse()
    return legs


def shares(legs: Iterable[Leg]) -> list[Share]:
    """The path by step, in the order in which it comes to each."""
    found: dict[str, Share] = {}
    patterns: dict[int, str] = {}
    for leg in legs:
        stretch = leg.stretch
        pattern = pattern_of(stretch.step, patterns)
        share = found.get(pattern)
        if share is None:
            share = found[pattern] = Share(pattern, stretch.step)
        share.legs += 1
        share.seconds += leg.seconds
        share.steps.add(stretch.step.address)
        if leg.held_by is not None:
            share.windows[pattern_of(leg.held_by, patterns)] = leg.held_by
        if leg.ending:
            share.ending += leg.seconds
            continue
        share.stopped += leg.stopped
        match stretch.kind:
            case "task" if stretch.pool is not None:
                share.in_pool += leg.waited
                share.pool = stretch.pool.name
            case "task":
                share.elsewhere += leg.waited
            case "retry":
                share.retrying += leg.seconds - leg.stopped
            case "delay":
                share.idle += leg.seconds - leg.stopped
            case _:
                pass
    return list(found.values())


def _is_inside(span: StepSpan, outer: StepSpan) -> bool:
    return span is outer or outer.address == "" or span.address.startswith(outer.address + "/")


class _Windows:
    """Tells who waited for room only. Positions in a graph are looked up once for each graph, however long the path."""

    def __init__(self) -> None:
        self._positions: dict[int, dict[str, int]] = {}

    def between(self, cause: Stretch | None, stretch: Stretch) -> StepSpan | None:
        """The block that both are in, as different children of which the later doesn't need the earlier."""
        if cause is None or cause.step is stretch.step:
            return None
        block = _common(cause.step, stretch.step)
        if block is None or not block.is_window:
            return None
        before, after = block.child_key(cause.step.address), block.child_key(stretch.step.address)
        if before == after or (isinstance(block.node, GraphNode) and self._needs(block.node, after, before)):
            return None
        return block

    def _needs(self, node: GraphNode, key: str, other: str) -> bool:
        positions = self._positions.get(id(node))
        if positions is None:
            positions = {step.key: position for position, step in enumerate(node.body.steps)}
            self._positions[id(node)] = positions
        return key in positions and positions.get(other) in node.dependencies[positions[key]]


def _common(first: StepSpan, second: StepSpan) -> StepSpan | None:
    """The innermost step that holds both."""
    around = {id(span) for span in first.outwards()}
    return next((span for span in second.outwards() if id(span) in around), None)
