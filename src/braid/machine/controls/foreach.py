"""The foreach block."""

from __future__ import annotations

from braid.expressions import EvaluationError
from braid.language.plan import ForeachNode
from braid.machine.controls.fan_out import MISSING, FanOutControl, FanOutFrame
from braid.machine.decision import OPEN_WINDOW, Decision, Finish, StartBody
from braid.machine.evaluation import expression_failure
from braid.machine.outcome import Failed, Outcome, Succeeded


class ForeachControl(FanOutControl[ForeachNode]):
    """Starts items in order, at most `limit` in progress; the output is the list of their outputs, in item order."""

    def start(self, frame: FanOutFrame) -> Decision:
        node: ForeachNode = frame.node
        frame.scope.circumstances.enter(frame, "items")
        try:
            items = node.items.evaluate(frame.scope)
            limit = node.limit.evaluate(frame.scope)
        except EvaluationError as error:
            return (Finish(Failed(expression_failure(error))),)
        if not isinstance(items, list):
            return self._refuse(f"`items` must be a list, not {type(items).__name__}{_advice(items)}", "items")
        frame.items = items
        if node.collect:
            frame.results = [MISSING] * len(items)
        return self.begin(frame, len(items), limit)

    def child(self, frame: FanOutFrame, number: int) -> StartBody:
        node: ForeachNode = frame.node
        bindings = {
            node.variable: frame.items[number],
            "index": number,
            "branch": frame.child_info(number, None),
        }
        return StartBody(number, node.body, bindings)

    def label(self, frame: FanOutFrame, number: int) -> str:
        return f"item {number}"

    def join(self, frame: FanOutFrame) -> Decision:
        if frame.following < frame.total and not frame.failures:
            return OPEN_WINDOW  # nearly always
        settle = frame.node.settle
        if frame.failures and not settle:
            return (Finish(Failed(next(iter(frame.failures.values())))),)
        if settle and self.too_many_failures(frame):
            return (Finish(self.tolerance_failure(frame)),)
        return (Finish(self.result(frame)),) if self.all_done(frame) else self.go_on(frame)

    def result(self, frame: FanOutFrame) -> Outcome:
        node: ForeachNode = frame.node
        if not node.collect:
            return Succeeded(None)
        if node.settle:
            return Succeeded([self.settled(frame, number) for number in range(frame.total)])
        return Succeeded(frame.results)


def _advice(items: object) -> str:
    if isinstance(items, dict):
        return "; `| dict2items` makes a list of {key, value} of an object"
    return ""
