"""What a run that failed failed of."""

from __future__ import annotations

from typing import Any

from braid.execution.launch import Ended
from braid.machine.outcome import Failed


def failure(ended: Ended) -> Any:
    assert isinstance(ended.outcome, Failed), ended
    inner = ended.outcome.failure
    while inner.cause is not None:
        inner = inner.cause
    return inner
