"""`delay`: wait for a while, or until a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, ClassVar, Final

from braid.expressions.durations import DurationError, parse_duration
from braid.expressions.values import kind_of
from braid.language.task_kind import FieldProblem, FieldRule, TaskError, TaskFields, TimerTask, Value, described

if TYPE_CHECKING:
    from braid.language.types.lattice import Type

DELAY_DAYS_MAX: Final = 3660
"""The longest wait: a mistyped year shall not make a run that never ends."""


class DelayFields(TaskFields, frozen=True, kw_only=True):
    duration: Annotated[
        str | int | float | None,
        described("How long: `250ms`, `30s`, `5m`, `1h30m`, `2d`, or ISO 8601.", FieldRule(format="duration")),
    ] = None
    until: Annotated[
        str | date | None,
        described("Until when: an ISO 8601 time, in UTC unless it says otherwise, or a value that is a time."),
    ] = None


class Delay(TimerTask):
    name = "delay"
    fields = DelayFields
    summary = "Waits for a while, or until a time. Holds no slot of a pool meanwhile, and survives a restart."
    result = "Null."
    shorthand = "duration"
    one_of = (("duration", "until"),)
    example: ClassVar[str] = """\
name: delay-example
steps:
  - delay: 10ms
  - delay: {until: 2020-01-01T00:00:00Z}     # over already, so it ends at once
"""

    def check(self, constants: Mapping[str, Value]) -> Iterable[FieldProblem]:
        if "until" in constants and constants["until"] is not None:
            try:
                _time(constants["until"])
            except TaskError as error:
                yield FieldProblem(("until",), error.message)

    def result_type(self, fields: Mapping[str, Type]) -> Type:
        from braid.language.types.lattice import NULL

        return NULL

    def due(self, fields: Mapping[str, Value], now: datetime) -> datetime:
        duration, until = fields.get("duration"), fields.get("until")
        if (duration is None) == (until is None):
            raise _mistake("`delay` needs a duration or `until`, one of the two")
        due = _time(until) if duration is None else now + _duration(duration)
        if due - now > timedelta(days=DELAY_DAYS_MAX):
            raise _mistake(f"the wait until {due.isoformat()} is longer than {DELAY_DAYS_MAX} days")
        return due


def _duration(value: Value) -> timedelta:
    try:
        return timedelta(seconds=parse_duration(value))
    except (DurationError, OverflowError) as error:
        raise _mistake(str(error)) from None


def _time(value: Value) -> datetime:
    match value:
        case datetime():
            time = value
        case date():
            time = datetime(value.year, value.month, value.day, tzinfo=UTC)
        case str():
            try:
                time = datetime.fromisoformat(value.strip())
            except ValueError:
                raise _mistake(f"`{value}` is no time; write it like `2026-01-05T09:00:00Z`") from None
        case _:
            raise _mistake(f"`until` must be a time, and is {kind_of(value)}")
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _mistake(message: str) -> TaskError:
    return TaskError(message, type="arguments", retryable=False)
