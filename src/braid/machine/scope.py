"""The names that expressions see: an immutable chain of step lists.

Entering a branch adds a link and copies nothing. A list adds the records of its own steps to its own link only, so
siblings never see each other; when a block ends, its parent's link takes over what was accepted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import msgspec

from braid.language.task_kind import Value
from braid.machine.outcome import StepRecord

Records = dict[str, StepRecord]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(seconds: float) -> datetime:
    """Epoch seconds as an aware UTC date."""
    return _EPOCH + timedelta(seconds=seconds)


class Circumstances:
    """What an expression may know of the event being handled: its time, and chance drawn from the run and the place.

    One for each machine. `enter` is called before the expressions of a step are evaluated; the same place gives the
    same draws, so a replay (and another attempt at the step) gets the values it got before.

    Attributes:
        timers_from: Waits and timeouts begin then at the earliest. What is kept from before a file was edited is
            handled with its old times, and must not make a timeout overdue that begins with the edited file.
    """

    __slots__ = ("_draws", "_place", "run_id", "time", "timers_from")

    def __init__(self) -> None:
        self.run_id = ""
        self.time = 0.0
        self.timers_from = 0.0
        self._place: tuple[object, ...] = ()
        self._draws = 0

    def due(self, seconds: float) -> float:
        """When a wait ends that begins now."""
        time, earliest = self.time, self.timers_from
        return (time if time > earliest else earliest) + seconds  # `max` takes four times as long

    def enter(self, *place: object) -> None:
        """The next draws are made at this place; parts are joined only if a draw is made."""
        self._place = place
        self._draws = 0

    def entropy(self) -> bytes:
        """32 bytes that depend on the run, the place and how many draws were made there."""
        self._draws += 1
        place = "/".join(str(getattr(part, "address", part)) for part in self._place)
        return sha256(f"{self.run_id}\0{place}\0{self._draws}".encode()).digest()


class ListScope(msgspec.Struct, eq=False):
    """A link of the chain: `bindings` are fixed when it is made, `records` grow as the list's steps end."""

    parent: ListScope | None
    circumstances: Circumstances
    bindings: Mapping[str, Value] | None = None
    records: Records = {}

    def child(self, bindings: Mapping[str, Value] | None = None, records: Records | None = None) -> ListScope:
        """A new link inside this one."""
        if records is None:
            return ListScope(self, self.circumstances, bindings)
        return ListScope(self, self.circumstances, bindings, records)

    def replaced(self, bindings: Mapping[str, Value]) -> ListScope:
        """The same link with other bindings."""
        return ListScope(self.parent, self.circumstances, bindings, self.records)

    def record(self, name: str) -> StepRecord | None:
        """The record of a step of this link alone."""
        return self.records.get(name)

    def own_records(self) -> Iterable[str]:
        """Ids with a record in this link that may be seen."""
        return self.records

    def lookup(self, name: str) -> Value:
        """The value of a name; `KeyError` when it isn't visible."""
        link: ListScope | None = self
        while link is not None:
            record = link.record(name)
            if record is not None:
                return record.output
            if link.bindings is not None and name in link.bindings:
                return link.bindings[name]
            link = link.parent
        if name == "steps":
            return StepsView(self)
        raise KeyError(name)

    def names(self) -> Iterator[str]:
        """All visible names, nearest first; a name that hides another comes once more."""
        link: ListScope | None = self
        while link is not None:
            yield from link.own_records()
            yield from link.bindings or ()
            link = link.parent

    def now(self) -> datetime:
        """The time of the event being handled."""
        return moment(self.circumstances.time)

    def entropy(self) -> bytes:
        """See `Circumstances.entropy`."""
        return self.circumstances.entropy()


class GraphScope(ListScope, eq=False, kw_only=True):
    """What one step of a graph sees of the graph: its ancestors' records only, whoever else has ended by then.

    Otherwise what an expression sees would depend on the order of completion (law 3).
    """

    owners: Mapping[str, int]
    mask: int

    def record(self, name: str) -> StepRecord | None:
        if name in self.records and self.mask >> self.owners[name] & 1:
            return self.records[name]
        return None

    def own_records(self) -> Iterable[str]:
        return [name for name in self.records if self.mask >> self.owners[name] & 1]


class StepsView(Mapping[str, Value]):
    """`steps`: id → record, over all visible steps; made when it is looked at."""

    __slots__ = ("_scope",)

    def __init__(self, scope: ListScope) -> None:
        self._scope = scope

    def _find(self, name: str) -> StepRecord | None:
        link: ListScope | None = self._scope
        while link is not None:
            record = link.record(name)
            if record is not None:
                return record
            link = link.parent
        return None

    def __getitem__(self, name: str) -> Value:
        record = self._find(name)
        if record is None:
            raise KeyError(name)
        return record_value(record)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._find(name) is not None

    def __iter__(self) -> Iterator[str]:
        seen: set[str] = set()
        link: ListScope | None = self._scope
        while link is not None:
            for name in link.own_records():
                if name not in seen:
                    seen.add(name)
                    yield name
            link = link.parent

    def __len__(self) -> int:
        return sum(1 for _ in self)


def record_value(record: StepRecord) -> dict[str, Value]:
    """The shape of `steps.<id>` in expressions: `started_at` a date, `duration` in seconds."""
    return {
        "output": record.output,
        "status": record.status.value,
        "error": record.error.to_value() if record.error else None,
        "attempts": record.attempts,
        "started_at": moment(record.started_at),
        "duration": record.duration,
        "reason": record.reason,
    }
