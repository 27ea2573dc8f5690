"""From a plan and what a caller gives, to a run: everything is checked before anything runs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from braid.execution.attempt import Leftover
from braid.execution.clock import Clock, SystemClock
from braid.execution.context import LogSink, RunSurroundings, log_to_python
from braid.execution.executor import Executor
from braid.execution.observers import Watchers
from braid.execution.refusals import InputsError
from braid.execution.run_ids import new_run_id, run_id_problem
from braid.execution.secrets import Masker, resolve_secrets
from braid.journal.memory import MemoryJournal
from braid.journal.protocol import Journal
from braid.language.inputs import bind_inputs
from braid.language.plan import Plan
from braid.language.plan_walk import folders_by_node, reachable_plans
from braid.language.stored import StorageError, stored
from braid.language.task_kind import Value
from braid.machine import Machine
from braid.machine.events import RunStarted
from braid.machine.observer import Observer
from braid.machine.outcome import Outcome

GRACE_SECONDS = 5.0
"""How long a cancelled step has before it is reported as not ending."""


Attach = Callable[[Executor], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """What a run is started with.

    Attributes:
        max_concurrency: Wins over the file's default, not over a block's own limit.
        secrets: Wins over the environment, that over `.env` beside the workflow, that over `secrets_dir`.
        env: Stands for the process's environment.
        journal: Stays open; without one, nothing is kept.
        allow_path: Paths of the workflow may leave its folder.
        grace: Seconds a cancelled step has before it is reported as not ending.
        log: Takes what steps log.
    """

    plan: Plan
    inputs: Mapping[str, Value] = field(default_factory=dict)
    max_concurrency: int | None = None
    secrets: Mapping[str, str] = field(default_factory=dict)
    secrets_dir: Path | None = None
    env: Mapping[str, str] | None = None
    run_id: str | None = None
    observers: Sequence[Observer] = ()
    journal: Journal | None = None
    allow_path: bool = False
    grace: float = GRACE_SECONDS
    log: LogSink = log_to_python


@dataclass(frozen=True, slots=True)
class Ended:
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
        environment = os.environ if launch.env is None else launch.env
        plans = reachable_plans(launch.plan)
        declared = [name for plan in plans for name in plan.secrets]
        self.secrets = resolve_secrets(declared, launch.secrets, environment, launch.plan.folder, launch.secrets_dir)
        self.masker = Masker(self.secrets)
        self._folders = folders_by_node(plans)
        self._env = {name: environment[name] for plan in plans for name in plan.env if name in environment}
        self._child_environment = {name: value for name, value in environment.items() if name not in self.secrets}

    async def execute(self, attach: Attach | None = None) -> Ended:
        """Run to the end, on the running loop.

        When cancelled, the run is interrupted: its steps are cancelled and awaited before the cancellation goes on.

        Args:
            attach: Is given the executor as soon as there is one, to interrupt or cancel the run with.
        """
        launch = self._launch
        surroundings = RunSurroundings(
            self.run_id,
            launch.plan.folder,
            self._child_environment,
            self.masker,
            launch.allow_path,
            launch.grace,
            launch.log,
        )
        observer = Watchers(list(launch.observers), self.masker) if launch.observers else None
        machine = Machine(launch.plan, secrets=self.secrets, observer=observer)
        journal = launch.journal or MemoryJournal(keep=False)
        executor = Executor(machine, journal, surroundings, self._clock, self._folders)
        if attach is not None:
            attach(executor)
        first = RunStarted(
            time=self.started_at,
            run_id=self.run_id,
            workflow=launch.plan.name,
            inputs=self.inputs,
            env=self.masker.value(self._env),
            max_concurrency=launch.max_concurrency,
        )
        await _see_through(executor, asyncio.create_task(executor.run(first)))
        return Ended(executor.outcome, self._clock.now() - self.started_at, tuple(executor.leftovers))


async def _see_through(executor: Executor, running: asyncio.Task[None]) -> None:
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
