"""Writes down what a run executes, so that it can be read when the process is gone; answers for mocked steps."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import cast

import msgspec

from braid.execution.attempt import Attempt
from braid.execution.clock import Clock
from braid.execution.context import RunSurroundings
from braid.language.plan import TaskNode
from braid.language.shape import FieldsError, validated
from braid.language.stored import isolated
from braid.language.task_kind import ActiveTask, Effect
from braid.machine.commands import StartTask
from braid.machine.events import TaskFailed, TaskSucceeded
from braid.testing.mocked_placing import MockedPlacing
from braid.testing.mocks import MockedRun
from braid.testing.prove_life import Died, Executed, Executing, LogLine, Step


class Witness:
    """The log of one life. A line is one write to a file, of which nothing is held back in this process."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def note(self, line: LogLine) -> None:
        os.write(self._descriptor, msgspec.json.encode(line) + b"\n")

    def dying(self, what: str, promised: int) -> None:
        """The process is about to end as it was told to."""
        self.note(Died(what=what, promised=promised))


class WitnessedPlacing(MockedPlacing):
    """Notes each execution before it begins and after it has returned."""

    def __init__(
        self,
        witness: Witness,
        mocks: MockedRun,
        surroundings: RunSurroundings,
        clock: Clock,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(mocks, surroundings, clock, loop)
        self._witness = witness

    async def perform(self, attempt: Attempt, limit_time: Callable[[Attempt], None]) -> TaskSucceeded | TaskFailed:
        command = attempt.command
        self._witness.note(
            Executing(
                address=command.address,
                attempt=command.attempt,
                kind=command.node.kind,
                writes=cast(ActiveTask, command.node.task).effect is Effect.WRITES,
                repeatable=_repeatable(command) if command.node.idempotent is None else command.node.idempotent,
                step=_place(command.node),
            )
        )
        answer = await super().perform(attempt, limit_time)
        self._witness.note(
            Executed(address=command.address, attempt=command.attempt, succeeded=isinstance(answer, TaskSucceeded))
        )
        return answer


def _repeatable(command: StartTask) -> bool | None:
    kind = cast(ActiveTask, command.node.task)
    try:
        return kind.repeatable(validated(kind.fields, isolated(command.arguments)))
    except FieldsError:
        # It will fail without having done anything.
        return True


def _place(node: TaskNode) -> Step | None:
    span = node.span
    return None if span is None else Step(span.source.name, span.start, span.end)
