"""What expressions see, the simplest way: dictionaries in a chain."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from braid.language.task_kind import Value
from braid.machine.outcome import StepRecord
from braid.testing.reference.leaving import TimedOutError


@dataclass(slots=True)
class World:
    """What all scopes of a run share: virtual time, and the records of all steps by address.

    `deadlines`: until when each attempt with a timeout may take, the outermost first.
    """

    now: float = 0.0
    deadlines: list[float] = field(default_factory=list)
    draws: int = 0
    records: dict[str, StepRecord] = field(default_factory=dict)

    def wait_until(self, due: float) -> None:
        """Let time pass.

        Raises:
            TimedOutError: A deadline comes first; that one and those within it are gone.
        """
        first = min(self.deadlines, default=due)
        self.now = max(self.now, min(first, due))
        if first < due:
            depth = self.deadlines.index(first)
            del self.deadlines[depth:]
            raise TimedOutError(depth)


@dataclass(slots=True)
class NaiveScope:
    """`names` are plain values, `steps` the records of steps by id; inner ones hide outer ones."""

    world: World
    parent: NaiveScope | None = None
    values: Mapping[str, Value] = field(default_factory=dict)
    steps: dict[str, StepRecord] = field(default_factory=dict)

    def child(
        self, values: Mapping[str, Value] | None = None, steps: dict[str, StepRecord] | None = None
    ) -> NaiveScope:
        return NaiveScope(self.world, self, values or {}, dict(steps or {}))

    def all_steps(self) -> dict[str, StepRecord]:
        outer = self.parent.all_steps() if self.parent else {}
        return {**outer, **self.steps}

    def lookup(self, name: str) -> Value:
        if name == "steps":
            return {step: record_value(record) for step, record in self.all_steps().items()}
        if name in self.values:
            return self.values[name]
        if name in self.steps:
            return self.steps[name].output
        if self.parent is None:
            raise KeyError(name)
        return self.parent.lookup(name)

    def value_or_none(self, name: str) -> Value:
        try:
            return self.lookup(name)
        except KeyError:
            return None

    def names(self) -> Iterable[str]:
        outer = self.parent.names() if self.parent else ()
        return {*outer, *self.values, *self.steps, "steps"}

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.world.now, UTC)

    def entropy(self) -> bytes:
        self.world.draws += 1
        return hashlib.sha256(str(self.world.draws).encode()).digest()


def record_value(record: StepRecord) -> dict[str, Value]:
    """What `steps.<id>` gives."""
    return {
        "output": record.output,
        "status": record.status.value,
        "error": record.error.to_value() if record.error else None,
        "attempts": record.attempts,
        "started_at": record.started_at,
        "duration": record.duration,
    }
