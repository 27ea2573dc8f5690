"""Watches a machine at work and says which law it breaks, as soon as it does."""

from __future__ import annotations

import functools
from collections import Counter
from dataclasses import dataclass, field

from braid.language.plan import (
    ForeachNode,
    GraphNode,
    JumpNode,
    Node,
    ParallelNode,
    ReturnNode,
    TaskNode,
    WaitKind,
)
from braid.machine.outcome import Failure, Status, StepRecord


class LawBrokenError(AssertionError):
    """A law of ARCHITECTURE.md doesn't hold."""

    def __init__(self, law: int, message: str) -> None:
        super().__init__(f"law {law}: {message}")
        self.law = law


@dataclass(slots=True)
class OpenBlock:
    """`disturbed`: something failed, was cancelled or jumped inside, so that children may rightly stay unstarted."""

    node: Node
    total: int
    limit: int
    seen: set[str] = field(default_factory=set)
    open_steps: Counter[str] = field(default_factory=Counter)
    done: set[str] = field(default_factory=set)
    disturbed: bool = False

    def in_progress(self) -> int:
        return sum(count > 0 for count in self.open_steps.values())


@dataclass(slots=True)
class Watcher:
    """An observer that checks laws 2, 5 and 11 while a run goes on, and keeps all records."""

    records: dict[str, StepRecord] = field(default_factory=dict)
    finished: list[str] = field(default_factory=list)
    widest: dict[str, int] = field(default_factory=dict)
    limits: dict[str, int] = field(default_factory=dict)
    _open: dict[str, Node] = field(default_factory=dict)
    _ended: set[str] = field(default_factory=set)
    _running: set[str] = field(default_factory=set)
    _blocks: dict[str, OpenBlock] = field(default_factory=dict)

    def __str__(self) -> str:
        return ", ".join(sorted(self._open)) or "nothing"

    def step_started(self, address: str, node: Node, time: float) -> None:
        self._ended.discard(address)
        self._require_open_parents(address)
        self._open[address] = node
        for block, child in self._enclosing(address):
            block.seen.add(child)
            block.open_steps[child] += 1

    def step_finished(self, address: str, node: Node, record: StepRecord) -> None:
        self.records[address] = record
        self.finished.append(address)
        self._check_record(address, record)
        was_open = self._open.pop(address, None) is not None
        leaves = isinstance(node, JumpNode | ReturnNode)
        for block, child in self._enclosing(address):
            block.seen.add(child)
            if address.endswith("/" + child):
                block.done.add(child)
            block.open_steps[child] -= was_open
            block.disturbed |= leaves or record.status in (Status.FAILED, Status.CANCELLED)
        if not isinstance(node, TaskNode):
            self._check_ended(address)

    def step_retrying(self, address: str, node: Node, failure: Failure, attempt: int, due: float) -> None:
        self._blocks.pop(address, None)

    def block_opened(self, address: str, node: Node, total: int, limit: int) -> None:
        self._blocks[address] = OpenBlock(node, total, limit)
        self.limits[address] = limit

    def task_started(self, address: str) -> None:
        self._require_open_parents(address)
        self._running.add(address)

    def task_cancelled(self, address: str) -> None:
        """It was told to end. Its answer may still be a success, but what holds it is on its way out."""
        for block, _ in self._enclosing(address):
            block.disturbed = True

    def task_ended(self, address: str) -> None:
        self._running.discard(address)

    def check_windows(self) -> None:
        """Between two events: every block is as wide as it may and should be."""
        for address, block in self._blocks.items():
            wide = block.in_progress()
            self.widest[address] = max(wide, self.widest.get(address, 0))
            if wide > block.limit:
                raise LawBrokenError(2, f"{address}: {wide} in progress, the limit is {block.limit}")
            if wide < block.limit and not block.disturbed and self._has_startable(block):
                raise LawBrokenError(2, f"{address}: {wide} of {block.limit} in progress while others wait")

    def check_end(self) -> None:
        if self._open:
            raise LawBrokenError(5, f"the run ended while these were in progress: {self}")

    def _has_startable(self, block: OpenBlock) -> bool:
        match block.node:
            case ParallelNode(wait=WaitKind.ALL) | ForeachNode():
                return len(block.seen) < block.total
            case GraphNode() as graph:
                steps = graph.body.steps
                return any(
                    step.key not in block.seen
                    and all(steps[need].key in block.done for need in graph.dependencies[position])
                    for position, step in enumerate(steps)
                )
        return False

    def _check_record(self, address: str, record: StepRecord) -> None:
        if record.status is Status.SKIPPED and not record.reason:
            raise LawBrokenError(11, f"{address} was skipped and its record doesn't say why")
        if record.status is Status.FAILED and record.error is None:
            raise LawBrokenError(11, f"{address} failed and its record doesn't say why")
        if record.status is Status.SUCCEEDED and record.error is not None and not record.reason:
            raise LawBrokenError(11, f"{address} swallowed a failure and its record doesn't say why")

    def _check_ended(self, address: str) -> None:
        """Law 5: when a block has ended, nothing of it is running."""
        inside = address + "/"
        left = [other for other in {*self._running, *self._open} if other.startswith(inside)]
        if left:
            raise LawBrokenError(5, f"{address} ended while {sorted(left)} ran")
        self._ended.add(address)
        for other in [block for block in self._blocks if block == address or block.startswith(inside)]:
            del self._blocks[other]

    def _require_open_parents(self, address: str) -> None:
        for parent, _ in parents(address):
            if parent in self._ended:
                raise LawBrokenError(5, f"{address} was started after {parent} had ended")

    def _enclosing(self, address: str) -> list[tuple[OpenBlock, str]]:
        """The open blocks round a step, each with the child of it that the step belongs to."""
        blocks = self._blocks
        if not blocks:
            return []
        return [
            (blocks[parent], child) for parent, child in parents(address) if parent in blocks and child != "fallback"
        ]


@functools.lru_cache(maxsize=4096)  # asked three times a step, and again in every life of a simulated run
def parents(address: str) -> tuple[tuple[str, str], ...]:
    """`a/b/c` → (`a/b`, `c`), (`a`, `b`): each parent with the child of it that holds the address."""
    parts = address.split("/")
    return tuple(("/".join(parts[:length]), parts[length]) for length in range(len(parts) - 1, 0, -1))
