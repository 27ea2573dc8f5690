"""How a step ends, and what is kept of it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from braid.diagnostics import Span
from braid.language.task_kind import Value

if TYPE_CHECKING:
    from braid.language.values import Seen


class Failure(msgspec.Struct, frozen=True):
    """A step that failed, as data: what `error` is in expressions.

    Attributes:
        type: A short stable word (`http`, `timeout`, `expression`, `schema`, an exception's class name).
        step: Id of the step that failed first, or its key when it has none.
        address: Where: ids, branch names or indexes, iteration numbers from the root.
        attempts: How often the step was tried.
        cause: The failure this one wraps: for a block, that of the branch that ended it.
        errors: All failures of a block that ended because too many branches failed, in branch order.
        details: Plain values of the task kind (`status` of http).
        retryable: False where another attempt can't help.
        span: The failing expression in the file, where there is one; not part of its value.
        retry_after: Seconds that a server asked to wait before the next attempt.
        seen: Names that the failing expression used, with their values; not part of its value.
    """

    type: str
    message: str
    step: str = ""
    address: str = ""
    attempts: int = 1
    cause: Failure | None = None
    errors: tuple[Failure, ...] = ()
    details: Mapping[str, Value] = msgspec.field(default_factory=dict)
    retryable: bool = True
    retry_after: float | None = None
    span: Span | None = None
    seen: tuple[Seen, ...] = ()

    def to_value(self) -> dict[str, Value]:
        """The shape of `error` in expressions and of `error` in `run --json`."""
        value: dict[str, Value] = {
            "type": self.type,
            "message": self.message,
            "step": self.step,
            "address": self.address,
            "attempts": self.attempts,
            "cause": self.cause.to_value() if self.cause else None,
        }
        if self.details:
            value["details"] = dict(self.details)
        if self.errors:
            value["errors"] = [error.to_value() for error in self.errors]
        return value

    def at(self, step: str, address: str, attempts: int) -> Failure:
        """The same failure, told where it happened, unless it knows already."""
        return self if self.address else replace(self, step=step, address=address, attempts=attempts)


class Status(enum.Enum):
    """Of a step."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"


class StepRecord(msgspec.Struct, eq=False):
    """What `steps.<id>` gives. Times are epoch seconds of events; `reason` says why a step was skipped, defaulted, …"""

    output: Value
    status: Status
    error: Failure | None = None
    attempts: int = 1
    started_at: float = 0.0
    duration: float = 0.0
    reason: str = ""


class Succeeded(msgspec.Struct, frozen=True):
    value: Value


class Failed(msgspec.Struct, frozen=True):
    failure: Failure


class Cancelled(msgspec.Struct, frozen=True):
    reason: str = ""


class Skipped(msgspec.Struct, frozen=True):
    """Its condition was false."""

    reason: str = ""


class Broke(msgspec.Struct, frozen=True):
    """`break`, on its way out to the nearest loop or foreach."""


class Continued(msgspec.Struct, frozen=True):
    """`continue`, on its way out to the nearest loop or foreach."""


class Jumped(msgspec.Struct, frozen=True):
    """`goto`, on its way out to the step list that holds the target. `address` is the goto's own."""

    target: str
    source: Any  # Any: plan.JumpNode, whose visits the list counts
    address: str = ""


class Returned(msgspec.Struct, frozen=True):
    """`return`, on its way out to the run."""

    value: Value


Outcome = Succeeded | Failed | Cancelled | Skipped | Broke | Continued | Jumped | Returned
