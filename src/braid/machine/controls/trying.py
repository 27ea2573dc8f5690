"""`try` with `catch` and `finally`."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from braid.expressions import EvaluationError
from braid.language.plan import TryNode
from braid.machine.controls.control import Control
from braid.machine.decision import NOTHING, CancelChildren, Decision, Finish, Key, StartBody
from braid.machine.evaluation import expression_failure
from braid.machine.frames import Frame
from braid.machine.outcome import Cancelled, Failed, Failure, Outcome, Succeeded
from braid.machine.scope import ListScope, Records

BODY = ""
CATCH = "catch"
FINALLY = "finally"


class TryFrame(Frame, eq=False):
    """`pending` is the outcome of body and handler, which `finally` may not change but by failing."""

    node: TryNode
    pending: Outcome | None = None
    cancelled: bool = False
    records: Records = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        self.exports = self.records


class TryControl(Control[TryNode, TryFrame]):
    """Runs its steps; a failure goes to the first handler that takes it; `finally` runs in any case."""

    def open(self, node: TryNode, parent: Frame, key: Key, scope: ListScope) -> TryFrame:
        return TryFrame(parent, key, scope, node)

    def start(self, frame: TryFrame) -> Decision:
        return (StartBody(BODY, frame.node.body),)

    def on_child(self, frame: TryFrame, key: Key, outcome: Outcome, exports: Records | None) -> Decision:
        if key == FINALLY:
            # What cleaning up held is nobody's business afterwards.
            return (Finish(self._after_finally(frame, outcome)),)
        frame.records.update(exports or {})
        if frame.cancelled:
            outcome = Cancelled()
        if key == BODY and isinstance(outcome, Failed):
            frame.error = outcome.failure
            try:
                handler = self._handler(frame, outcome.failure)
            except EvaluationError as error:
                outcome = Failed(expression_failure(error))
            else:
                if handler is not None:
                    return (handler,)
        if key == CATCH and isinstance(outcome, Succeeded):
            frame.reason = CATCH
        frame.pending = outcome
        return self._clean_up(frame)

    def on_cancel(self, frame: TryFrame) -> Decision:
        if frame.cancelled:
            return NOTHING
        frame.cancelled = True
        # Cleaning up is what `finally` is for: it is let run to its end, and only then the try is cancelled.
        if FINALLY in frame.children:
            return NOTHING
        return (CancelChildren(tuple(frame.children)),)

    def _handler(self, frame: TryFrame, failure: Failure) -> StartBody | None:
        bindings = {"error": failure.to_value()}
        scope = frame.scope.child(bindings, frame.records)
        for number, handler in enumerate(frame.node.handlers):
            scope.circumstances.enter(frame, CATCH, number)
            if handler.when is None or handler.when.evaluate(scope):
                return StartBody(CATCH, handler.body, None, scope)
        return None

    def _clean_up(self, frame: TryFrame) -> Decision:
        assert frame.pending is not None
        if frame.node.finally_ is None:
            return (Finish(frame.pending, frame.reason),)
        bindings = {"error": frame.error.to_value()} if frame.error else None
        return (StartBody(FINALLY, frame.node.finally_, None, frame.scope.child(bindings, frame.records)),)

    def _after_finally(self, frame: TryFrame, outcome: Outcome) -> Outcome:
        if frame.cancelled:
            return Cancelled()
        if isinstance(outcome, Failed):
            earlier = frame.pending
            if isinstance(earlier, Failed) and outcome.failure.cause is None:
                return Failed(replace(outcome.failure, cause=earlier.failure))
            return outcome
        assert frame.pending is not None
        return frame.pending
