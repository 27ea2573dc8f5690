"""What a run is doing at this moment: a pure model, fed as an observer and drawn by others.

Its size follows what is in progress, never what has ended: of an ended step only counts stay, and the last failures.
"""

from __future__ import annotations

from collections import deque

import msgspec

from braid.language.plan import Node, TaskNode
from braid.machine.outcome import Failure, Status, StepRecord

FAILURES_SHOWN_MAX = 3
"""Last failures that a block keeps for the view; all of them are in the run's result."""

_RECENT_MIN = 256


class Child(msgspec.Struct):
    """A branch, item or graph step in progress."""

    started: float
    open_steps: int = 0


class BlockCounts(msgspec.Struct):
    """The children of a parallel, foreach or graph. `limit` and `total` count children."""

    total: int
    limit: int
    running: dict[str, Child] = msgspec.field(default_factory=dict)
    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0
    failures: deque[tuple[str, Failure]] = msgspec.field(default_factory=lambda: deque(maxlen=FAILURES_SHOWN_MAX))
    _recent: dict[str, tuple[Child, Status]] = msgspec.field(default_factory=dict)

    @property
    def ended(self) -> int:
        return self.succeeded + self.failed + self.cancelled

    def step_opened(self, key: str, time: float) -> Child:
        child = self.running.get(key)
        if child is None:
            # The observer is told of steps, not of branches: one whose step has ended counts as
            # ended until its next step begins, which happens at once if it has one.
            child, status = self._recent.pop(key, (None, None))
            if child is None:
                child = Child(time)
            elif status is not None:
                self._count(status, -1)
            self.running[key] = child
        child.open_steps += 1
        return child

    def step_closed(self, key: str, status: Status) -> None:
        child = self.running[key]
        child.open_steps -= 1
        if child.open_steps:
            return
        del self.running[key]
        self._count(status, 1)
        self._recent[key] = (child, status)
        if len(self._recent) > max(_RECENT_MIN, 2 * self.limit):
            del self._recent[next(iter(self._recent))]

    def _count(self, status: Status, by: int) -> None:
        match status:
            case Status.FAILED:
                self.failed += by
            case Status.CANCELLED:
                self.cancelled += by
            case _:
                self.succeeded += by


class OpenStep(msgspec.Struct, eq=False):
    """A step in progress. `label` is its address below the step that holds it."""

    address: str
    label: str
    node: Node
    started: float
    parent: OpenStep | None
    children: dict[str, OpenStep] = msgspec.field(default_factory=dict)
    block: BlockCounts | None = None
    retry: Retry | None = None


class Retry(msgspec.Struct, frozen=True):
    """An attempt failed and the next one is due (epoch seconds)."""

    attempt: int
    due: float
    failure: Failure


class Totals(msgspec.Struct):
    """Of the run so far. Counts are of steps, blocks included; `slowest` is a task's."""

    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0
    skipped: int = 0
    retries: int = 0
    slowest: tuple[float, str] = (0.0, "")

    @property
    def ended(self) -> int:
        return self.succeeded + self.failed + self.cancelled + self.skipped


class Progress:
    """Implements `Observer`. Not safe for several threads; who draws from another one holds a lock round both."""

    def __init__(self, workflow: str, started: float) -> None:
        self.workflow = workflow
        self.started = started
        self.roots: dict[str, OpenStep] = {}
        self.totals = Totals()
        self.tasks_running = 0
        self._retries_due: dict[str, float] = {}
        self._open: dict[str, OpenStep] = {}

    def tasks_waiting(self, now: float) -> int:
        """How many of the tasks in progress wait for their next attempt."""
        # Nobody is told when an attempt begins; it does when it is due.
        self._retries_due = {address: due for address, due in self._retries_due.items() if due > now}
        return len(self._retries_due)

    def find(self, address: str) -> OpenStep | None:
        """The open step of this address."""
        return self._open.get(address)

    def holder(self, address: str) -> OpenStep | None:
        """The innermost open step that this address is inside of."""
        while (cut := address.rfind("/")) > 0:
            address = address[:cut]
            if step := self._open.get(address):
                return step
        return None

    def step_started(self, address: str, node: Node, time: float) -> None:
        step = self._open.get(address)
        if step is not None:  # the next attempt
            step.retry = None
            return
        parent = self.holder(address)
        label = address[len(parent.address) + 1 :] if parent else address
        step = OpenStep(address, label, node, time, parent)
        self._open[address] = step
        (parent.children if parent else self.roots)[address] = step
        if parent and (block := _block_around(parent, label)):
            block.step_opened(_child_key(label), time)
        if isinstance(node, TaskNode):
            self.tasks_running += 1

    def step_finished(self, address: str, node: Node, record: StepRecord) -> None:
        self._count(address, node, record)
        step = self._open.pop(address, None)
        parent = step.parent if step else self.holder(address)
        label = step.label if step else address[len(parent.address) + 1 :] if parent else address
        block = _block_around(parent, label) if parent else None
        if step:
            (parent.children if parent else self.roots).pop(address, None)
            self._drop(step)
            if isinstance(node, TaskNode):
                self._task_ended(address)
        if block:
            key = _child_key(label)
            if not step:  # a pure or skipped step: no call told of its start
                block.step_opened(key, record.started_at)
            block.step_closed(key, record.status)
            if record.status is Status.FAILED and record.error:
                block.failures.append((label, record.error))

    def step_retrying(self, address: str, node: Node, failure: Failure, attempt: int, due: float) -> None:
        self.totals.retries += 1
        if step := self._open.get(address):
            step.retry = Retry(attempt, due, failure)
            if isinstance(node, TaskNode):
                self._retries_due[address] = due
            self._drop(step)
            step.block = None

    def block_opened(self, address: str, node: Node, total: int, limit: int) -> None:
        if step := self._open.get(address):
            step.retry = None
            step.block = BlockCounts(total, limit)

    def _count(self, address: str, node: Node, record: StepRecord) -> None:
        totals = self.totals
        match record.status:
            case Status.SUCCEEDED:
                totals.succeeded += 1
            case Status.FAILED:
                totals.failed += 1
            case Status.CANCELLED:
                totals.cancelled += 1
            case Status.SKIPPED:
                totals.skipped += 1
        if isinstance(node, TaskNode) and record.duration > totals.slowest[0]:
            totals.slowest = (record.duration, address)

    def _task_ended(self, address: str) -> None:
        self.tasks_running -= 1
        self._retries_due.pop(address, None)

    def _drop(self, step: OpenStep) -> None:
        """Forget what is still open inside a step that ended; normally nothing is."""
        for child in list(step.children.values()):
            if self._open.pop(child.address, None) and isinstance(child.node, TaskNode):
                self._task_ended(child.address)
            self._drop(child)
        step.children.clear()


def _block_around(parent: OpenStep, label: str) -> BlockCounts | None:
    """The block that has the step as part of a child; steps of its fallback are none of its children."""
    return None if parent.node.fallback and label.startswith("fallback/") else parent.block


def _child_key(label: str) -> str:
    """`forecasts` of `forecasts/0/forecast`: the branch, item or graph step that a label is inside of."""
    return label.partition("/")[0]
