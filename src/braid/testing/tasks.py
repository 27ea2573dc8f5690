"""What every task kind must keep to: the conformance suite, for authors of kinds too.

    from braid.testing.tasks import TaskKindConformance

    class TestMyKind(TaskKindConformance):
        kind = MyKind()

Each check can also be called alone; it raises AssertionError with what is wrong.
"""

from __future__ import annotations

import asyncio
import gc
import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, get_args, get_origin, get_type_hints

import msgspec

from braid.language.shape import FieldsError, validated
from braid.language.stored import stored
from braid.language.task_kind import (
    ActiveTask,
    PureTask,
    SubworkflowTask,
    TaskFields,
    TaskKind,
    TimerTask,
    Value,
)
from braid.testing.fake_context import FakeContext, act

_FAMILIES = (PureTask, TimerTask, ActiveTask, SubworkflowTask)
UNICODE = "naïve ☃ 𝒳 \u202e عربى"


def check_declaration(kind: TaskKind) -> None:
    """Its name, family, texts and shorthand are there and fit together."""
    assert re.fullmatch(r"[a-z][a-z0-9_]*", kind.name), f"`{kind.name}` can't be a key of a step"
    assert sum(isinstance(kind, family) for family in _FAMILIES) == 1, "a kind is of one family"
    assert issubclass(kind.fields, TaskFields)
    for name in ("summary", "result", "example"):
        assert getattr(kind, name).strip(), f"`{name}` is empty"
    for name in ("summary", "result"):
        assert "\n" not in getattr(kind, name), f"`{name}` has more than one line"
    names = {field.encode_name for field in msgspec.structs.fields(kind.fields)}
    assert kind.shorthand is None or kind.shorthand in names, "`shorthand` is no field"
    assert not kind.whole_body or kind.shorthand, "`whole_body` needs `shorthand`"
    assert len(vars(kind)) == 0, "a kind has no state: one instance serves all runs"


def check_fields_are_described(kind: TaskKind) -> None:
    """Each field has a text for `braid tasks` and the reference."""
    for name, annotation in get_type_hints(kind.fields, include_extras=True).items():
        described = get_origin(annotation) is Annotated and any(
            isinstance(part, msgspec.Meta) and part.description for part in get_args(annotation)[1:]
        )
        assert described, f"the field `{name}` has no description"


def check_unknown_field_is_refused(kind: TaskKind) -> None:
    name = "no_such_field_of_any_kind"
    assert name in _refusal(kind, name, 1), "a field that doesn't exist is taken"


def check_wrong_types_are_named(kind: TaskKind) -> None:
    """A value of a wrong type never passes as something else, and the problem names its field."""
    for field in msgspec.structs.fields(kind.fields):
        if field.type is not Any and get_args(field.type)[:1] != (Any,):
            told = _refusal(kind, field.encode_name, object())
            assert field.encode_name in told, f"a wrong type of `{field.encode_name}` is taken, or not named"


def _refusal(kind: TaskKind, field: str, value: object) -> str:
    try:
        validated(kind.fields, {field: value})
    except FieldsError as error:
        # Missing fields are told as well, and don't matter here.
        return "; ".join(f"{problem.path} {problem.message}" for problem in error.problems if field in problem.path)
    return ""


def check_constants_are_checked_calmly(kind: TaskKind) -> None:
    """`check` gets what the types admit and more; it yields problems and raises nothing."""
    names = [field.encode_name for field in msgspec.structs.fields(kind.fields)]
    for value in (None, "", UNICODE, 0, -1, True, [], {}, [None], {"a": None}, "x" * 100_000):
        for name in names:
            for problem in kind.check({name: value}):
                assert problem.path, "a problem has no place"
                assert problem.path[0] in names
                assert problem.message


async def check_result(kind: ActiveTask, fields: Mapping[str, Value], folder: Path) -> Value:
    """It ends with a value that can be stored, and leaves no thread, asyncio.Task or temporary file behind."""
    context = FakeContext(folder)
    threads, tasks = set(threading.enumerate()), asyncio.all_tasks()
    try:
        result = stored(await act(kind, fields, context))
        kind.output(result)
    finally:
        await context.close()
    await _check_nothing_is_left(folder, threads, tasks)
    return result


async def check_cancelling(kind: ActiveTask, fields: Mapping[str, Value], folder: Path, grace: float = 2.0) -> None:
    """Cancelled at several moments, it ends within the grace and leaves nothing behind."""
    threads, tasks = set(threading.enumerate()), asyncio.all_tasks()
    for turns in (0, 1, 2, 5, 20):
        context = FakeContext(folder, grace=grace)
        running = asyncio.ensure_future(act(kind, fields, context))
        for _ in range(turns):
            await asyncio.sleep(0)
        running.cancel()
        context.cancelled = True
        done, _pending = await asyncio.wait([running], timeout=grace)
        assert done, f"cancelled after {turns} turns of the loop, it doesn't end within {grace} s"
        # What it ended with doesn't matter; a failure that nobody looks at would be reported by asyncio.
        if not running.cancelled():
            running.exception()
        await context.close()
    await _check_nothing_is_left(folder, threads, tasks)


async def _check_nothing_is_left(
    folder: Path,
    threads: set[threading.Thread],
    tasks: set[asyncio.Task[Any]],  # Any: tasks of everything
) -> None:
    deadline = asyncio.get_running_loop().time() + 5
    # Threads of the loop's own pool are kept for the next call.
    while left := [thread for thread in set(threading.enumerate()) - threads if not thread.name.startswith("asyncio_")]:
        assert asyncio.get_running_loop().time() < deadline, f"threads are left: {left}"
        await asyncio.sleep(0.01)
    while others := asyncio.all_tasks() - tasks:
        assert asyncio.get_running_loop().time() < deadline, f"tasks are left: {others}"
        await asyncio.sleep(0.01)
    while temporary := _temporary_files(folder):
        assert asyncio.get_running_loop().time() < deadline, f"temporary files are left: {temporary}"
        await asyncio.sleep(0.01)
    # Unclosed transports, sessions and files speak up when they are collected.
    gc.collect()


def _temporary_files(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*.tmp")]


class TaskKindConformance:
    """The checks of a kind that need no fields, as pytest collects them."""

    kind: ClassVar[TaskKind]

    def test_declaration(self) -> None:
        check_declaration(self.kind)

    def test_fields_are_described(self) -> None:
        check_fields_are_described(self.kind)

    def test_unknown_field_is_refused(self) -> None:
        check_unknown_field_is_refused(self.kind)

    def test_wrong_types_are_named(self) -> None:
        check_wrong_types_are_named(self.kind)

    def test_constants_are_checked_calmly(self) -> None:
        check_constants_are_checked_calmly(self.kind)
