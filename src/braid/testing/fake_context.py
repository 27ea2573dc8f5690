"""A task's context without a run, to call a task kind directly."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from braid.language.shape import validated
from braid.language.task_kind import ActiveTask, Placement, TaskError, Value


class FakeContext:
    """Stands for a run in a folder; keeps the log lines, and closes what was shared on `close`."""

    def __init__(
        self,
        folder: Path,
        *,
        grace: float = 5.0,
        attempt: int = 1,
        function: Callable[..., Any] | None = None,  # Any: the author's own function
    ) -> None:
        self.run_id = "fake-run"
        self.address = "step"
        self.attempt = attempt
        self.folder = folder
        self.grace = grace
        self.function = function
        self.cancelled = False
        self.lines: list[tuple[str, str]] = []
        self._shared: dict[str, asyncio.Future[Any]] = {}  # Any: the kind's own objects

    @property
    def idempotency_key(self) -> str:
        return f"{self.run_id}/{self.address}"

    def path(self, text: str) -> Path:
        path = (self.folder / text).resolve()
        if not path.is_relative_to(self.folder.resolve()):
            raise TaskError(f"`{text}` leaves the workflow's folder", type="path", retryable=False)
        return path

    def log(self, level: str, message: str) -> None:
        self.lines.append((level, message))

    def holds_secret(self, text: str) -> bool:
        return False

    def environment(self) -> dict[str, str]:
        return dict(os.environ)

    async def shared(self, name: str, create: Callable[[], Awaitable[Any]]) -> Any:  # Any: the kind's own object
        if name not in self._shared:
            self._shared[name] = asyncio.ensure_future(create())
        return await self._shared[name]

    async def close(self) -> None:
        """End as a run does."""
        for made in self._shared.values():
            await (await made).close()
        self._shared.clear()


async def act(kind: ActiveTask, fields: Mapping[str, Value], context: FakeContext) -> Value:
    """Run an active task where it wants to run; a thread stands for a process.

    Raises:
        TaskError: It failed.
        FieldsError: The fields don't fit.
    """
    checked = validated(kind.fields, fields)
    # As the executor does it: only what may import the author's code goes to a thread first.
    if kind.is_ready(checked, context):
        placement = kind.placement(checked, context)
    else:
        placement = await asyncio.to_thread(kind.placement, checked, context)
    if placement is Placement.LOOP:
        return await kind.run(checked, context)
    return await asyncio.to_thread(kind.run_blocking, checked, context)
