"""A workflow, interpreted: the run, its lists, and what is round the body of every step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from braid.expressions import EvaluationError
from braid.expressions.durations import parse_duration
from braid.language.plan import Body, Node, Plan
from braid.language.task_kind import TaskError, Value
from braid.machine.outcome import Failed, Failure, Outcome, Status, StepRecord, Succeeded
from braid.testing.reference.blocks import Blocks
from braid.testing.reference.leaving import (
    JumpedError,
    LeavingError,
    ReturnedError,
    StepFailedError,
    TimedOutError,
    failed,
)
from braid.testing.reference.retry import Attempts
from braid.testing.reference.scope import NaiveScope, World

Answer = Callable[[str, int, str, Mapping[str, Value]], Value]
"""What the world answers: (address, attempt, kind, arguments) → result, or TaskError raised."""

CALL_DEPTH_MAX = 16
"""Calls within calls, as in the machine."""


@dataclass(frozen=True, slots=True)
class Interpretation:
    """How a run ended, and the record of every step by its address."""

    outcome: Outcome
    records: Mapping[str, StepRecord]


def interpret(
    plan: Plan,
    inputs: Mapping[str, Value],
    answer: Answer,
    *,
    secrets: Mapping[str, str] | None = None,
    env: Mapping[str, str] | None = None,
    start: float = 0.0,
) -> Interpretation:
    """Run a plan. Pools don't exist here, and a task takes no time: only waits come up to a timeout."""
    world = World(now=start)
    interpreter = Interpreter(world, answer)
    given = {"secrets": dict(secrets or {}), "env": dict(env or {})}
    try:
        outcome: Outcome = Succeeded(interpreter.workflow(plan, inputs, given, ""))
    except StepFailedError as error:
        outcome = Failed(error.failure)
    return Interpretation(outcome, world.records)


