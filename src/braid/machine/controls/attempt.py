"""What stands round a step's body: its attempts, their timeout, its output, its schema and its fallback."""

from __future__ import annotations

from braid.expressions import EvaluationError, format_duration
from braid.language.plan import Node, RetryPolicy, TaskNode
from braid.language.task_kind import PureTask, TimerTask, Value
from braid.machine.controls.control import Control
from braid.machine.decision import (
    NOTHING,
    CancelChildren,
    ClearTimer,
    Decision,
    Finish,
    Key,
    Retrying,
    SetTimer,
    StartBody,
    StartKind,
)
from braid.machine.evaluation import expression_failure, seconds, whole_number
from braid.machine.frames import Frame
from braid.machine.outcome import Failed, Failure, Outcome, Succeeded
from braid.machine.scope import ListScope, Records

BODY = ""
FALLBACK = "fallback"


class AttemptFrame(Frame, eq=False):
    """A step with attempts. `attempts` is the number of the attempt in progress, or of the last one.

    `timeout`: seconds that the machine gives the attempt in progress, where the executor doesn't time it.
    """

    node: Node
    attempts: int = 0
    timeout: float | None = None
    timed_out: bool = False


class AttemptControl(Control[Node, AttemptFrame]):
    """Tries a step until an attempt succeeds, the policy gives up, or the fallback takes over."""

    def open(self, node: Node, parent: Frame, key: Key, scope: ListScope) -> AttemptFrame:
        return AttemptFrame(parent, key, scope, node)

    def start(self, frame: AttemptFrame) -> Decision:
        frame.attempts += 1
        frame.timeout = None
        frame.timed_out = False
        frame.error = None
        node = frame.node
        if node.timeout is None:
            return (StartKind(frame.attempts, None),)
        try:
            timeout = seconds(node.timeout, frame.scope)
        except EvaluationError as error:
            return self._failed(frame, expression_failure(error))
        if _timed_by_executor(node):
            return (StartKind(frame.attempts, timeout),)
        frame.timeout = timeout
        due = frame.scope.circumstances.due(timeout)
        return (SetTimer(f"timeout-{frame.attempts}", due), StartKind(frame.attempts, None))

    def on_timer(self, frame: AttemptFrame, name: str) -> Decision:
        if name.startswith("retry"):
            return self.start(frame)
        frame.timed_out = True
        return (CancelChildren((BODY,)),)

    def on_child(self, frame: AttemptFrame, key: Key, outcome: Outcome, exports: Records | None) -> Decision:
        if key == FALLBACK:
            frame.exports = exports
            return (Finish(outcome, FALLBACK),)
        clear: Decision = NOTHING
        if frame.timeout is not None:
            if frame.timed_out:
                return self._failed(frame, Failure("timeout", f"took longer than {format_duration(frame.timeout)}"))
            clear = (ClearTimer(f"timeout-{frame.attempts}"),)
        match outcome:
            case Succeeded(value):
                frame.exports = exports
                return clear + self._check(frame, value)
            case Failed(failure):
                return clear + self._failed(frame, failure)
            case _:
                frame.exports = exports
                return (*clear, Finish(outcome))

    def _check(self, frame: AttemptFrame, result: Value) -> Decision:
        node = frame.node
        output = result
        if node.output is not None:
            scope = frame.scope.child({"result": result}, frame.exports)
            scope.circumstances.enter(frame, "output")
            try:
                output = node.output.evaluate(scope)
            except EvaluationError as error:
                return self._failed(frame, expression_failure(error))
        elif isinstance(node, TaskNode):
            output = node.task.output(result)
        if node.schema is not None:
            errors = node.schema.errors(output)
            if errors:
                return self._failed(frame, Failure("schema", f"the output doesn't meet `schema`: {'; '.join(errors)}"))
        return (Finish(Succeeded(output)),)

    def _failed(self, frame: AttemptFrame, failure: Failure) -> Decision:
        failure = failure.at(frame.node.key, frame.address, frame.attempts)
        frame.error = failure
        frame.exports = None
        retry = frame.node.retry
        try:
            due = self._next_attempt(frame, retry, failure) if retry else None
        except EvaluationError as error:
            return (Finish(Failed(expression_failure(error).at(frame.node.key, frame.address, frame.attempts))),)
        if due is None:
            return self._fall_back(frame, failure)
        return (
            Retrying(failure, frame.attempts, due),
            SetTimer(f"retry-{frame.attempts}", due),
        )

    def _next_attempt(self, frame: AttemptFrame, retry: RetryPolicy, failure: Failure) -> float | None:
        """When the next attempt starts, or None when this was the last one."""
        if frame.attempts >= whole_number(retry.attempts, frame.scope, "attempts"):
            return None
        again = failure.retryable
        if retry.when is not None:
            scope = frame.scope.child({"error": failure.to_value()})
            scope.circumstances.enter(frame, "when", frame.attempts)
            again = bool(retry.when.evaluate(scope))
        if not again:
            return None
        due = frame.scope.circumstances.due(self._delay(frame, retry, failure))
        within = seconds(retry.within, frame.scope) if retry.within else None
        return None if within is not None and due - frame.began > within else due

    def _delay(self, frame: AttemptFrame, retry: RetryPolicy, failure: Failure) -> float:
        delay = seconds(retry.delay, frame.scope)
        match retry.backoff:
            case "linear":
                delay *= frame.attempts
            case "exponential":
                # The exponent is capped where any delay has long met `max_delay`: 2.0**1024 overflows.
                delay *= 2.0 ** min(frame.attempts - 1, 64)
        delay = min(delay, seconds(retry.max_delay, frame.scope))
        if retry.jitter:
            frame.scope.circumstances.enter(frame, "jitter", frame.attempts)
            drawn = int.from_bytes(frame.scope.entropy()[:7], "big") / (1 << 56)
            delay *= 1 - retry.jitter * drawn
        # The server's wish is no guess: neither the cap nor the jitter shortens it.
        return max(delay, failure.retry_after or 0.0)

    def _fall_back(self, frame: AttemptFrame, failure: Failure) -> Decision:
        fallback = frame.node.fallback
        if fallback is None:
            return (Finish(Failed(failure)),)
        bindings = {"error": failure.to_value()}
        if fallback.body is not None:
            return (StartBody(FALLBACK, fallback.body, bindings),)
        assert fallback.value is not None
        scope = frame.scope.child(bindings)
        scope.circumstances.enter(frame, FALLBACK)
        try:
            return (Finish(Succeeded(fallback.value.evaluate(scope)), FALLBACK),)
        except EvaluationError as error:
            return (Finish(Failed(expression_failure(error))),)


def _timed_by_executor(node: Node) -> bool:
    # Only the executor knows when a task leaves its pool's queue and begins; a wait is not the task's fault.
    return isinstance(node, TaskNode) and not isinstance(node.task, PureTask | TimerTask)
