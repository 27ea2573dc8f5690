"""`if` with `then`, and `switch`: one body is taken, or none."""

from __future__ import annotations

from braid.expressions import EvaluationError
from braid.language.plan import Body, IfNode, SwitchNode
from braid.machine.controls.control import Control
from braid.machine.decision import Decision, Finish, Key, StartBody
from braid.machine.evaluation import expression_failure
from braid.machine.frames import Frame
from braid.machine.outcome import Failed, Outcome, Succeeded
from braid.machine.scope import ListScope, Records

NOT_TAKEN: Decision = (Finish(Succeeded(None), "no branch taken"),)


class IfControl(Control[IfNode, Frame]):
    """Runs `then` when the condition holds, else `else`."""

    def open(self, node: IfNode, parent: Frame, key: Key, scope: ListScope) -> Frame:
        return Frame(parent, key, scope, node)

    def start(self, frame: Frame) -> Decision:
        node: IfNode = frame.node
        try:
            holds = node.test.evaluate(frame.scope)
        except EvaluationError as error:
            return (Finish(Failed(expression_failure(error))),)
        if holds:
            return (StartBody("then", node.then),)
        return (StartBody("else", node.otherwise),) if node.otherwise else NOT_TAKEN

    def on_child(self, frame: Frame, key: Key, outcome: Outcome, exports: Records | None) -> Decision:
        frame.exports = exports
        return (Finish(outcome),)


class SwitchControl(Control[SwitchNode, Frame]):
    """Runs the first case that holds, else `default`."""

    def open(self, node: SwitchNode, parent: Frame, key: Key, scope: ListScope) -> Frame:
        return Frame(parent, key, scope, node)

    def start(self, frame: Frame) -> Decision:
        try:
            chosen = self._chosen(frame.node, frame.scope)
        except EvaluationError as error:
            return (Finish(Failed(expression_failure(error))),)
        return (StartBody(*chosen),) if chosen else NOT_TAKEN

    def on_child(self, frame: Frame, key: Key, outcome: Outcome, exports: Records | None) -> Decision:
        frame.exports = exports
        return (Finish(outcome),)

    def _chosen(self, node: SwitchNode, scope: ListScope) -> tuple[str, Body] | None:
        value = node.value.evaluate(scope) if node.value else None
        for number, case in enumerate(node.cases, start=1):
            when = case.when.evaluate(scope)
            if node.value is None:
                holds = bool(when)
            else:
                # A case that is a list lists alternatives, unless the value itself is a list.
                holds = _equal(when, value) or (
                    isinstance(when, list) and not isinstance(value, list) and any(_equal(each, value) for each in when)
                )
            if holds:
                return f"case-{number}", case.body
        return ("default", node.default) if node.default else None


def _equal(left: object, right: object) -> bool:
    # Python holds True == 1; a workflow's `when: 1` doesn't mean true.
    return left == right and isinstance(left, bool) == isinstance(right, bool)
