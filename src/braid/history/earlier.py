"""What a recorded run had of each step: what it was asked to do, and what it gave or why it gave nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from braid.language.plan import Node, Plan, TaskNode
from braid.language.task_kind import PureTask, Value
from braid.machine import Machine
from braid.machine.events import Event, ResultKept, TaskSucceeded, TimerFired
from braid.machine.frames import TaskFrame
from braid.machine.kept_results import KeptResults, fingerprint
from braid.machine.outcome import Failure, Status, StepRecord

FAILED_BEFORE = "failed before"
CANCELLED_BEFORE = "was cancelled before"
NOT_ENDED = "had not ended"


@dataclass(frozen=True, slots=True)
class Earlier:
    """One task, as it was when it was last started.

    Attributes:
        result: None when its step didn't succeed by it.
        fate: Why there is no result, as a part of a sentence; "" where there is one.
    """

    node: TaskNode
    arguments: Mapping[str, Value]
    result: ResultKept | None
    fate: str


@dataclass(slots=True)
class _Start:
    frame: TaskFrame
    arguments: Mapping[str, Value]
    began: float
    answer: ResultKept | None = None
    fate: str = NOT_ENDED


def earlier_tasks(plan: Plan, events: Iterable[Event], secrets: Mapping[str, str]) -> dict[str, Earlier]:
    """Address → the task that was started there last.

    Args:
        events: Of one segment of the run's journal: those that a machine of this plan was told.
        secrets: Values of the plan's secrets, as far as they are known.
    """
    history = _History(secrets)
    machine = Machine(plan, secrets=secrets, observer=history, kept=history.starts)
    for place, event in enumerate(events):
        history.note(place, event)
        machine.handle(event)
    return history.found()


class _Starts(KeptResults):
    """Takes note of every start; gives what an earlier edit kept, as it did then."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        super().__init__(secrets)
        self.asked = True
        self.by_address: dict[str, _Start] = {}

    def take(self, frame: TaskFrame, arguments: Mapping[str, Value]) -> bool:
        start = self.by_address[frame.address] = _Start(frame, arguments, frame.began)
        offer = self.offer(frame.address)
        taken = super().take(frame, arguments)
        if taken:
            start.answer = offer
        return taken


class _History:
    """Implements `Observer`: what a step's record says of its task."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self.starts = _Starts(secrets)
        self._secrets = secrets

    def note(self, place: int, event: Event) -> None:
        """Keep an answer, before the machine hears of it."""
        if not isinstance(event, TaskSucceeded | TimerFired):
            return
        start = self.starts.by_address.get(event.address)
        if start is None:
            return
        start.answer = ResultKept(
            time=event.time,
            address=event.address,
            attempt=start.frame.attempt,
            value=event.value if isinstance(event, TaskSucceeded) else None,
            started=event.started if isinstance(event, TaskSucceeded) else start.began,
            place=place,
            fingerprint=fingerprint(start.frame.node.kind, start.arguments, self._secrets),
        )

    def found(self) -> dict[str, Earlier]:
        return {address: self._earlier(start) for address, start in self.starts.by_address.items()}

    def _earlier(self, start: _Start) -> Earlier:
        node = start.frame.node
        result = None if start.fate else start.answer
        return Earlier(node, start.arguments, result, "" if result is not None else start.fate or NOT_ENDED)

    def step_finished(self, address: str, node: Node, record: StepRecord) -> None:
        start = self.starts.by_address.get(address)
        if start is None or not isinstance(node, TaskNode) or isinstance(node.task, PureTask):
            return
        if record.status is Status.CANCELLED:
            start.fate = CANCELLED_BEFORE
        else:
            # With an error it may have succeeded all the same, by its fallback.
            start.fate = "" if record.status is Status.SUCCEEDED and record.error is None else FAILED_BEFORE

    def step_started(self, address: str, node: Node, time: float) -> None:
        pass

    def step_retrying(self, address: str, node: Node, failure: Failure, attempt: int, due: float) -> None:
        pass

    def block_opened(self, address: str, node: Node, total: int, limit: int) -> None:
        pass
