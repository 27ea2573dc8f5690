"""How results of branches become one output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from braid.language.plan import MergeKind, ParallelNode, Tolerate
from braid.language.task_kind import Value
from braid.machine.outcome import Failure
from braid.testing.reference.leaving import failed
from braid.testing.reference.scope import NaiveScope


@dataclass(slots=True)
class BranchResult:
    index: int
    name: str | None
    status: str
    value: Value = None
    failure: Failure | None = None

    def settled(self) -> dict[str, Value]:
        error = self.failure.to_value() if self.failure else None
        return {"status": self.status, "value": self.value, "error": error, "index": self.index, "name": self.name}


def failures(results: Sequence[BranchResult]) -> tuple[Failure, ...]:
    return tuple(result.failure for result in results if result.failure)


def check_tolerance(tolerate: Tolerate | None, results: Sequence[BranchResult], total: int, scope: NaiveScope) -> None:
    """Fail as soon as more branches failed than the block bears."""
    if tolerate is None:
        return
    bearable = tolerate.count.evaluate(scope)
    if isinstance(bearable, str) and bearable.strip().endswith("%"):
        bearable = float(bearable.strip()[:-1]) * total / 100
    errors = failures(results)
    if len(errors) > float(bearable):
        raise failed("tolerate", f"{len(errors)} of {total} failed", errors=errors)


def merged(node: ParallelNode, results: Sequence[BranchResult], scope: NaiveScope) -> Value:
    """The block's output; `results` has one entry for each branch, in branch order."""
    shown = [result.settled() if node.settle else result.value for result in results]
    by_name = {str(result.name): value for result, value in zip(results, shown, strict=True)}
    match node.merge:
        case MergeKind.LIST:
            return shown
        case MergeKind.DEFAULT:
            return shown if node.names is None else by_name
        case MergeKind.CONCAT:
            return concatenated(results)
        case MergeKind.OBJECT:
            return united(results)
        case MergeKind.EXPRESSION:
            assert node.merge_expression is not None
            branches = shown if node.names is None else by_name
            return node.merge_expression.evaluate(scope.child({"branches": branches}))


def concatenated(results: Sequence[BranchResult]) -> list[Value]:
    together: list[Value] = []
    for result in results:
        if result.status == "ok" and result.value is not None:
            if not isinstance(result.value, list):
                raise failed("merge", f"branch {result.index} gave no list")
            together.extend(result.value)
    return together


def united(results: Sequence[BranchResult]) -> dict[str, Value]:
    together: dict[str, Value] = {}
    for result in results:
        if result.status != "ok" or result.value is None:
            continue
        if not isinstance(result.value, dict):
            raise failed("merge", f"branch {result.index} gave no object")
        for key, value in result.value.items():
            if key in together:
                raise failed("merge", f"two branches give `{key}`")
            together[key] = value
    return together
