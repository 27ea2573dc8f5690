"""The bodies of steps, one short method a kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from braid.language.plan import (
    Body,
    CallNode,
    ForeachNode,
    GraphNode,
    GroupNode,
    IfNode,
    JumpKind,
    JumpNode,
    LoopNode,
    Node,
    ParallelNode,
    ReturnNode,
    SwitchNode,
    TaskNode,
    TryNode,
    WaitKind,
)
from braid.language.task_kind import PureTask, TimerTask, Value
from braid.machine.outcome import Failure, StepRecord
from braid.testing.reference.joins import BranchResult, check_tolerance, failures, merged
from braid.testing.reference.leaving import (
    BrokeError,
    ContinuedError,
    JumpedError,
    LeavingError,
    ReturnedError,
    StepFailedError,
    failed,
)
from braid.testing.reference.scope import NaiveScope

if TYPE_CHECKING:
    from braid.testing.reference.interpreter import Interpreter

Exports = dict[str, StepRecord]


class Blocks:
    """Runs the body of a step. `exports` takes the records that the enclosing list sees afterwards."""

    def __init__(self, interpreter: Interpreter) -> None:
        self.interpreter = interpreter

    def run(self, node: Node, scope: NaiveScope, address: str, record: StepRecord, exports: Exports) -> Value:
        inside = address + "/"
        match node:
            case TaskNode():
                return self.task(node, scope, address, record)
            case CallNode():
                return self.call(node, scope, inside)
            case GroupNode():
                return self.interpreter.listed(node.body, scope.child(), inside, exports)
            case ParallelNode():
                return self.parallel(node, scope, inside, exports)
            case ForeachNode():
                return self.foreach(node, scope, inside)
            case GraphNode():
                return self.graph(node, scope, inside, exports)
            case IfNode():
                taken, way = (node.then, "then") if node.test.evaluate(scope) else (node.otherwise, "else")
                return self.taken(taken, way, scope, inside, record, exports)
            case SwitchNode():
                taken, way = self.chosen(node, scope)
                return self.taken(taken, way, scope, inside, record, exports)
            case LoopNode():
                return self.loop(node, scope, inside, record, exports)
            case TryNode():
                return self.try_(node, scope, inside, record, exports)
            case JumpNode():
                return self.jump(node, scope, address)
            case ReturnNode():
                raise ReturnedError(node.value.evaluate(scope))
        raise AssertionError(f"no such node: {node}")

    def task(self, node: TaskNode, scope: NaiveScope, address: str, record: StepRecord) -> Value:
        fields: Mapping[str, Value] = node.arguments.evaluate(scope)
        world = self.interpreter.world
        if isinstance(node.task, PureTask):
            result = node.task.evaluate(fields)
        elif isinstance(node.task, TimerTask):
            due = node.task.due(fields, datetime.fromtimestamp(world.now, UTC))
            world.wait_until(due.timestamp())
            result = None
        else:
            result = self.interpreter.answer(address, record.attempts, node.kind, fields)
        # `output:` is written over the result; the kind's own output is for steps without it.
        return result if node.output is not None else node.task.output(result)

    def call(self, node: CallNode, scope: NaiveScope, inside: str) -> Value:
        given = {name: scope.value_or_none(name) or {} for name in ("secrets", "env")}
        return self.interpreter.workflow(node.target(), node.inputs.evaluate(scope), given, inside)

    def parallel(self, node: ParallelNode, scope: NaiveScope, inside: str, exports: Exports) -> Value:
        total = len(node.branches)
        wanted = self.wanted(node, total, scope)
        results: list[BranchResult] = []
        accepted: list[Exports] = []
        met = node.wait is WaitKind.EXPRESSION and total == 0 and self.met(node, results, total, wanted, scope)
        for index, body in enumerate(node.branches):
            if met:
                results.append(BranchResult(index, node.names[index] if node.names else None, "cancelled"))
                continue
            name = node.names[index] if node.names else None
            inner = scope.child({"branch": branch_value(index, name, total, scope)})
            result, records = self.branch(body, inner, f"{inside}{name or index}/", index, name)
            results.append(result)
            accepted += [records]
            if result.failure and node.wait is WaitKind.ALL and not node.settle:
                raise failed("branch", f"branch {name or index} failed: {result.failure.message}", cause=result.failure)
            check_tolerance(node.tolerate, results, total, scope)
            met = self.met(node, results, total, wanted, scope)
        if not met:
            raise failed("wait", "the wait can't be met", errors=failures(results))
        output = merged(node, results, scope)
        for records in accepted:
            exports.update(records)
        return output

    def branch(
        self, body: Body, scope: NaiveScope, prefix: str, index: int, name: str | None
    ) -> tuple[BranchResult, Exports]:
        records: Exports = {}
        try:
            value = self.interpreter.listed(body, scope, prefix, records)
        except StepFailedError as error:
            return BranchResult(index, name, "failed", failure=error.failure), {}
        return BranchResult(index, name, "ok", value), records

    def wanted(self, node: ParallelNode, total: int, scope: NaiveScope) -> int:
        """How many successes end the block, for `wait: N`."""
        if node.wait is not WaitKind.COUNT:
            return 0
        assert node.wait_value is not None
        wanted = int(node.wait_value.evaluate(scope))
        if wanted > total:
            raise failed("wait", f"waits for {wanted} of {total} branches")
        return wanted

    def met(
        self, node: ParallelNode, results: Sequence[BranchResult], total: int, wanted: int, scope: NaiveScope
    ) -> bool:
        ok = sum(result.status == "ok" for result in results)
        bad = len(failures(results))
        match node.wait:
            case WaitKind.ALL:
                return len(results) == total
            case WaitKind.COUNT:
                if total - bad < wanted:
                    raise failed("wait", f"waits for {wanted} of {total} branches", errors=failures(results))
                return ok >= wanted
            case WaitKind.EXPRESSION:
                assert node.wait_value is not None
                counts = {"ok": ok, "failed": bad, "done": ok + bad, "total": total}
                return bool(node.wait_value.evaluate(scope.child(counts)))

    def foreach(self, node: ForeachNode, scope: NaiveScope, inside: str) -> Value:
        items = node.items.evaluate(scope)
        if not isinstance(items, list):
            raise failed("items", "items must be a list")
        results: list[BranchResult] = []
        for index, item in enumerate(items):
            here = branch_value(index, None, len(items), scope)
            inner = scope.child({node.variable: item, "index": index, "branch": here})
            try:
                result, _ = self.branch(node.body, inner, f"{inside}{index}/", index, None)
            except BrokeError:
                break
            except ContinuedError:
                result = BranchResult(index, None, "ok")
            results.append(result)
            if result.failure and not node.settle:
                raise failed("branch", f"item {index} failed: {result.failure.message}", cause=result.failure)
            check_tolerance(node.tolerate, results, len(items), scope)
        if not node.collect:
            return None
        return [result.settled() if node.settle else result.value for result in results]

    def graph(self, node: GraphNode, scope: NaiveScope, inside: str, exports: Exports) -> Value:
        output: dict[str, Value] = {}
        seen: dict[int, Exports] = {}
        while len(seen) < len(node.body.steps):
            position, step = next(
                (position, step)
                for position, step in enumerate(node.body.steps)
                if position not in seen and all(need in seen for need in node.dependencies[position])
            )
            inner = scope.child()
            for ancestor, records in seen.items():
                if node.ancestors[position] >> ancestor & 1:
                    inner.steps.update(records)
            known = set(inner.steps)
            value = self.interpreter.step(step, inner, inside + step.key)
            seen[position] = {name: record for name, record in inner.steps.items() if name not in known}
            exports.update(seen[position])
            if step.id:
                output[step.id] = value
        return {step.id: output[step.id] for step in node.body.steps if step.id}

    def chosen(self, node: SwitchNode, scope: NaiveScope) -> tuple[Body | None, str]:
        value = node.value.evaluate(scope) if node.value is not None else None
        for number, case in enumerate(node.cases, 1):
            when = case.when.evaluate(scope)
            holds = bool(when) if node.value is None else value == when or (isinstance(when, list) and value in when)
            if holds:
                return case.body, f"case-{number}"
        return node.default, "default"

    def taken(
        self, body: Body | None, way: str, scope: NaiveScope, inside: str, record: StepRecord, exports: Exports
    ) -> Value:
        if body is None:
            record.reason = "no branch taken"
            return None
        return self.interpreter.listed(body, scope.child(), f"{inside}{way}/", exports)

    def loop(self, node: LoopNode, scope: NaiveScope, inside: str, record: StepRecord, exports: Exports) -> Value:
        output: Value = None
        most = int(node.max.evaluate(scope))
        for iteration in range(most):
            # The iteration before this one is visible, and no earlier one.
            here = scope.child({"iteration": iteration}, exports)
            if node.while_ is not None and not node.while_.evaluate(here):
                return output
            exports.clear()
            try:
                output = self.interpreter.listed(node.body, here.child(), f"{inside}{iteration}/", exports)
            except ContinuedError:
                output = None
            except BrokeError:
                return output
            after = scope.child({"iteration": iteration}, exports)
            if node.until is not None and node.until.evaluate(after):
                return output
        record.reason = "max"
        return output

    def try_(self, node: TryNode, scope: NaiveScope, inside: str, record: StepRecord, exports: Exports) -> Value:
        inner = scope.child()
        leaving: LeavingError | StepFailedError | None = None
        output: Value = None
        first: Failure | None = None
        try:
            output = self.interpreter.steps(node.body, inner, inside)
        except StepFailedError as error:
            record.error = first = error.failure
            try:
                output = self.handled(node, inner, error, inside)
                record.reason = "catch"
            except (LeavingError, StepFailedError) as later:
                leaving = later
        except LeavingError as jump:
            leaving = jump
        exports.update(inner.steps)
        if node.finally_ is not None:
            failure = leaving.failure if isinstance(leaving, StepFailedError) else first
            last = inner.child({"error": failure.to_value()} if failure else {})
            try:
                self.interpreter.steps(node.finally_, last, inside + "finally/")
            except StepFailedError as error:
                earlier = leaving.failure if isinstance(leaving, StepFailedError) else None
                raise StepFailedError(with_cause(error.failure, earlier)) from None
        if leaving is not None:
            raise leaving
        return output

    def handled(self, node: TryNode, scope: NaiveScope, error: StepFailedError, inside: str) -> Value:
        inner = scope.child({"error": error.failure.to_value()})
        for handler in node.handlers:
            if handler.when is None or handler.when.evaluate(inner):
                return self.interpreter.listed(handler.body, inner, inside + "catch/", scope.steps)
        raise error

    def jump(self, node: JumpNode, scope: NaiveScope, address: str) -> Value:
        if node.when is not None and not node.when.evaluate(scope):
            return None
        match node.jump:
            case JumpKind.BREAK:
                raise BrokeError
            case JumpKind.CONTINUE:
                raise ContinuedError
            case JumpKind.GOTO:
                raise JumpedError(node, address)


def branch_value(index: int, name: str | None, count: int, scope: NaiveScope) -> dict[str, Value]:
    return {"index": index, "name": name, "count": count, "parent": scope.value_or_none("branch")}


def with_cause(failure: Failure, earlier: Failure | None) -> Failure:
    from msgspec.structs import replace

    return replace(failure, cause=earlier) if earlier and failure.cause is None else failure
