"""From a plan and what a caller gives, to a run: everything is checked before anything runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import msgspec

from braid.execution.attempt import Leftover
from braid.execution.clock import Clock, SystemClock
from braid.execution.executor import Executor
from braid.execution.means import Means, Setting
from braid.execution.refusals import InputsError
from braid.execution.run_ids import new_run_id, run_id_problem
from braid.execution.tenure import Tenure
from braid.history.loose_ends import LooseEnds
from braid.history.recorded import FUNCTIONS_NOTE, KINDS_NOTE, functions_of, kinds_of, workflow_files
from braid.journal.errors import JournalError
from braid.journal.memory import MemoryJournal
from braid.journal.protocol import Journal
from braid.journal.records import RunHead
from braid.language.inputs import bind_inputs
from braid.language.plan import Plan
from braid.language.stored import StorageError, stored
from braid.language.task_kind import Value
from braid.machine import Machine
from braid.machine.events import Event, RunStarted
from braid.machine.outcome import Outcome

Attach = Callable[[Executor], None]

ALLOW_PATH_NOTE = "allow_path"
REUSED_NOTE = "reused"
"""In the notes of a run: the id of the run whose results it took."""


class Launch(Setting, frozen=True, kw_only=True):
    """What a run is started with.

    Attributes:
        max_concurrency: Wins over the file's default, not over a block's own limit.
        journal: Stays open; without one, nothing is kept.
    """

    plan: Plan
    inputs: Mapping[str, Value] = msgspec.field(default_factory=dict)
    max_concurrency: int | None = None
    run_id: str | None = None
    journal: Journal | None = None


class Ended(msgspec.Struct, frozen=True):
    """How a run ended.

    Attributes:
        outcome: Succeeded, Failed or Cancelled; None when it was interrupted. Secrets are not masked.
        duration: Seconds.
    """

    outcome: Outcome | None
    duration: float
    leftovers: tuple[Leftover, ...]


class Run:
    """A run that may start: inputs fit, secrets have values.

    Attributes:
        started: Its first event.

    Raises:
        InputsError: Names all that is wrong with inputs, run id and limits.
        SecretsError: Names all secrets without a value.
    """

    def __init__(self, launch: Launch, clock: Clock | None = None) -> None:
        self._launch = launch
        self._clock = clock or SystemClock()
        self.plan = launch.plan
        self.started_at = self._clock.now()
        self.run_id = launch.run_id or new_run_id(self.started_at)
        self.inputs = _inputs(launch, self.run_id)
        self._means = Means(launch.plan, launch)
        self.masker = self._means.masker
        # Secrets never enter the journal, and a replay must see what the run saw.
        self.started = RunStarted(
            time=self.started_at,
            run_id=self.run_id,
            workflow=launch.plan.name,
            inputs=self.masker.value(self.inputs),
            env=self.masker.value(self._means.environment),
            max_concurrency=launch.max_concurrency,
        )
        self._reused: str | None = None
        self._kept: Sequence[Event] = ()

    @property
    def secrets(self) -> Mapping[str, str]:
        """Values of the declared secrets."""
        return self._means.secrets

    def reuse(self, run_id: str, kept: Sequence[Event]) -> None:
        """Begin with results of another run: its ResultKept and ResultDropped."""
        self._reused, self._kept = run_id, kept

    async def execute(self, attach: Attach | None = None, journal: Journal | None = None) -> Ended:
        """Run to the end, on the running loop.

        When cancelled, the run is interrupted: its steps are cancelled and awaited before the cancellation goes on.

        Args:
            attach: Is given the executor, to interrupt or cancel the run with, when it has handled the first events.
            journal: Instead of the launch's; stays open.

        Raises:
            RunExistsError: The journal has a run of this id; nothing ran.
            JournalError: See `Journal.append`; all steps were cancelled, and the run can be resumed.
        """
        launch = self._launch
        journal = journal or launch.journal or MemoryJournal(keep=False)
        tenure = Tenure(journal, self.run_id, self._clock)
        first = [*self._kept, self.started]
        await tenure.begin(self._head(), first)
        machine = Machine(launch.plan, secrets=self.secrets, observer=self._means.observer())
        surroundings = self._means.surroundings(self.run_id, launch.allow_path, tenure.token)
        executor = Executor(machine, journal, surroundings, self._clock, self._means.folders, self._means.placing)
        await conducted(executor, tenure, first, None, attach)
        return Ended(executor.outcome, self._clock.now() - self.started_at, tuple(executor.leftovers))

    def _head(self) -> RunHead:
        launch = self._launch
        notes: dict[str, Value] = {KINDS_NOTE: kinds_of(launch.plan)}
        if functions := functions_of(launch.plan):
            notes[FUNCTIONS_NOTE] = functions
        if launch.allow_path:
            notes[ALLOW_PATH_NOTE] = True
        if self._reused is not None:
            notes[REUSED_NOTE] = self._reused
        return RunHead(
            id=self.run_id,
            workflow=launch.plan.name,
            started=self.started_at,
            files=workflow_files(launch.plan),
            notes=notes,
        )


async def conducted(
    executor: Executor, tenure: Tenure, first: Sequence[Event], ends: LooseEnds | None, attach: Attach | None
) -> None:
    """See a claimed run through, whose first events are in the journal; give it up at the end, however that comes."""
    live = None if attach is None else partial(attach, executor)
    try:
        await _seen_through(executor, asyncio.create_task(executor.run(first, ends, live)))
    except asyncio.CancelledError:
        await tenure.release(executor.outcome)
        raise
    except BaseException as error:
        if isinstance(error, JournalError):
            error.stopped = tenure.run_id
        await tenure.abandon()
        raise
    await tenure.release(executor.outcome)


async def _seen_through(executor: Executor, running: asyncio.Task[None]) -> None:
    """Await the run; a cancellation interrupts it, a second one ends it at once, and either is passed on."""
    cancelled = 0
    while not running.done():
        try:
            await asyncio.shield(running)
        except asyncio.CancelledError:
            cancelled += 1
            (executor.interrupt if cancelled == 1 else executor.kill)()
        except BaseException:
            break
    if cancelled and (running.cancelled() or running.exception() is None):
        raise asyncio.CancelledError
    running.result()


def _inputs(launch: Launch, run_id: str) -> dict[str, Value]:
    problems = [problem] if (problem := run_id_problem(run_id)) else []
    if launch.max_concurrency is not None and launch.max_concurrency < 1:
        problems.append(f"max_concurrency must be at least 1, not {launch.max_concurrency}")
    given: dict[str, Value] = {}
    for name, value in launch.inputs.items():
        try:
            given[name] = stored(value)
        except StorageError as error:
            problems.append(f"input `{name}` can't be kept: {error}")
            given[name] = None
    inputs, wrong = bind_inputs(launch.plan.inputs, given)
    if problems or wrong:
        raise InputsError([*problems, *wrong])
    return inputs
