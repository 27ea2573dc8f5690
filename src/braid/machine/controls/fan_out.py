"""What parallel and foreach share: a sliding window over children, and when the block is decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from braid.expressions import EvaluationError
from braid.language.plan import ForeachNode, ParallelNode, Resolvable, Tolerate, WaitKind
from braid.language.task_kind import Value
from braid.machine.controls.control import Control
from braid.machine.decision import (
    NOTHING,
    OPEN_WINDOW,
    CancelChildren,
    Decision,
    Directive,
    Finish,
    Key,
    StartBody,
)
from braid.machine.evaluation import expression_failure
from braid.machine.frames import Frame, WindowFrame
from braid.machine.outcome import Broke, Continued, Failed, Failure, Outcome, Returned, Succeeded
from braid.machine.scope import ListScope, Records

MISSING: Any = object()
"""A child without a result: it hasn't ended, lost, or was cancelled."""


class FanOutFrame(WindowFrame, eq=False):
    """A block in progress. Children are numbered from 0 in branch or item order.

    Attributes:
        following: The number of the next child to start; children start in order.
        results: Value of each accepted child, `MISSING` for the others; None when nothing is collected.
        failures: By number.
        needed: Successes that `wait` asks for; 0 where it doesn't count.
        tolerated: Failures that `tolerate` bears.
        numbers: Key → number, where children have names.
        cut: In an ordered block, the lowest child that broke, returned or failed, and how; later ones don't count.
    """

    node: Any  # Any: a ParallelNode or a ForeachNode
    items: list[Value] = msgspec.field(default_factory=list)
    following: int = 0
    ok: int = 0
    results: list[Value] | None = None
    failures: dict[int, Failure] = msgspec.field(default_factory=dict)
    records: dict[int, Records] = msgspec.field(default_factory=dict)
    cut: tuple[int, Outcome] | None = None
    needed: int = 0
    tolerated: int = 0
    numbers: Mapping[Key, int] | None = None
    branch: Value = None

    @property
    def done(self) -> int:
        """Children that ended with a result or a failure."""
        return self.ok + len(self.failures)

    def child_info(self, number: int, name: str | None) -> dict[str, Value]:
        """`branch` as the child's expressions see it."""
        return {"index": number, "name": name, "count": self.total, "parent": self.branch}


FanOutNode = TypeVar("FanOutNode", ParallelNode, ForeachNode)


