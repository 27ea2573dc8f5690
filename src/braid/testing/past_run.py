"""A run that is over, written by hand: each event at a time that the test chooses, for what reads journals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from braid.history.recorded import KINDS_NOTE, kinds_of, workflow_files
from braid.journal.owner import Owner
from braid.journal.protocol import Journal
from braid.journal.records import RunEnding, RunHead
from braid.language.load import load
from braid.language.plan import Plan
from braid.language.task_kind import Value
from braid.machine import Machine
from braid.machine.commands import CancelTask, ClearTimer, Command, SetTimer, StartTask
from braid.machine.events import (
    CancelRequested,
    Event,
    ResultDropped,
    ResultKept,
    RunEdited,
    RunStarted,
    TaskCancelled,
    TaskFailed,
    TaskSucceeded,
    TimerFired,
)
from braid.testing.driver import START_TIME
from braid.testing.script import ends_with


class PastRun:
    """A run of a workflow, event by event. Times are seconds since its start; steps go by an end of their address.

    Attributes:
        events: All so far.
        running: Tasks that nobody answered for, in the order in which they were asked for.
    """

    def __init__(
        self,
        text: str,
        inputs: Mapping[str, Value] | None = None,
        *,
        run_id: str = "r1",
        secrets: Mapping[str, str] | None = None,
    ) -> None:
        self.run_id = run_id
        self._secrets = secrets
        self.events: list[Event] = []
        self._begin(text)
        self._handle(RunStarted(time=START_TIME, run_id=run_id, workflow=self.plan.name, inputs=dict(inputs or {})))

    def _begin(self, text: str) -> None:
        loaded = load(text.encode(), name="past.braid.yaml", folder=Path("/past"))
        assert loaded.plan is not None, loaded.diagnostics
        self.plan: Plan = loaded.plan
        self.running: dict[str, StartTask] = {}
        self._asked: dict[str, float] = {}
        self._timers: dict[tuple[str, str], float] = {}
        self._machine = Machine(self.plan, secrets=self._secrets)

    @property
    def head(self) -> RunHead:
        """What a launcher would have kept."""
        return RunHead(
            id=self.run_id,
            workflow=self.plan.name,
            started=START_TIME,
            files=workflow_files(self.plan),
            notes={KINDS_NOTE: kinds_of(self.plan)},
        )

    def succeed(self, at: float, step: str, value: Value = None, *, began: float | None = None) -> None:
        """A task succeeds; it began when it was asked for, unless it had to wait until `began`."""
        task, started = self._taken(step, began)
        self._handle(
            TaskSucceeded(
                time=START_TIME + at, address=task.address, attempt=task.attempt, value=value, started=started
            )
        )

    def fail(self, at: float, step: str, message: str = "no luck", *, began: float | None = None) -> None:
        """A task fails."""
        task, started = self._taken(step, began)
        self._handle(
            TaskFailed(
                time=START_TIME + at,
                address=task.address,
                attempt=task.attempt,
                type="task",
                message=message,
                started=started,
            )
        )

    def acknowledge(self, at: float, step: str) -> None:
        """A task that was told to end is gone."""
        task, started = self._taken(step, None)
        self._handle(TaskCancelled(time=START_TIME + at, address=task.address, attempt=task.attempt, started=started))

    def fire(self, step: str = "") -> None:
        """The timer of this step fires, at its time."""
        address, name = next(key for key in self._timers if ends_with(key[0], step))
        self._handle(TimerFired(time=self._timers.pop((address, name)), address=address, name=name))

    def request_end(self, at: float, reason: str = "") -> None:
        """Somebody asks the run to end."""
        self._handle(CancelRequested(time=START_TIME + at, reason=reason))

    def tell(self, event: Event) -> None:
        """Any other event."""
        self._handle(event)

    def edit(self, at: float, text: str, kept: Sequence[ResultKept], dropped: Mapping[str, str]) -> None:
        """The run goes on with another file."""
        time = START_TIME + at
        first = self.events[0]
        self._begin(text)
        self._handle(RunEdited(time=time, files=workflow_files(self.plan), kinds=tuple(kinds_of(self.plan))))
        for event in kept:
            self._handle(event)
        for address, reason in dropped.items():
            self._handle(ResultDropped(time=time, address=address, reason=reason))
        self._handle(first)
        self._asked = dict.fromkeys(self._asked, time)

    async def keep(self, journal: Journal, status: str, ended: float | None = None, *, owner: Owner) -> None:
        """Write the run into a journal. `status` is how its owner left it, or `running`."""
        await journal.begin(self.head, owner)
        await journal.append(self.run_id, self.events)
        if status != "running":
            time = self.events[-1].time if ended is None else START_TIME + ended
            await journal.release(self.run_id, owner, RunEnding(status, time))

    def _taken(self, step: str, began: float | None) -> tuple[StartTask, float]:
        found = [address for address in self.running if ends_with(address, step)]
        assert len(found) == 1, f"`{step}` names {found}; running: {sorted(self.running)}"
        started = self._asked[found[0]] if began is None else START_TIME + began
        return self.running.pop(found[0]), started

    def _handle(self, event: Event) -> None:
        self.events.append(event)
        for command in self._machine.handle(event):
            self._note(command, event.time)

    def _note(self, command: Command, time: float) -> None:
        match command:
            case StartTask():
                self.running[command.address] = command
                self._asked[command.address] = time
            case SetTimer():
                self._timers[command.address, command.name] = command.due
            case ClearTimer():
                self._timers.pop((command.address, command.name), None)
            case CancelTask():
                assert command.address in self.running
            case _:
                pass
