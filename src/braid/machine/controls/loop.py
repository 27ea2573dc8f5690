"""The loop."""

from __future__ import annotations

import msgspec

from braid.expressions import EvaluationError
from braid.language.plan import LoopNode
from braid.language.task_kind import Value
from braid.machine.controls.control import Control
from braid.machine.decision import Decision, Finish, Key, StartBody
from braid.machine.evaluation import expression_failure, whole_number
from braid.machine.frames import Frame
from braid.machine.outcome import Broke, Continued, Failed, Outcome, Succeeded
from braid.machine.scope import ListScope, Records


class LoopFrame(Frame, eq=False):
    """`previous` holds the records of the iteration before, visible until the new one overwrites them."""

    node: LoopNode
    iteration: int = 0
    iterations_max: int = 0
    last: Value = None
    previous: Records = msgspec.field(default_factory=dict)


class LoopControl(Control[LoopNode, LoopFrame]):
    """Repeats its steps while `while` holds, until `until` holds, and never more than `max` times."""

    def open(self, node: LoopNode, parent: Frame, key: Key, scope: ListScope) -> LoopFrame:
        return LoopFrame(parent, key, scope, node)

    def start(self, frame: LoopFrame) -> Decision:
        try:
            frame.iterations_max = whole_number(frame.node.max, frame.scope, "max")
            return self._iterate(frame)
        except EvaluationError as error:
            return (Finish(Failed(expression_failure(error))),)

    def on_child(self, frame: LoopFrame, key: Key, outcome: Outcome, exports: Records | None) -> Decision:
        frame.previous = exports or {}
        match outcome:
            case Succeeded(value):
                frame.last = value
            case Continued():
                frame.last = None
            case Broke():
                return self._finish(frame, "break")
            case _:
                return self._finish(frame, "", outcome)
        try:
            # `until` is about the iteration that ended, so it still sees its number.
            if frame.node.until is not None and frame.node.until.evaluate(self._scope(frame, "until")):
                return self._finish(frame, "until")
            frame.iteration += 1
            return self._iterate(frame)
        except EvaluationError as error:
            return self._finish(frame, "", Failed(expression_failure(error)))

    def _iterate(self, frame: LoopFrame) -> Decision:
        if frame.iteration == frame.iterations_max:
            return self._finish(frame, "max")
        scope = self._scope(frame, "while")
        if frame.node.while_ is not None and not frame.node.while_.evaluate(scope):
            return self._finish(frame, "while")
        return (StartBody(frame.iteration, frame.node.body, None, scope),)

    def _scope(self, frame: LoopFrame, place: str) -> ListScope:
        scope = frame.scope.child({"iteration": frame.iteration}, frame.previous)
        scope.circumstances.enter(frame, frame.iteration, place)
        return scope

    def _finish(self, frame: LoopFrame, reason: str, outcome: Outcome | None = None) -> Decision:
        frame.exports = frame.previous
        return (Finish(outcome or Succeeded(frame.last), reason),)
