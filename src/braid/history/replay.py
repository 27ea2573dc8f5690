"""Feeds the recorded events of a run to a machine, as they were fed when they happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from braid.history.fewer_searches import fewer_searches
from braid.history.loose_ends import LooseEnds
from braid.history.recorded import kinds_noted, recorded_plan
from braid.history.stand_ins import lenient_registry
from braid.journal.records import RunHead
from braid.language.plan import Plan
from braid.language.plan_walk import reachable_plans
from braid.language.task_kind import TaskRegistry
from braid.language.task_kind import registry as installed
from braid.language.workflow_file import WorkflowFile
from braid.machine import Machine
from braid.machine.commands import Command
from braid.machine.events import Event, ResultDropped, ResultKept, RunEdited, RunStarted
from braid.machine.observer import Observer

UNKNOWN_SECRET: Final = "***"
"""Stands for a secret where a run is only looked at. A condition on the secret itself may then be taken otherwise."""

_OF_THE_RUN: Final = frozenset((RunEdited, RunStarted, ResultKept, ResultDropped))

PlanOf = Callable[[Sequence[WorkflowFile], Sequence[str]], Plan]
"""Makes a plan of a run's files and the task kinds that they use."""


class Replay:
    """One run, as far as its journal tells. After a `RunEdited` it is that of the edited file alone.

    Attributes:
        plan: What the machine runs.
        files: What the plan was made of.
        started: The event that started it; None while it has not been replayed.
        ends: What is open after the last event.
        kept: Addresses whose earlier result was kept when the file was edited or the run reused.
        dropped: Addresses that run again → why.
        last_time: Of the last event, in epoch seconds.
        segments: How many machines there were: 1, and one for each edit.
    """

    def __init__(
        self,
        files: Sequence[WorkflowFile],
        kinds: Sequence[str],
        plan_of: PlanOf,
        *,
        secrets: Mapping[str, str] | None = None,
        observer: Callable[[Plan], Observer | None] = lambda plan: None,
    ) -> None:
        self._plan_of = plan_of
        self._secrets = secrets
        self._observer = observer
        self.segments = 0
        self.last_time = 0.0
        self._begin(files, kinds)

    def _begin(self, files: Sequence[WorkflowFile], kinds: Sequence[str]) -> None:
        self.files = tuple(files)
        self.plan = self._plan_of(files, kinds)
        secrets = unknown_secrets(self.plan) if self._secrets is None else self._secrets
        self.machine = Machine(self.plan, secrets=secrets, observer=self._observer(self.plan))
        self.ends = LooseEnds()
        self.started: RunStarted | None = None
        self.kept: set[str] = set()
        self.dropped: dict[str, str] = {}
        self.segments += 1

    def take(self, event: Event) -> list[Command]:
        """Replay one event; gives what the machine answered."""
        if type(event) in _OF_THE_RUN:
            self._note(event)
        commands = self.machine.handle(event)
        self.ends.note(event, commands)
        self.last_time = max(self.last_time, event.time)
        return commands

    def _note(self, event: Event) -> None:
        match event:
            case RunEdited():
                self._begin(event.files, event.kinds)
            case RunStarted():
                self.started = event
            case ResultKept():
                self.kept.add(event.address)
            case ResultDropped():
                self.dropped[event.address] = event.reason

    def take_all(self, events: Iterable[Event]) -> Replay:
        """Replay events in their order."""
        with fewer_searches():
            for event in events:
                self.take(event)
        return self


def lenient_plan(files: Sequence[WorkflowFile], kinds: Sequence[str], registry: TaskRegistry = installed) -> Plan:
    """The plan of a run that is only looked at: kinds that aren't installed here have stand-ins.

    Raises:
        DiagnosticsError: This Braid refuses what an earlier one took.
    """
    return recorded_plan(files, lenient_registry(kinds, registry))


def looked_at(head: RunHead, observer: Callable[[Plan], Observer | None] = lambda plan: None) -> Replay:
    """The replay of a run that is only looked at, before its first event.

    Args:
        observer: Is asked for an observer for each machine: a new one after each edit.

    Raises:
        DiagnosticsError: See `lenient_plan`.
    """
    return Replay(head.files, kinds_noted(head), lenient_plan, observer=observer)


def unknown_secrets(plan: Plan) -> dict[str, str]:
    """A stand-in for each secret that a plan and the workflows it calls declare."""
    return {name: UNKNOWN_SECRET for each in reachable_plans(plan) for name in each.secrets}
