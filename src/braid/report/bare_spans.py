"""What the events of a run tell without its plan: which tasks were answered, when and how."""

from __future__ import annotations

from braid.machine.events import Event, ResultKept, TaskCancelled, TaskFailed, TaskSucceeded
from braid.machine.outcome import Failure
from braid.report.run_tree import RunTree, StepReport
from braid.report.spans import StepSpan, Stretch


class BareSpans:
    """Told of every event. All steps stand directly below the run: nothing tells blocks from branches.

    Attributes:
        last_failure: The last attempt that failed: what most likely ended a failed run.
    """

    def __init__(self, started: float) -> None:
        self.root = StepSpan("", "", None, None, None, "workflow", started)
        self.by_address: dict[str, StepSpan] = {}
        self.last_failure: Failure | None = None

    def take(self, event: Event) -> None:
        """Take note of an answer."""
        match event:
            case TaskSucceeded():
                self._answered(event, "succeeded", None)
            case TaskFailed():
                step = event.address.rpartition("/")[2]
                failure = Failure(event.type, event.message, step, event.address, event.attempt, details=event.details)
                self.last_failure = failure
                self._answered(event, "failed", failure)
            case TaskCancelled():
                self._answered(event, "cancelled", None)
            case ResultKept():
                self._answered(event, "succeeded", None).kept = True

    def tree(self) -> RunTree:
        """The steps for `--json`."""
        tree = RunTree()
        for address, span in self.by_address.items():
            ended = span.opened if span.ended is None else span.ended
            tree.steps[address] = StepReport(
                address, None, "", span.status, span.attempts, span.opened, ended - span.opened, error=span.error
            )
        return tree

    def _answered(
        self, event: TaskSucceeded | TaskFailed | TaskCancelled | ResultKept, status: str, failure: Failure | None
    ) -> StepSpan:
        span = self.by_address.get(event.address)
        if span is None:
            span = StepSpan(event.address, event.address, self.root, None, None, "", event.started)
            self.by_address[event.address] = span
            self.root.children.append(span)
        span.status, span.ended, span.error, span.attempts = status, event.time, failure, event.attempt
        span.stretches.append(
            Stretch(
                span,
                "task",
                event.attempt,
                event.started,
                event.started,
                None,
                ended=event.time,
                status=status,
                message=failure.message if failure is not None else "",
            )
        )
        return span
