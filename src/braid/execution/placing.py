"""Where a task runs, what it is given and what is kept of its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from braid.execution.attempt import Attempt
from braid.execution.clock import Clock
from braid.execution.context import RunSurroundings, StepContext
from braid.execution.failures import failure_parts
from braid.execution.runners.runner import Call, Runner
from braid.execution.runners.threads import ThreadRunner, Threads
from braid.language.shape import validated
from braid.language.stored import isolated, stored
from braid.language.task_kind import ActiveTask, Placement, TaskFields, Value
from braid.machine.events import TaskFailed, TaskSucceeded

PlacingOf = Callable[[RunSurroundings, Clock, asyncio.AbstractEventLoop], "Placing"]


class Placing:
    """The loop, threads and worker processes of one run; the latter are made when a task first needs them."""

    def __init__(self, surroundings: RunSurroundings, clock: Clock, loop: asyncio.AbstractEventLoop) -> None:
        self._surroundings = surroundings
        self._masking = surroundings.masker.active
        self._clock = clock
        self._loop = loop
        self._runners: dict[Placement, Runner] = {}
        self._imports: Threads | None = None

    async def perform(self, attempt: Attempt, limit_time: Callable[[Attempt], None]) -> TaskSucceeded | TaskFailed:
        """Run the task to its end.

        Args:
            limit_time: Starts the attempt's time anew, when it had to wait for a free thread or process.

        Raises:
            CancelledError: It was cancelled, and nothing of it runs any more.
        """
        command = attempt.command
        context = attempt.context
        # No `assert isinstance`: of an abstract class that is 0.5 µs, and the machine sends off no others.
        kind: ActiveTask = command.node.task  # type: ignore[assignment]
        try:
            # Its own copy: what it does to it is seen by nobody (law 4).
            fields = validated(kind.fields, command.arguments, isolate=True)
            if kind.is_ready(fields, context):
                placement = kind.placement(fields, context)
            else:
                placement = await self._importing(kind, fields, context)
            if placement is Placement.LOOP:
                value = await kind.run(fields, context)
            else:
                call = Call(kind, fields, isolated(command.arguments), context)
                value = await self._run_elsewhere(placement, call, attempt, limit_time)
            # A copy again: what the task keeps a hold of can't change what others see.
            value = stored(value)
            if self._masking:
                value = self._surroundings.masker.value(value)
        except asyncio.CancelledError:
            raise
        except GeneratorExit as error:
            # Thrown in, when a step that would not end goes with its loop, it must go on; raised by the author's code
            # it is a failure as any other, and would else end the attempt without an answer.
            if attempt.stop is not None:
                raise
            return self._failed(attempt, error)
        except BaseException as error:
            # SystemExit and KeyboardInterrupt too: the author's code ends its step, never the engine.
            return self._failed(attempt, error)
        return TaskSucceeded(
            time=self._clock.now(),
            address=command.address,
            attempt=command.attempt,
            value=value,
            started=attempt.started,
        )

    def kill(self) -> None:
        """End at once what can be ended by force."""
        for runner in self._runners.values():
            runner.kill()

    async def close(self) -> None:
        """Let go of threads and processes."""
        if self._imports is not None:
            self._imports.close()
        for runner in self._runners.values():
            await runner.close()

    async def _importing(self, kind: ActiveTask, fields: TaskFields, context: StepContext) -> Placement:
        # It imports the author's modules, which may take seconds: not on the loop.
        if self._imports is None:
            self._imports = Threads()
        found: Placement = await self._imports.run(lambda: kind.placement(fields, context), _let_it_end)
        return found

    async def _run_elsewhere(
        self, placement: Placement, call: Call, attempt: Attempt, limit_time: Callable[[Attempt], None]
    ) -> Value:
        runner = self._runner(placement)
        if runner.slots.is_full:
            if attempt.expiry is not None:
                attempt.expiry.cancel()
            await runner.slots.acquire()
            limit_time(attempt)
        else:
            await runner.slots.acquire()
        try:
            return await runner.run(call)
        finally:
            runner.slots.release()

    def _runner(self, placement: Placement) -> Runner:
        runner = self._runners.get(placement)
        if runner is None:
            if placement is Placement.THREAD:
                runner = ThreadRunner(self._loop)
            else:
                from braid.execution.runners.processes import ProcessRunner  # 2 ms; few runs need a process

                run = self._surroundings
                runner = ProcessRunner(self._loop, run.environment, allow_path=run.allow_path)
            self._runners[placement] = runner
        return runner

    def _failed(self, attempt: Attempt, error: BaseException) -> TaskFailed:
        parts = failure_parts(error)
        masker = self._surroundings.masker
        if masker.active:
            parts["message"] = masker.text(parts["message"])
            parts["details"] = masker.value(parts["details"])
        return TaskFailed(
            time=self._clock.now(),
            address=attempt.command.address,
            attempt=attempt.command.attempt,
            started=attempt.started,
            **parts,
        )


def _let_it_end(_again: bool) -> None:
    """An import can't be interrupted without leaving half of a module behind."""
