"""Results from before a file was edited, or of the run that is reused: what steps take instead of running again."""

from __future__ import annotations

import datetime as dt
import hashlib
import heapq
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from braid.language.task_kind import Value
from braid.machine.events import ResultKept
from braid.machine.frames import TaskFrame


class KeptResults:
    """Offers by address; each is taken at most once, so that a block that is tried again runs its steps again.

    Attributes:
        asked: Steps that start shall ask whether there is something for them.
        taken: Those whose steps have started and wait for their turn, as a heap.
        void: Addresses whose steps were asked for something else than before when they started.
    """

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self.taken: list[tuple[int, TaskFrame, ResultKept]] = []
        self.asked = False
        self.void: set[str] = set()
        self._offers: dict[str, ResultKept] = {}
        self._secrets = secrets

    def add(self, event: ResultKept) -> None:
        """Offer a result."""
        self.asked = True
        self._offers[event.address] = event

    def offer(self, address: str) -> ResultKept | None:
        """What is offered to the step of this address."""
        return self._offers.get(address)

    def take(self, frame: TaskFrame, arguments: Mapping[str, Value]) -> bool:
        """Whether there is a result for a step that starts; an offer whose arguments were others is void."""
        event = self._offers.pop(frame.address, None)
        if event is None:
            return False
        if event.fingerprint != fingerprint(frame.node.kind, arguments, self._secrets):
            self.void.add(frame.address)
            return False
        heapq.heappush(self.taken, (event.place, frame, event))
        return True

    def next(self) -> tuple[TaskFrame, ResultKept]:
        """Of those that were taken the one that came first."""
        _, frame, event = heapq.heappop(self.taken)
        return frame, event


def fingerprint(kind: str, arguments: Mapping[str, Value], secrets: Mapping[str, str]) -> bytes:
    """What a task was asked to do, in 32 bytes: equal for an equal kind and equal resolved arguments.

    Names stand for the values of secrets, so that the fingerprint can't be used to guess them, and a secret that was
    renewed makes no step run again.
    """
    told = told_arguments(arguments, secrets)
    return hashlib.sha256(
        json.dumps([kind, told], sort_keys=True, ensure_ascii=False).encode(errors="surrogatepass")
    ).digest()


def told_arguments(arguments: Mapping[str, Value], secrets: Mapping[str, str]) -> dict[str, Any]:  # Any: JSON
    """Arguments as JSON that tells every two of them apart, with names in the place of secrets."""
    hidden = sorted(((value, name) for name, value in secrets.items() if value), key=lambda pair: -len(pair[0]))
    return {name: _told(value, hidden) for name, value in arguments.items()}


def _told(value: Value, hidden: list[tuple[str, str]]) -> Any:  # Any: JSON
    match value:
        case str():
            for secret, name in hidden:
                value = value.replace(secret, f"{{{{ secrets.{name} }}}}")
            return value
        case bool() | None | float():
            return value
        case int():
            # Python refuses to write decimal texts of more than 4,300 digits.
            return value if -(2**63) <= value < 2**63 else {"int": f"{value:x}"}
        case list() | tuple():
            return [_told(item, hidden) for item in value]
        case dict():
            return {str(key): _told(item, hidden) for key, item in value.items()}
        case bytes():
            return {"bytes": value.hex()}
        case Decimal():
            return {"decimal": str(value)}
        case dt.datetime() | dt.date() | dt.time():
            return {type(value).__name__: value.isoformat()}
        case _:
            return {type(value).__name__: str(value)}