class Interpreter:
    def __init__(self, world: World, answer: Answer) -> None:
        self.world = world
        self.answer = answer
        self.calls = 0
        self.blocks = Blocks(self)

    def workflow(self, plan: Plan, inputs: Mapping[str, Value], given: Mapping[str, Value], prefix: str) -> Value:
        if self.calls > CALL_DEPTH_MAX:
            raise failed("limit", f"more than {CALL_DEPTH_MAX} calls within calls")
        self.calls += 1
        try:
            return self._workflow(plan, inputs, given, prefix)
        finally:
            self.calls -= 1

    def _workflow(self, plan: Plan, inputs: Mapping[str, Value], given: Mapping[str, Value], prefix: str) -> Value:
        defaults = {name: spec.default for name, spec in plan.inputs.items() if not spec.required}
        run = {"id": "reference", "workflow": plan.name, "started_at": None}
        variables: dict[str, Value] = {}
        root = NaiveScope(self.world, None, {**given, "inputs": {**defaults, **inputs}, "vars": variables, "run": run})
        scope = root.child()
        failure: Failure | None = None
        output: Value = None
        try:
            for name, variable in plan.variables.items():
                variables[name] = evaluated(variable.evaluate, root)
            output = self.steps(plan.body, scope, prefix)
            if plan.output is not None:
                output = evaluated(plan.output.evaluate, scope)
        except ReturnedError as returned:
            output = returned.value
        except StepFailedError as error:
            failure = error.failure
            self.aftermath(plan.on_failure, scope.child({"error": failure.to_value()}), prefix + "on_failure/")
        told = {"error": failure.to_value()} if failure else {}
        problem = self.aftermath(plan.finally_, scope.child(told), prefix + "finally/")
        if failure or problem:
            raise StepFailedError(failure or problem or Failure("", ""))
        return output

    def aftermath(self, body: Body | None, scope: NaiveScope, prefix: str) -> Failure | None:
        """Steps after the run; the failure is given back, for an earlier one comes first."""
        try:
            if body is not None:
                self.steps(body, scope, prefix)
        except StepFailedError as error:
            return error.failure
        return None

    def steps(self, body: Body, scope: NaiveScope, prefix: str) -> Value:
        """Run a list; its records go to `scope`. Gives the output of the step that ended last."""
        visits = [0] * len(body.steps)
        jumps: dict[Node, int] = {}
        position, last = 0, None
        while position < len(body.steps):
            node = body.steps[position]
            visits[position] += 1
            again = f"~{visits[position]}" if visits[position] > 1 else ""
            try:
                last = self.step(node, scope, prefix + node.key + again)
                position += 1
            except JumpedError as jump:
                if jump.target not in body.positions:
                    raise
                jumps[jump.node] = jumps.get(jump.node, 0) + 1
                if jumps[jump.node] > jump.node.visits_max:
                    failure = failed("limit", f"more than {jump.node.visits_max} jumps").failure
                    raise StepFailedError(failure.at(jump.node.id or jump.node.key, jump.address, 1)) from None
                position, last = body.positions[jump.target], None
        return last

    def step(self, node: Node, scope: NaiveScope, address: str) -> Value:
        """if → attempts → fallback."""
        record = StepRecord(None, Status.SUCCEEDED, started_at=self.world.now)
        exports: dict[str, StepRecord] = {}
        try:
            if node.condition is not None and not evaluated(node.condition.evaluate, scope):
                record.status, record.reason, record.attempts = Status.SKIPPED, "condition is false", 0
            else:
                record.output = self.attempts(node, scope, address, record, exports)
        except StepFailedError as error:
            record.status = Status.FAILED
            record.error = error.failure.at(node.id or node.key, address, record.attempts)
            exports.clear()
            raise StepFailedError(record.error) from None
        except LeavingError as leaving:
            record.reason = str(leaving)
            if isinstance(leaving, TimedOutError):
                record.status = Status.CANCELLED
            raise
        finally:
            record.duration = self.world.now - record.started_at
            self.world.records[address] = record
            scope.steps.update(exports)
            if node.id:
                scope.steps[node.id] = record
        return record.output

    def attempts(
        self, node: Node, scope: NaiveScope, address: str, record: StepRecord, exports: dict[str, StepRecord]
    ) -> Value:
        attempts = Attempts(node.retry, scope, self.world.now)
        while True:
            record.attempts = attempts.next()
            exports.clear()
            try:
                return self.timed(node, scope, address, record, exports)
            except StepFailedError as error:
                failure = error.failure.at(node.id or node.key, address, record.attempts)
            delay = attempts.delay_after(failure, self.world.now)
            if delay is None:
                return self.fallback(node, scope, address, failure, record, exports)
            self.world.wait_until(self.world.now + delay)

    def timed(
        self, node: Node, scope: NaiveScope, address: str, record: StepRecord, exports: dict[str, StepRecord]
    ) -> Value:
        """An attempt within its timeout."""
        deadlines = self.world.deadlines
        depth = len(deadlines)
        if node.timeout is not None:
            deadlines.append(self.world.now + parse_duration(node.timeout.evaluate(scope)))
        try:
            return self.attempt(node, scope, address, record, exports)
        except TimedOutError as error:
            if node.timeout is None or error.depth != depth:
                raise
            raise failed("timeout", "took too long") from None
        finally:
            del deadlines[depth:]

    def attempt(
        self, node: Node, scope: NaiveScope, address: str, record: StepRecord, exports: dict[str, StepRecord]
    ) -> Value:
        """body → output → schema."""
        try:
            value = self.blocks.run(node, scope, address, record, exports)
            if node.output is not None:
                value = node.output.evaluate(scope.child({"result": value}))
        except EvaluationError as error:
            raise StepFailedError(Failure("expression", error.message, retryable=False)) from error
        except TaskError as error:
            raise StepFailedError(task_failure(error)) from error
        problems = node.schema.errors(value) if node.schema is not None else []
        if problems:
            raise failed("schema", "; ".join(problems))
        return value

    def fallback(
        self,
        node: Node,
        scope: NaiveScope,
        address: str,
        failure: Failure,
        record: StepRecord,
        exports: dict[str, StepRecord],
    ) -> Value:
        if node.fallback is None:
            raise StepFailedError(failure)
        exports.clear()
        inner = scope.child({"error": failure.to_value()})
        if node.fallback.body is None:
            assert node.fallback.value is not None
            value = evaluated(node.fallback.value.evaluate, inner)
        else:
            value = self.listed(node.fallback.body, inner, address + "/fallback/", exports)
        record.error, record.reason = failure, "fallback"
        return value

    def listed(self, body: Body, scope: NaiveScope, prefix: str, exports: dict[str, StepRecord]) -> Value:
        """Run a list in a scope of its own and export its records, also when a jump leaves it."""
        try:
            value = self.steps(body, scope, prefix)
        except LeavingError:
            exports.update(scope.steps)
            raise
        exports.update(scope.steps)
        return value


def evaluated(evaluate: Callable[[NaiveScope], Value], scope: NaiveScope) -> Value:
    try:
        return evaluate(scope)
    except EvaluationError as error:
        raise StepFailedError(Failure("expression", error.message, retryable=False)) from error


def task_failure(error: TaskError) -> Failure:
    return Failure(
        error.type, error.message, details=error.details, retryable=error.retryable, retry_after=error.retry_after
    )
