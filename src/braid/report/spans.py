"""A run as spans of time: which step was open when, what it waited for, and whose end let it begin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from braid.language.plan import ForeachNode, GraphNode, LoopNode, Node, ParallelNode, PoolSpec
from braid.language.task_kind import Value
from braid.machine.outcome import Failure

StretchKind = Literal["task", "delay", "retry", "timeout", "kept"]


class Stretch(msgspec.Struct, eq=False):
    """A part of a step's time: an attempt of a task, a wait until a time, or an earlier result that was kept.

    Times are epoch seconds. Between `asked` and `began` it waits for a place: in a pool, a thread, a process.

    Attributes:
        attempt: Its number; of a `retry`, the one that had failed.
        began: When it began to execute; `asked` as long as nobody answered, as nothing tells before.
        due: When a timer is to fire; None for tasks.
        ended: None while it goes on.
        status: `running`, `succeeded`, `failed` or `cancelled`.
        message: Why it failed.
        cause: What had ended when this was asked for; None where the run itself began, or somebody outside acted.
        canceller: What had ended when this was told to end.
        told_to_end: It was cancelled; without a canceller by a person's request.
        stopped: Seconds of its wait in which the run was stopped; see `braid.report.standstill`.
        arguments: Of an attempt, where they were wanted.
    """

    step: StepSpan
    kind: StretchKind
    attempt: int
    asked: float
    began: float
    cause: Stretch | None
    pool: PoolSpec | None = None
    due: float | None = None
    ended: float | None = None
    status: str = "running"
    message: str = ""
    canceller: Stretch | None = None
    told_to_end: bool = False
    stopped: float = 0.0
    arguments: Value = None

    def __repr__(self) -> str:
        # Not that of a struct: by their causes and steps, all stretches of a run hang together.
        return f"<{self.kind} {self.attempt} of {self.step.address}: {self.status}>"

    @property
    def waited(self) -> float:
        """Seconds for which it waited for its place while the run went on; 0 while nobody knows."""
        return max(self.began - self.asked - self.stopped, 0.0)


class StepSpan(msgspec.Struct, eq=False):
    """One step at one address, over all times it ran there. Times are epoch seconds.

    Attributes:
        label: Its address below the step that holds it.
        node: None where the run's plan can't be read.
        status: `running`, `succeeded`, `failed`, `cancelled` or `skipped`.
        ended: None while it is open.
        cause: What had ended when it opened.
        end_cause: What had ended when it did.
        rounds: How often it was opened; more than once in a block that was tried again.
        opened_by: Number of the event in which it opened; 0 once a stretch of it was seen.
        last_opened, last_retried: Numbers of the events in which it last did, and last failed before another attempt.
        stretches: Of a task or a wait, in their order; of a block only its waits for a next attempt.
        total, limit: Of a block: how many children it has, and how many may be in progress.
        canceller: What had ended when it was told to end, where it was.
        kept: It took an earlier result instead of running.
        output: Where it was wanted.
    """

    address: str
    label: str
    parent: StepSpan | None
    node: Node | None
    id: str | None
    kind: str
    opened: float
    status: str = "running"
    ended: float | None = None
    attempts: int = 1
    reason: str = ""
    error: Failure | None = None
    output: Value = None
    cause: Stretch | None = None
    end_cause: Stretch | None = None
    rounds: int = 0
    opened_by: int = 0
    last_opened: int = 0
    last_retried: int = 0
    stretches: list[Stretch] = msgspec.field(default_factory=list)
    children: list[StepSpan] = msgspec.field(default_factory=list)
    total: int = 0
    limit: int = 0
    canceller: Stretch | None = None
    kept: bool = False

    def __repr__(self) -> str:
        return f"<{self.address or 'the run'}: {self.status}>"

    def duration(self, now: float) -> float:
        """Seconds from its opening to its end, or to `now`."""
        return max((now if self.ended is None else self.ended) - self.opened, 0.0)

    @property
    def is_window(self) -> bool:
        """A block that has at most `limit` of its children in progress."""
        return isinstance(self.node, ParallelNode | ForeachNode | GraphNode)

    @property
    def is_repeated(self) -> bool:
        """Its children are the same steps, over and over."""
        return isinstance(self.node, ForeachNode | LoopNode)

    @property
    def is_past(self) -> bool:
        """It stands in a block that is tried again, or was, and has not begun again since."""
        return any(outer.last_retried > self.last_opened for outer in self.outwards())

    def child_key(self, address: str) -> str:
        """The branch, item, iteration or graph step of this block that an address below it is in."""
        start = len(self.address) + 1 if self.address else 0
        end = address.find("/", start)
        return address[start:] if end == -1 else address[start:end]

    def outwards(self) -> Iterator[StepSpan]:
        """The steps that hold this one, from the innermost on, without the run itself."""
        span = self.parent
        while span is not None and span.parent is not None:
            yield span
            span = span.parent

    def inside(self) -> Iterator[StepSpan]:
        """All steps in this one, each before those it holds."""
        waiting = list(reversed(self.children))
        while waiting:
            span = waiting.pop()
            yield span
            waiting.extend(reversed(span.children))


def pattern_of(span: StepSpan, known: dict[int, str]) -> str:
    """The address with `*` for the numbers of items and iterations: equal for the same step of a block.

    Args:
        known: Patterns that were made before, by the span's identity; filled.
    """
    found = known.get(id(span))
    if found is None:
        parent, label = span.parent, span.label
        if parent is not None and parent.is_repeated:
            key, slash, rest = label.partition("/")
            label = f"*{slash}{rest}" if key.isdecimal() else label
        outer = "" if parent is None else pattern_of(parent, known)
        found = known[id(span)] = f"{outer}/{label}" if outer else label
    return found
