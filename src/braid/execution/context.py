"""What a running task may use of its run: the `TaskContext` of tasks on the loop and in threads."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from braid.execution.secrets import Masker
from braid.execution.strays import STEP_VARIABLE, step_mark
from braid.language.task_kind import TaskError

LOG_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}

logger = logging.getLogger("braid.steps")

LogSink = Callable[[str, str, str], None]
"""Takes address, level and message; called from any thread."""


def log_to_python(address: str, level: str, message: str) -> None:
    """The default sink: Python's own logging, logger `braid.steps`."""
    logger.log(LOG_LEVELS.get(level, logging.INFO), "%s: %s", address, message)


class RunSurroundings(msgspec.Struct, eq=False):
    """What all steps of a run have in common.

    Attributes:
        environment: For child processes: without the declared secrets.
        allow_path: Paths may leave the workflow's folder.
        grace: Seconds a cancelled step has.
        token: Of the claim on the run: what steps start is marked with it.
    """

    run_id: str
    folder: Path
    environment: Mapping[str, str]
    masker: Masker
    allow_path: bool = False
    grace: float = 5.0
    log: LogSink = log_to_python
    token: str = ""
    _shared: dict[str, asyncio.Future[Any]] = msgspec.field(default_factory=dict)  # Any: the kinds' own objects

    async def shared(self, name: str, create: Callable[[], Awaitable[Any]]) -> Any:  # Any: the kind's own object
        """The thing of this name, created by the first who asks; a creation that fails is tried again by the next."""
        while True:
            known = self._shared.get(name)
            if known is None:
                return await self._create(name, create)
            if known.done() and not known.cancelled() and known.exception() is None:
                return known.result()
            # Shielded: a cancelled step must not take it away from the others.
            await asyncio.wait([known])
            if not known.cancelled() and known.exception() is None:
                return known.result()

    async def _create(self, name: str, create: Callable[[], Awaitable[Any]]) -> Any:  # Any: as above
        made: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._shared[name] = made
        try:
            made.set_result(await create())
        except BaseException:
            # Others that wait for it try themselves.
            del self._shared[name]
            made.cancel()
            raise
        return made.result()

    async def close(self) -> None:
        """Close what was shared, in the reverse order of creation; a failure of one doesn't keep the others open."""
        for name, made in reversed(list(self._shared.items())):
            if made.done() and not made.cancelled():
                try:
                    await made.result().close()
                except Exception:
                    logger.warning("closing %s failed", name, exc_info=True)
        self._shared.clear()


class StepContext(msgspec.Struct, eq=False):
    """One attempt at one step. Safe to use from the task's thread.

    Attributes:
        starts_processes: It may have started some, with its mark in their environment.
    """

    _run: RunSurroundings
    run_id: str
    address: str
    attempt: int
    folder: Path
    grace: float
    function: Callable[..., Any] | None  # Any: the author's own function
    cancelled: bool = False
    starts_processes: bool = False

    @property
    def idempotency_key(self) -> str:
        """Equal for all attempts at one step of one run, also after a crash; differs between steps and runs."""
        return idempotency_key(self.run_id, self.address)

    def path(self, text: str) -> Path:
        """A path of the workflow, relative to its folder.

        Raises:
            TaskError: It leaves the folder (symbolic links included) and the run doesn't allow that.
        """
        return workflow_path(self.folder, text, allowed=self._run.allow_path)

    def log(self, level: str, message: str) -> None:
        """Add a line to the step's log, secrets masked; never fails the step."""
        with contextlib.suppress(Exception):
            self._run.log(self.address, level, self._run.masker.text(message))

    def holds_secret(self, text: str) -> bool:
        """Whether a declared secret stands in the text."""
        return self._run.masker.text(text) != text

    def environment(self) -> dict[str, str]:
        """The environment for a child process, without the declared secrets."""
        self.starts_processes = True
        return {**self._run.environment, STEP_VARIABLE: self.mark}

    @property
    def mark(self) -> str:
        """What its processes are known by."""
        return step_mark(self._run.token, self.idempotency_key)

    async def shared(self, name: str, create: Callable[[], Awaitable[Any]]) -> Any:  # Any: the kind's own object
        """A thing that all steps of the run share."""
        return await self._run.shared(name, create)


def idempotency_key(run_id: str, address: str) -> str:
    """32 hexadecimal digits, made of the run and the place."""
    return hashlib.sha256(f"{run_id}\0{address}".encode()).hexdigest()[:32]


def workflow_path(folder: Path, text: str, *, allowed: bool) -> Path:
    """An absolute path that stays inside the folder, unless it may leave it.

    Symbolic links are followed first, so that a link inside the folder doesn't lead out of it. The check and the use
    are two moments: a step that changes links in between is the author's own doing.

    Raises:
        TaskError: Of type `path`.
    """
    if "\0" in text:
        raise TaskError(f"the path {text!r} has a NUL character", type="path", retryable=False)
    root = folder.resolve()
    try:
        path = (root / Path(text)).resolve()
    except (OSError, RuntimeError) as error:
        raise TaskError(f"the path `{text}` can't be followed: {error}", type="path", retryable=False) from error
    if not allowed and not path.is_relative_to(root):
        raise TaskError(
            f"the path `{text}` leaves the workflow's folder {root}; run with --allow-path if it may",
            type="path",
            retryable=False,
        )
    return path
