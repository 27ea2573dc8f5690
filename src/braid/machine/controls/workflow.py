"""A whole workflow: variables, body, output, `on_failure` and `finally`; the run's own, or one that `call` started."""

from __future__ import annotations

from braid.expressions import EvaluationError, format_duration
from braid.language.plan import Plan
from braid.language.task_kind import Value
from braid.machine.controls.control import Control
from braid.machine.decision import NOTHING, CancelChildren, ClearTimer, Decision, Finish, Key, SetTimer, StartBody
from braid.machine.evaluation import expression_failure, seconds
from braid.machine.frames import RunFrame
from braid.machine.outcome import Cancelled, Failed, Failure, Outcome, Returned, Succeeded
from braid.machine.scope import Records

BODY = ""
ON_FAILURE = "on_failure"
FINALLY = "finally"
TIMEOUT = "timeout"


class WorkflowControl(Control[Plan, RunFrame]):
    """Runs the body, then what must follow it."""

    def start(self, frame: RunFrame) -> Decision:
        plan = frame.node
        variables: dict[str, Value] = {}
        bindings = {**(frame.scope.bindings or {}), "inputs": frame.inputs, "vars": variables}
        frame.scope = frame.scope.replaced(bindings)
        timer: Decision = NOTHING
        try:
            for name, value in plan.variables.items():
                frame.scope.circumstances.enter(frame, "vars", name)
                variables[name] = value.evaluate(frame.scope)
            if plan.timeout is not None:
                timer = (SetTimer(TIMEOUT, frame.scope.circumstances.due(seconds(plan.timeout, frame.scope))),)
        except EvaluationError as error:
            return self._after_body(frame, Failed(expression_failure(error)))
        return (*timer, StartBody(BODY, plan.body))

    def on_child(self, frame: RunFrame, key: Key, outcome: Outcome, exports: Records | None) -> Decision:
        frame.records = {**frame.records, **(exports or {})}
        if key == BODY:
            clear: Decision = (ClearTimer(TIMEOUT),) if frame.node.timeout is not None else NOTHING
            return clear + self._after_body(frame, self._body_outcome(frame, outcome))
        assert frame.result is not None
        if key == ON_FAILURE:
            return self._clean_up(frame)
        if frame.cancelled:
            return (Finish(Cancelled()),)
        # The first failure is the run's; one in `finally` is told only when there was none (its record has it anyway).
        if isinstance(outcome, Failed) and not isinstance(frame.result, Failed):
            return (Finish(outcome),)
        return (Finish(frame.result),)

    def on_timer(self, frame: RunFrame, name: str) -> Decision:
        frame.timed_out = True
        return (CancelChildren((BODY,)),)

    def on_cancel(self, frame: RunFrame) -> Decision:
        frame.cancelled = True
        return (CancelChildren(tuple(key for key in frame.children if key != FINALLY)),)

    def _body_outcome(self, frame: RunFrame, outcome: Outcome) -> Outcome:
        if frame.cancelled:
            return Cancelled()
        if frame.timed_out:
            assert frame.node.timeout is not None
            limit = format_duration(seconds(frame.node.timeout, frame.scope))
            return Failed(Failure("timeout", f"the workflow took longer than {limit}", retryable=False))
        match outcome:
            case Returned(value):
                return Succeeded(value)
            case Succeeded() if frame.node.output is not None:
                scope = frame.scope.child(None, frame.records)
                scope.circumstances.enter(frame, "output")
                try:
                    return Succeeded(frame.node.output.evaluate(scope))
                except EvaluationError as error:
                    return Failed(expression_failure(error))
        return outcome

    def _after_body(self, frame: RunFrame, result: Outcome) -> Decision:
        frame.result = result
        if isinstance(result, Failed):
            frame.error = result.failure
            if frame.node.on_failure is not None:
                bindings = {"error": result.failure.to_value()}
                scope = frame.scope.child(bindings, frame.records)
                return (StartBody(ON_FAILURE, frame.node.on_failure, None, scope),)
        return self._clean_up(frame)

    def _clean_up(self, frame: RunFrame) -> Decision:
        assert frame.result is not None
        if frame.cancelled:
            frame.result = Cancelled()
        if frame.node.finally_ is None:
            return (Finish(frame.result),)
        bindings = {"error": frame.error.to_value()} if frame.error else None
        scope = frame.scope.child(bindings, frame.records)
        return (StartBody(FINALLY, frame.node.finally_, None, scope),)
