"""The live tree as lines: what runs now, in no more lines and columns than there are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from braid.diagnostics.terminal_text import columns
from braid.machine.outcome import Failure
from braid.report.progress import BlockCounts, OpenStep, Progress
from braid.report.text import clipped, clipped_in_middle, counted, duration_text, one_line

CHILDREN_SHOWN_MAX = 8
"""Of one block; the others are counted. The longest running come first, as they are what people wait for."""

DEPTH_SHOWN_MAX = 12

Style = Literal["plain", "title", "dim", "good", "bad", "waiting"]


class Piece(msgspec.Struct, frozen=True):
    text: str
    style: Style = "plain"


Line = tuple[Piece, ...]


def progress_lines(progress: Progress, now: float, width: int, height: int) -> list[Line]:
    """What to show of a run at `now` (epoch seconds): at most `height` lines of at most `width` columns."""
    if height < 1 or width < 1:
        return []
    view = _View(now, width)
    heading = view.line(
        0, Piece(one_line(progress.workflow), "title"), _overview(progress, now), now - progress.started
    )
    return [heading, *view.children(progress.roots.values(), None, 1, height - 1)][:height]


class _View(msgspec.Struct, frozen=True):
    now: float
    width: int

    def children(self, steps: Iterable[OpenStep], block: BlockCounts | None, depth: int, budget: int) -> list[Line]:
        """The open steps below one, with the last failures of a block; at most `budget` lines."""
        if budget < 1 or depth > DEPTH_SHOWN_MAX:
            return []
        failures = self._failures(block, depth)[: max(budget - 1, 0)] if block else []
        budget -= len(failures)
        # Dictionaries keep the order of starting, so the first ones have run longest.
        steps = list(steps)
        shown = steps[: min(len(steps), CHILDREN_SHOWN_MAX, budget)]
        hidden = len(steps) - len(shown)
        if hidden and len(shown) == budget:
            shown = shown[:-1]
            hidden += 1
        spare = budget - len(shown) - bool(hidden)
        lines: list[Line] = []
        for step in shown:
            lines.append(self._step(step, depth))
            inner = self.children(step.children.values(), step.block, depth + 1, spare)
            spare -= len(inner)
            lines += inner
        if hidden:
            lines.append(self.line(depth, Piece(f"… and {hidden:,} more", "dim")))
        return lines + failures

    def line(self, depth: int, label: Piece, details: Iterable[Piece] = (), elapsed: float | None = None) -> Line:
        """`label  details      elapsed`; details are cut before the label, the label before the time."""
        right = duration_text(elapsed) if elapsed is not None else ""
        room = self.width - (columns(right) + 1 if right else 0)
        if room < 8:
            right, room = "", self.width
        indent = "  " * depth
        text = clipped_in_middle(label.text, max(room - len(indent), 0))
        pieces = [Piece(clipped(indent, room)), Piece(text, label.style)]
        used = columns(indent) + columns(text)
        for detail in details:
            left = room - used - 2
            if left < 4:
                break
            shown = clipped(detail.text, left)
            pieces += [Piece("  "), Piece(shown, detail.style)]
            used += 2 + columns(shown)
        if right:
            pieces.append(Piece(" " * (self.width - used - columns(right)) + right, "dim"))
        return tuple(piece for piece in pieces if piece.text)

    def _step(self, step: OpenStep, depth: int) -> Line:
        label = one_line(step.label)
        # Nobody is told when the next attempt begins; it does when it is due.
        if step.retry and step.retry.due > self.now:
            due = step.retry.due - self.now
            details = [
                Piece(f"retries in {duration_text(due)}", "waiting"),
                Piece(f"after attempt {step.retry.attempt}: {one_line(step.retry.failure.message)}", "dim"),
            ]
            return self.line(depth, Piece(label), details, self.now - step.started)
        details = []
        if step.node.name:
            details.append(Piece(one_line(step.node.name), "dim"))
        if step.block:
            details += block_counts(step.block)
        return self.line(depth, Piece(label), details, self.now - step.started)

    def _failures(self, block: BlockCounts, depth: int) -> list[Line]:
        return [
            self.line(depth, Piece(f"✗ {one_line(label)}", "bad"), [Piece(failure_summary(failure), "bad")])
            for label, failure in block.failures
        ]


def block_counts(block: BlockCounts) -> list[Piece]:
    """`3/10 done`, `1 failed`, `4 running`; what is zero is left out."""
    pieces = [Piece(f"{block.succeeded:,}/{block.total:,} done", "good" if block.succeeded else "plain")]
    if block.failed:
        pieces.append(Piece(f"{block.failed:,} failed", "bad"))
    if block.cancelled:
        pieces.append(Piece(f"{block.cancelled:,} cancelled", "waiting"))
    if block.running:
        pieces.append(Piece(f"{len(block.running):,} running"))
    return pieces


def failure_summary(failure: Failure) -> str:
    """A failure in one line: the innermost cause, which is the one to act on."""
    while failure.cause:
        failure = failure.cause
    return one_line(failure.message) or failure.type


def _overview(progress: Progress, now: float) -> list[Piece]:
    totals = progress.totals
    waiting = progress.tasks_waiting(now)
    pieces = [Piece(f"{progress.tasks_running - waiting:,} running")]
    if waiting:
        pieces.append(Piece(f"{waiting:,} waiting", "waiting"))
    pieces += [Piece(f"{counted(totals.ended, 'step')} done", "dim")]
    if totals.failed:
        pieces.append(Piece(f"{totals.failed:,} failed", "bad"))
    if totals.retries:
        pieces.append(Piece("1 retry" if totals.retries == 1 else f"{totals.retries:,} retries", "waiting"))
    return pieces
