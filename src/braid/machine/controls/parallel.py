"""The parallel block."""

from __future__ import annotations

from braid.expressions import EvaluationError
from braid.language.plan import MergeKind, ParallelNode, WaitKind
from braid.language.task_kind import Value
from braid.machine.controls.fan_out import MISSING, FanOutControl, FanOutFrame, counts
from braid.machine.decision import OPEN_WINDOW, Decision, Finish, StartBody
from braid.machine.evaluation import expression_failure
from braid.machine.frames import default_limit
from braid.machine.outcome import Failed, Failure, Outcome, Succeeded
from braid.machine.scope import Records


class ParallelControl(FanOutControl[ParallelNode]):
    """Starts branches in order, at most `limit` in progress, and joins them."""

    def start(self, frame: FanOutFrame) -> Decision:
        node: ParallelNode = frame.node
        frame.results = [MISSING] * len(node.branches)
        try:
            limit = default_limit(frame) if node.limit is None else node.limit.evaluate(frame.scope)
            needed = self._needed(frame, node)
        except EvaluationError as error:
            return (Finish(Failed(expression_failure(error))),)
        if isinstance(needed, str):
            return self._refuse(needed, "wait")
        frame.needed = needed
        if node.names:
            frame.numbers = {name: number for number, name in enumerate(node.names)}
        return self.begin(frame, len(node.branches), limit)

    def child(self, frame: FanOutFrame, number: int) -> StartBody:
        node: ParallelNode = frame.node
        name = node.names[number] if node.names else None
        bindings = {"branch": frame.child_info(number, name)}
        return StartBody(number if name is None else name, node.branches[number], bindings)

    def name(self, frame: FanOutFrame, number: int) -> str | None:
        names: tuple[str, ...] | None = frame.node.names
        return names[number] if names else None

    def label(self, frame: FanOutFrame, number: int) -> str:
        name = self.name(frame, number)
        return f"branch {number}" if name is None else f"branch `{name}`"

    def keep_records(self, frame: FanOutFrame, number: int, exports: Records) -> None:
        frame.records[number] = exports

    def join(self, frame: FanOutFrame) -> Decision:
        node: ParallelNode = frame.node
        if frame.following < frame.total and not frame.failures and node.wait is WaitKind.ALL:
            return OPEN_WINDOW  # nearly always
        if node.settle and self.too_many_failures(frame):
            return (Finish(self.tolerance_failure(frame)),)
        match node.wait:
            case WaitKind.ALL:
                if frame.failures and not node.settle:
                    return (Finish(Failed(next(iter(frame.failures.values())))),)
                decided = self.all_done(frame)
            case WaitKind.COUNT:
                if frame.ok >= frame.needed:
                    return (Finish(self.result(frame)),)
                if frame.total - len(frame.failures) < frame.needed:
                    return (Finish(self._unmet(frame)),)
                decided = False
            case WaitKind.EXPRESSION:
                try:
                    decided = self._expression_holds(frame, node)
                except EvaluationError as error:
                    return (Finish(Failed(expression_failure(error))),)
                if not decided and self.all_done(frame):
                    return (Finish(self._unmet(frame)),)
        return (Finish(self.result(frame)),) if decided else self.go_on(frame)

    def result(self, frame: FanOutFrame) -> Outcome:
        frame.exports = _merged_records(frame)
        try:
            return merged(self, frame)
        except EvaluationError as error:
            return Failed(expression_failure(error))

    def _needed(self, frame: FanOutFrame, node: ParallelNode) -> int | str:
        """Successes that `wait` asks for, or what is wrong with it; 0 where it doesn't count."""
        if node.wait is not WaitKind.COUNT or node.wait_value is None:
            return 0
        needed = node.wait_value.evaluate(frame.scope)
        if isinstance(needed, bool) or not isinstance(needed, int) or needed < 1:
            return f"`wait` must be `all`, `any`, a whole number of at least 1, or an expression, not {needed!r}"
        if needed > len(node.branches):
            return f"`wait: {needed}` can't be met: the block has {len(node.branches)} branches"
        return needed

    def _expression_holds(self, frame: FanOutFrame, node: ParallelNode) -> bool:
        assert node.wait_value is not None
        scope = frame.scope.child(counts(frame))
        scope.circumstances.enter(frame, "wait", frame.done)
        return bool(node.wait_value.evaluate(scope))

    def _unmet(self, frame: FanOutFrame) -> Outcome:
        errors = self.failures_in_order(frame)
        asked = f"{frame.needed} of {frame.total}" if frame.needed else f"what `wait` asks of {frame.total}"
        message = f"{asked} branches can't succeed any more: {len(errors)} failed"
        message += "".join(f"; {error.message}" for error in errors)
        own = self.own_failures(frame)
        return Failed(Failure("wait", message, cause=own[0] if own else None, errors=own))


def merged(control: ParallelControl, frame: FanOutFrame) -> Outcome:
    """The block's output by its `merge`.

    Raises:
        EvaluationError: Of a merge expression.
    """
    node: ParallelNode = frame.node
    assert frame.results is not None
    values = [None if value is MISSING else value for value in frame.results]
    entries: list[Value] = [control.settled(frame, number) for number in range(frame.total)] if node.settle else values
    by_name: Value = dict(zip(node.names, entries, strict=True)) if node.names else entries
    match node.merge:
        case MergeKind.DEFAULT:
            return Succeeded(by_name)
        case MergeKind.LIST:
            return Succeeded(entries)
        case MergeKind.CONCAT:
            return _concatenated(control, frame, values)
        case MergeKind.OBJECT:
            return _merged_objects(control, frame, values)
        case MergeKind.EXPRESSION:
            assert node.merge_expression is not None
            scope = frame.scope.child({"branches": by_name})
            scope.circumstances.enter(frame, "merge")
            return Succeeded(node.merge_expression.evaluate(scope))


def _concatenated(control: ParallelControl, frame: FanOutFrame, values: list[Value]) -> Outcome:
    joined: list[Value] = []
    for number, value in enumerate(values):
        if value is None:
            continue
        if not isinstance(value, list):
            return _cannot_merge(f"`merge: concat` joins lists, but {control.label(frame, number)} gave {_kind(value)}")
        joined.extend(value)
    return Succeeded(joined)


def _merged_objects(control: ParallelControl, frame: FanOutFrame, values: list[Value]) -> Outcome:
    joined: dict[str, Value] = {}
    givers: dict[str, int] = {}
    for number, value in enumerate(values):
        if value is None:
            continue
        if not isinstance(value, dict):
            message = f"`merge: object` joins objects, but {control.label(frame, number)} gave {_kind(value)}"
            return _cannot_merge(message)
        for key, entry in value.items():
            if key in givers:
                both = f"{control.label(frame, givers[key])} and {control.label(frame, number)}"
                return _cannot_merge(f"`merge: object` refuses the key `{key}`, which {both} both give")
            givers[key] = number
            joined[key] = entry
    return Succeeded(joined)


def _cannot_merge(message: str) -> Outcome:
    return Failed(Failure("merge", message, retryable=False))


def _kind(value: Value) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "a boolean", int: "a number", float: "a number"}
    return names.get(type(value), f"a {type(value).__name__}")


def _merged_records(frame: FanOutFrame) -> Records:
    """Law 7: records of accepted branches, in branch order."""
    records: Records = {}
    for number in sorted(frame.records):
        records.update(frame.records[number])
    return records
