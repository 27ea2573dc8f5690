"""Makes spans of what a machine is told and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from braid.language.plan import Node
from braid.machine.commands import CancelTask, ClearTimer, Command, EndRun, SetTimer, StartTask
from braid.machine.events import (
    CancelRequested,
    Event,
    ResultKept,
    TaskCancelled,
    TaskFailed,
    TaskSucceeded,
    TimerFired,
)
from braid.machine.outcome import Failure, Status, StepRecord
from braid.report.spans import StepSpan, Stretch, StretchKind

_TIMERS: dict[str, StretchKind] = {"delay": "delay", "retry": "retry", "timeout": "timeout"}
_ENDED = {TaskSucceeded: "succeeded", TaskFailed: "failed", TaskCancelled: "cancelled", TimerFired: "succeeded"}


class SpanObserver:
    """Implements `Observer`, and is told of every event before the machine handles it and of its answer afterwards.

    Whatever begins while an event is handled begins because of it: so each span knows what it waited for, be it its
    place in a list, a need in a graph, room in a window or the time of a retry, and nothing has to be worked out.

    Args:
        started: When the run began, in epoch seconds.
        wanted: Whose arguments and output to keep: a run of 100,000 steps would hold all of them else. None for none.

    Attributes:
        root: The run itself, as the span that holds all others.
        by_address: All other spans.
        open: Attempts and waits that go on, in the order in which they began.
        last: What ended last.
        requests: What people gave as the reason when they asked the run to end.
    """

    def __init__(self, started: float, wanted: Callable[[str, Node], bool] | None = None) -> None:
        self.root = StepSpan("", "", None, None, None, "workflow", started)
        self.by_address: dict[str, StepSpan] = {}
        self.open: dict[tuple[str, int | str], Stretch] = {}
        self.last: Stretch | None = None
        self.requests: list[str] = []
        self._wanted = wanted
        self._cause: Stretch | None = None
        self._kept: set[str] = set()
        self._event = 0

    # Around the machine.

    def before(self, event: Event) -> None:
        """An event is about to be handled."""
        self._cause = None
        self._event += 1
        if isinstance(event, TaskSucceeded | TaskFailed | TaskCancelled):
            stretch = self.open.pop((event.address, event.attempt), None)
            if stretch is not None:
                if event.time >= event.started >= stretch.asked:
                    stretch.began = event.started
                else:
                    # A clock that was set back must not make it begin before it was asked for.
                    stretch.began = min(max(event.started, stretch.asked), max(event.time, stretch.asked))
                if isinstance(event, TaskFailed):
                    stretch.message = event.message
                self._end(stretch, event)
            return
        match event:
            case TimerFired():
                stretch = self.open.pop((event.address, event.name), None)
                if stretch is not None:
                    self._end(stretch, event)
            case ResultKept():
                self._kept.add(event.address)
            case CancelRequested():
                self.requests.append(event.reason)

    def after(self, commands: Iterable[Command], time: float) -> None:
        """It was handled; `time` is the latest of all events so far."""
        for command in commands:
            if type(command) is StartTask:  # nearly always
                self._task_asked(command, time)
                continue
            match command:
                case SetTimer():
                    self._timer_set(command, time)
                case CancelTask():
                    stretch = self.open.get((command.address, command.attempt))
                    if stretch is not None:
                        stretch.canceller, stretch.told_to_end = self._cause, True
                case ClearTimer():
                    self._timer_cleared(command, time)
                case EndRun():
                    self.root.ended = time
                    self.root.end_cause = self._cause

    # As an observer.

    def step_started(self, address: str, node: Node, time: float) -> None:
        """See `Observer`."""
        span = self.by_address.get(address) or self._new_span(address, node, time)
        if span.rounds == 0:
            span.opened = time
        span.rounds += 1
        span.opened_by = span.last_opened = self._event
        span.status, span.ended = "running", None
        span.cause = self._cause

    def step_finished(self, address: str, node: Node, record: StepRecord) -> None:
        """See `Observer`."""
        span = self._span(address, node, record.started_at)
        if span.rounds == 0 or span.status != "running":
            # A pure or skipped step: no call told that it began.
            span.rounds += 1
            span.cause, span.last_opened = self._cause, self._event
        if self._kept and address in self._kept and self._is_fresh(span) and record.status is Status.SUCCEEDED:
            self._take_kept(span, record)
        span.status = record.status.value
        ended = record.started_at + record.duration
        span.ended = ended if ended > span.opened else span.opened
        span.attempts = record.attempts
        span.reason = record.reason
        span.error = record.error
        span.end_cause = self._cause
        if self._wanted is not None and self._wanted(address, node):
            span.output = record.output
        if record.status is Status.CANCELLED:
            self._note_canceller(span)

    def step_retrying(self, address: str, node: Node, failure: Failure, attempt: int, due: float) -> None:
        """See `Observer`."""
        span = self.by_address.get(address)
        if span is not None:
            span.attempts, span.error, span.last_retried = attempt + 1, failure, self._event

    def block_opened(self, address: str, node: Node, total: int, limit: int) -> None:
        """See `Observer`."""
        span = self.by_address.get(address)
        if span is not None:
            span.total, span.limit = total, limit

    # The spans.

    def _span(self, address: str, node: Node, time: float) -> StepSpan:
        span = self.by_address.get(address)
        return self._new_span(address, node, time) if span is None else span

    def _new_span(self, address: str, node: Node, time: float) -> StepSpan:
        parent = self._holder(address)
        label = address[len(parent.address) + 1 :] if parent.address else address
        span = self.by_address[address] = StepSpan(address, label, parent, node, node.id, node.kind, time)
        parent.children.append(span)
        return span

    def _holder(self, address: str) -> StepSpan:
        while (cut := address.rfind("/")) > 0:
            address = address[:cut]
            if span := self.by_address.get(address):
                return span
        return self.root

    def _take_kept(self, span: StepSpan, record: StepRecord) -> None:
        self._kept.discard(span.address)
        began = record.started_at
        ended = began + record.duration
        span.kept = True
        span.opened = min(span.opened, began)
        stretch = Stretch(span, "kept", record.attempts, began, began, span.cause, ended=ended, status="succeeded")
        span.stretches.append(stretch)
        self._cause = stretch

    def _note_canceller(self, span: StepSpan) -> None:
        if span.stretches and span.stretches[-1].told_to_end:
            span.canceller = span.stretches[-1].canceller
        elif span.canceller is None:
            # A wait ends at once when it is told to; a block ends with the last in it that was told to.
            span.canceller = self._cause

    # The stretches.

    def _task_asked(self, command: StartTask, time: float) -> None:
        span = self.by_address.get(command.address)
        if span is None:
            return
        cause = self._cause_of_next(span)
        stretch = Stretch(span, "task", command.attempt, time, time, cause, pool=command.pool)
        if self._wanted is not None and self._wanted(command.address, command.node):
            stretch.arguments = command.arguments
        span.stretches.append(stretch)
        self.open[command.address, command.attempt] = stretch

    def _timer_set(self, command: SetTimer, time: float) -> None:
        span = self.by_address.get(command.address, self.root)
        word, _, number = command.name.partition("-")
        kind = _TIMERS.get(word, "delay")
        attempt = int(number) if number.isdecimal() else 1
        if kind == "timeout":
            # It is set before the attempt that it limits, and is no part of the step's time by itself.
            cause = span.cause if self._is_fresh(span) else self._cause
        else:
            cause = self._cause_of_next(span)
        stretch = Stretch(span, kind, attempt, time, time, cause, due=command.due)
        if kind != "timeout":
            span.stretches.append(stretch)
        self.open[command.address, command.name] = stretch

    def _timer_cleared(self, command: ClearTimer, time: float) -> None:
        stretch = self.open.pop((command.address, command.name), None)
        if stretch is not None and stretch.kind != "timeout":
            stretch.ended, stretch.status = time, "cancelled"
            stretch.canceller, stretch.told_to_end = self._cause, True

    def _is_fresh(self, span: StepSpan) -> bool:
        return span.opened_by == self._event

    def _cause_of_next(self, span: StepSpan) -> Stretch | None:
        if not self._is_fresh(span):
            return self._cause
        span.opened_by = 0
        return span.cause

    def _end(self, stretch: Stretch, event: Event) -> None:
        stretch.ended = event.time if event.time > stretch.began else stretch.began
        stretch.status = _ENDED[type(event)]
        self._cause = self.last = stretch
