"""Carries tasks out, but answers in the place of mocked ones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from braid.execution.attempt import Attempt
from braid.execution.clock import Clock
from braid.execution.context import RunSurroundings
from braid.execution.placing import Placing
from braid.language.shape import FieldsError, validated
from braid.language.stored import StorageError, isolated, stored
from braid.language.task_kind import ActiveTask, TaskError
from braid.machine.events import TaskFailed, TaskSucceeded
from braid.testing.mocks import MockedRun


class MockedPlacing(Placing):
    """A mocked step is sent off, waits for its pool and is timed as ever; only its kind's code doesn't run."""

    def __init__(
        self, mocks: MockedRun, surroundings: RunSurroundings, clock: Clock, loop: asyncio.AbstractEventLoop
    ) -> None:
        super().__init__(surroundings, clock, loop)
        self._mocks = mocks

    async def perform(self, attempt: Attempt, limit_time: Callable[[Attempt], None]) -> TaskSucceeded | TaskFailed:
        command = attempt.command
        answer = self._mocks.answer(command.node, command.address)
        if answer is None:
            return await super().perform(attempt, limit_time)
        try:
            kind = cast(ActiveTask, command.node.task)
            # A step whose fields don't fit fails when it is mocked, too.
            validated(kind.fields, isolated(command.arguments))
            value = self._surroundings.masker.value(stored(answer.given_to(kind)))
        except (TaskError, FieldsError, StorageError) as error:
            return self._failed(attempt, error)
        return TaskSucceeded(
            time=self._clock.now(),
            address=command.address,
            attempt=command.attempt,
            value=value,
            started=attempt.started,
        )
