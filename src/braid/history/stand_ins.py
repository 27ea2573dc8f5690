"""Task kinds that aren't installed where a run is looked at: its plan can still be read and replayed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, ClassVar

from braid.language.task_kind import ActiveTask, Effect, TaskFields, TaskKindError, TaskRegistry, Value, described


class StandInFields(TaskFields, frozen=True, kw_only=True):
    body: Annotated[Value, described("Whatever the step says.")] = None


class StandIn(ActiveTask):
    """Takes any body, and is never run: a replay has the recorded answers."""

    fields = StandInFields
    summary = "A kind that isn't installed here."
    result = "What was recorded."
    shorthand = "body"
    whole_body = True
    effect = Effect.WRITES
    example: ClassVar[str] = ""

    def __init__(self, name: str) -> None:
        self.name = name  # type: ignore[misc]  # the one class whose instances differ


def lenient_registry(kinds: Iterable[str], installed: TaskRegistry) -> TaskRegistry:
    """The installed kinds, and a stand-in for each of `kinds` that isn't or can't be loaded."""
    missing = [name for name in kinds if not _loadable(name, installed)]
    return TaskRegistry({**installed.added, **{name: StandIn(name) for name in missing}})


def _loadable(name: str, installed: TaskRegistry) -> bool:
    try:
        installed.get(name)
    except (KeyError, TaskKindError):
        return False
    return True