class FanOutControl(Control[FanOutNode, FanOutFrame]):
    """Starts children in order, at most `limit` in progress, and joins them."""

    noun = "branch"

    def open(self, node: FanOutNode, parent: Frame, key: Key, scope: ListScope) -> FanOutFrame:
        return FanOutFrame(parent, key, scope, node)

    # What the two kinds of block answer themselves.

    def child(self, frame: FanOutFrame, number: int) -> StartBody:
        """The directive that starts this child."""
        raise NotImplementedError

    def label(self, frame: FanOutFrame, number: int) -> str:
        """How a message names this child."""
        raise NotImplementedError

    def key_number(self, frame: FanOutFrame, key: Key) -> int:
        """The number of the child with this key."""
        return int(key) if frame.numbers is None else frame.numbers[key]

    def result(self, frame: FanOutFrame) -> Outcome:
        """The block's outcome, from the results of its children."""
        raise NotImplementedError

    # The window.

    def begin(self, frame: FanOutFrame, total: int, limit: Value) -> Decision:
        """Set the block up; the caller has evaluated its items and its limit."""
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
            return self._refuse(f"`max_concurrency` must be a whole number of at least 1, not {limit!r}", "limit")
        frame.total = total
        frame.limit = limit
        try:
            frame.branch = frame.scope.lookup("branch")
        except KeyError:
            frame.branch = None
        if frame.node.tolerate is not None:
            tolerated = _tolerated(frame.node.tolerate, frame)
            if isinstance(tolerated, str):
                return self._refuse(tolerated, "limit")
            frame.tolerated = tolerated
        return OPEN_WINDOW if total else self.join(frame)

    def next(self, frame: FanOutFrame) -> tuple[Directive, bool] | None:
        room = frame.limit - len(frame.children)
        number = frame.following
        if room <= 0 or number >= frame.total or frame.cut is not None:
            return None
        frame.following = number + 1
        return self.child(frame, number), room > 1 and number + 1 < frame.total

    # The join.

    def on_child(self, frame: FanOutFrame, key: Key, outcome: Outcome, exports: Records | None) -> Decision:
        number: int = key if frame.numbers is None else frame.numbers[key]  # type: ignore[assignment]  # a number
        if frame.cut is not None and number > frame.cut[0]:
            return self._settle_cut(frame)
        if type(outcome) is Succeeded:  # nearly always; a `case` for it takes twice as long
            self._accept(frame, number, outcome.value, exports)
            return self.join(frame) if frame.cut is None else self._settle_cut(frame)
        match outcome:
            case Continued():
                self._accept(frame, number, None, exports)
            case Failed(failure):
                frame.failures[number] = self._branch_failure(frame, number, failure)
                if self._ordered(frame):
                    return self._failure_in_order(frame, number)
            case Broke() | Returned():
                if self._ordered(frame):
                    return self._cut(frame, number, outcome)
                return (Finish(outcome if isinstance(outcome, Returned) else self.result(frame)),)
            case _:
                raise AssertionError(f"{outcome} can't leave a branch")
        return self._join_unless_cut(frame)

    def _join_unless_cut(self, frame: FanOutFrame) -> Decision:
        # The last child to end may be one before the cut: what is after the cut counts no more than before.
        return self.join(frame) if frame.cut is None else self._settle_cut(frame)

    def join(self, frame: FanOutFrame) -> Decision:
        """Go on, or finish."""
        raise NotImplementedError

    def all_done(self, frame: FanOutFrame) -> bool:
        """Every child has ended."""
        return frame.following == frame.total and not frame.children

    def go_on(self, frame: FanOutFrame) -> Decision:
        """Nothing is decided yet."""
        if frame.cut is not None:
            return self._settle_cut(frame)
        return OPEN_WINDOW

    def too_many_failures(self, frame: FanOutFrame) -> bool:
        """A settling block has more failures than it tolerates."""
        return frame.node.tolerate is not None and len(frame.failures) > frame.tolerated

    def failures_in_order(self, frame: FanOutFrame) -> tuple[Failure, ...]:
        """The failures, each naming its child, in order."""
        return tuple(frame.failures[number] for number in sorted(frame.failures))

    def own_failures(self, frame: FanOutFrame) -> tuple[Failure, ...]:
        """The failures of the children themselves, each with its address, in order."""
        return tuple(failure.cause or failure for failure in self.failures_in_order(frame))

    def settled(self, frame: FanOutFrame, number: int) -> dict[str, Value]:
        """The result of one child of a settling block."""
        value = frame.results[number] if frame.results is not None else MISSING
        failure = frame.failures.get(number)
        status = "failed" if failure else "cancelled" if value is MISSING else "ok"
        return {
            "status": status,
            "value": None if value is MISSING else value,
            "error": (failure.cause or failure).to_value() if failure else None,
            "index": number,
            "name": self.name(frame, number),
        }

    def name(self, frame: FanOutFrame, number: int) -> str | None:
        """The child's name, if children have names."""
        return None

    def tolerance_failure(self, frame: FanOutFrame) -> Outcome:
        """More failed than `tolerate` bears."""
        errors = self.own_failures(frame)
        message = f"{len(errors)} of {frame.total} failed, more than the {frame.tolerated} that `tolerate` allows"
        return Failed(Failure("tolerate", message, cause=errors[0], errors=errors))

    def _accept(self, frame: FanOutFrame, number: int, value: Value, exports: Records | None) -> None:
        frame.ok += 1
        if frame.results is not None:
            frame.results[number] = value
        if exports:
            self.keep_records(frame, number, exports)

    def keep_records(self, frame: FanOutFrame, number: int, exports: Records) -> None:
        """Keep the records of an accepted child, if they become visible after the block."""

    def _branch_failure(self, frame: FanOutFrame, number: int, failure: Failure) -> Failure:
        message = f"{self.label(frame, number)} failed: {failure.message}"
        return Failure("branch", message, cause=failure, retryable=failure.retryable, retry_after=failure.retry_after)

    def _ordered(self, frame: FanOutFrame) -> bool:
        # Where the author asked for a race, first come is first served; order rules only where all must end.
        return frame.node.ordered and (isinstance(frame.node, ForeachNode) or frame.node.wait is WaitKind.ALL)

    def _failure_in_order(self, frame: FanOutFrame, number: int) -> Decision:
        if not frame.node.settle:
            return self._cut(frame, number, Failed(frame.failures[number]))
        if not self.too_many_failures(frame):
            return self._join_unless_cut(frame)
        last = sorted(frame.failures)[frame.tolerated]
        frame.failures = {index: failure for index, failure in frame.failures.items() if index <= last}
        return self._cut(frame, last, self.tolerance_failure(frame))

    def _cut(self, frame: FanOutFrame, number: int, outcome: Outcome) -> Decision:
        # Law 3: with a limit of 1 later items would not have run, so what they did is discarded, and an earlier
        # one that is still running may yet break or fail before this one.
        frame.cut = (number, outcome)
        later = tuple(key for key in frame.children if self.key_number(frame, key) > number)
        return (CancelChildren(later), *self._settle_cut(frame)) if later else self._settle_cut(frame)

    def _settle_cut(self, frame: FanOutFrame) -> Decision:
        assert frame.cut is not None
        number, outcome = frame.cut
        if any(self.key_number(frame, key) < number for key in frame.children):
            return NOTHING
        if isinstance(outcome, Broke):
            frame.total = number
            if frame.results is not None:
                del frame.results[number:]
            frame.failures = {index: failure for index, failure in frame.failures.items() if index < number}
            return (Finish(self.result(frame), "break"),)
        return (Finish(outcome),)

    def _refuse(self, message: str, type_: str) -> Decision:
        return (Finish(Failed(Failure(type_, message, retryable=False))),)


def limit_value(limit: Resolvable | None, default: int, scope: ListScope) -> Value:
    """The limit that rules here: the block's own over the default of the run."""
    return default if limit is None else limit.evaluate(scope)


def counts(frame: FanOutFrame) -> Mapping[str, Value]:
    """What the expression of `wait` is over."""
    return {"ok": frame.ok, "failed": len(frame.failures), "done": frame.done, "total": frame.total}


def _tolerated(tolerate: Tolerate, frame: FanOutFrame) -> int | str:
    """How many failures are borne, or what is wrong with the value."""
    try:
        value = tolerate.count.evaluate(frame.scope)
    except EvaluationError as error:
        return expression_failure(error).message
    if isinstance(value, str) and value.strip().endswith("%"):
        try:
            return int(float(value.strip()[:-1]) * frame.total / 100)
        except ValueError:
            value = str(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        return f"`tolerate` must be a whole number of at least 0 or a percentage such as `10%`, not {value!r}"
    return value
