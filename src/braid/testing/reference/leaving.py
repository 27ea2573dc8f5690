"""How a step is left other than by its end: one exception a way."""

from __future__ import annotations

from braid.language.plan import JumpNode, Value
from braid.machine.outcome import Failure


class StepFailedError(Exception):
    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


def failed(
    type: str, message: str, *, cause: Failure | None = None, errors: tuple[Failure, ...] = ()
) -> StepFailedError:
    """A failure that doesn't know its place yet."""
    return StepFailedError(Failure(type, message, cause=cause, errors=errors))


class LeavingError(Exception):
    """Not an error: a jump on its way out."""


class BrokeError(LeavingError):
    pass


class ContinuedError(LeavingError):
    pass


class JumpedError(LeavingError):
    def __init__(self, node: JumpNode, address: str) -> None:
        super().__init__(node.target)
        self.node = node
        self.address = address


class ReturnedError(LeavingError):
    def __init__(self, value: Value) -> None:
        super().__init__("return")
        self.value = value
