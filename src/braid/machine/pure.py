"""Steps that the machine computes itself: pure tasks, jumps, returns, and when a timer task is due."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec.structs import replace

from braid.expressions import EvaluationError
from braid.language.plan import JumpKind, JumpNode, ReturnNode, TaskNode
from braid.language.task_kind import PureTask, TaskError, TimerTask
from braid.machine.evaluation import expression_failure
from braid.machine.outcome import Broke, Continued, Failed, Failure, Jumped, Outcome, Returned, Succeeded
from braid.machine.scope import ListScope, moment


def pure_outcome(node: TaskNode, task: PureTask, scope: ListScope) -> Outcome:
    """What a pure task gives, before its `output`."""
    try:
        return Succeeded(task.evaluate(node.arguments.evaluate(scope)))
    except EvaluationError as error:
        return Failed(expression_failure(error))
    except TaskError as error:
        from braid.language.seen import seen_by_conditions  # only failures need it

        return Failed(replace(task_failure(error), seen=seen_by_conditions(node.arguments, scope)))


def timer_due(node: TaskNode, task: TimerTask, scope: ListScope) -> float | Failed:
    """When a timer task ends, in epoch seconds."""
    try:
        due = task.due(node.arguments.evaluate(scope), moment(scope.circumstances.due(0.0)))
    except EvaluationError as error:
        return Failed(expression_failure(error))
    except TaskError as error:
        return Failed(task_failure(error))
    return _epoch_seconds(due)


def jump_outcome(node: JumpNode | ReturnNode, scope: ListScope, address: str) -> Outcome:
    """Where a jump goes; success when its condition is false."""
    try:
        if isinstance(node, ReturnNode):
            return Returned(node.value.evaluate(scope))
        if node.when is not None and not node.when.evaluate(scope):
            return Succeeded(None)
    except EvaluationError as error:
        return Failed(expression_failure(error))
    match node.jump:
        case JumpKind.BREAK:
            return Broke()
        case JumpKind.CONTINUE:
            return Continued()
        case JumpKind.GOTO:
            assert node.target is not None
            return Jumped(node.target, node, address)


def task_failure(error: TaskError) -> Failure:
    """A task's own failure as data."""
    return Failure(
        error.type,
        error.message,
        details=error.details,
        retryable=error.retryable,
        retry_after=error.retry_after,
    )


def _epoch_seconds(due: datetime) -> float:
    # A date without a zone is UTC, as everywhere in a workflow.
    return (due if due.tzinfo else due.replace(tzinfo=UTC)).timestamp()
