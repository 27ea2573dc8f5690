"""`work`: a task kind for generated workflows. What it gives follows from where it stands and what it was given."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Annotated, ClassVar

from braid.language.task_kind import ActiveTask, TaskContext, TaskError, TaskFields, TaskRegistry, Value, described


class WorkFields(TaskFields, frozen=True, kw_only=True):
    value: Annotated[Value, described("Anything; it goes into the answer.")] = None
    fail: Annotated[int, described("So many attempts fail before one succeeds.", ge=0)] = 0


class Work(ActiveTask):
    name = "work"
    fields = WorkFields
    summary = "Gives a whole number that follows from its address, attempt and arguments."
    result = "A number from 0 to 9,999."
    example: ClassVar[str] = """\
name: work-example
steps:
  - work: {value: 1}
"""

    async def run(self, fields: WorkFields, context: TaskContext) -> Value:
        given = {"value": fields.value, "fail": fields.fail}
        return answer(context.address, context.attempt, self.name, given)


class Vandal(ActiveTask):
    """Breaks whatever it is given, and says what it found before."""

    name = "vandal"
    fields = WorkFields
    summary = "Changes the value it was given, in place."
    result = "A copy of the value as it was."
    example: ClassVar[str] = """\
name: vandal-example
steps:
  - vandal: {value: [1]}
"""

    async def run(self, fields: WorkFields, context: TaskContext) -> Value:
        found = json.loads(json.dumps(fields.value))
        spoil(fields.value)
        return found


def spoil(value: Value) -> None:
    """Change a value in place, and everything in it."""
    if isinstance(value, list):
        for item in value:
            spoil(item)
        value.append("spoilt")
    if isinstance(value, dict):
        for item in value.values():
            spoil(item)
        value["spoilt"] = True


def answer(address: str, attempt: int, kind: str, arguments: Mapping[str, Value]) -> Value:
    """The answer of `work` to any interpreter.

    Raises:
        TaskError: Of type `work`, for the first `fail` attempts.
    """
    if attempt <= int(arguments.get("fail") or 0):
        raise TaskError(f"attempt {attempt} fails", type="work")
    text = json.dumps([address, attempt, kind, arguments.get("value")], sort_keys=True)
    return zlib.crc32(text.encode()) % 10_000


def work_registry() -> TaskRegistry:
    """The installed kinds, `work` and `vandal`."""
    registry = TaskRegistry()
    registry.add(Work())
    registry.add(Vandal())
    return registry
