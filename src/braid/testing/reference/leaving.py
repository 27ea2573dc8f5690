"""How a step is left other than by its end: one exception a way."""

from __future__ import annotations

from braid.language.plan import JumpNode
from braid.language.task_kind import Value
from braid.machine.outcome import Failure


class StepFailedError(Exception):
    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


NEVER_RETRIED = {"limit", "merge", "items"}
"""Failures of blocks that another attempt can't help."""


def failed(
    type: str, message: str, *, cause: Failure | None = None, errors: tuple[Failure, ...] = ()
) -> StepFailedError:
    """A failure that doesn't know its place yet; without a cause of its own, the first of `errors` is it."""
    retryable = cause.retryable if cause else type not in NEVER_RETRIED
    cause = cause or next(iter(errors), None)
    wait = cause.retry_after if cause else None
    return StepFailedError(Failure(type, message, cause=cause, errors=errors, retryable=retryable, retry_after=wait))


class LeavingError(Exception):
    """Not an error: a jump on its way out."""


class BrokeError(LeavingError):
    def __init__(self) -> None:
        super().__init__("break")


class ContinuedError(LeavingError):
    def __init__(self) -> None:
        super().__init__("continue")


class JumpedError(LeavingError):
    def __init__(self, node: JumpNode, address: str) -> None:
        super().__init__(f"goto {node.target}")
        assert node.target is not None
        self.node = node
        self.target = node.target
        self.address = address


class ReturnedError(LeavingError):
    def __init__(self, value: Value) -> None:
        super().__init__("return")
        self.value = value


class TimedOutError(LeavingError):
    """The time of an attempt is up, `depth` attempts with a timeout are round it; everything inside is cancelled."""

    def __init__(self, depth: int) -> None:
        super().__init__("")
        self.depth = depth
