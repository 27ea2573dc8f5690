"""Times and durations."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from braid.expressions.durations import DurationError, format_duration, parse_duration
from braid.expressions.errors import EvaluationError
from braid.expressions.members import check_widths
from braid.expressions.values import Value, kind_of
from braid.expressions.vocabulary.registry import Vocabulary, text_of

_section: Final = Vocabulary("Times")


def _time(name: str, value: Value) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, str):
        return parse_time(value)
    raise EvaluationError(f"`{name}` needs a time, not {kind_of(value)}", "type")


@_section.define(
    "parse_time",
    "A time from ISO 8601 text or seconds since 1970; UTC if the text names no zone.",
    "'2026-03-01T12:00:00+01:00' | parse_time | iso",
    "2026-03-01T12:00:00+01:00",
)
def parse_time(value: Value) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, UTC)
    text = text_of("parse_time", value).strip()
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise EvaluationError(
            f"`parse_time`: `{text[:40]}` is no ISO 8601 time",
            "value",
            help="for other forms write `| to_datetime('%d.%m.%Y')`",
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@_section.define(
    "to_datetime",
    "A time from text in a form like `strftime`'s; UTC if it names no zone.",
    "'01.03.2026' | to_datetime('%d.%m.%Y') | iso",
    "2026-03-01T00:00:00+00:00",
)
def to_datetime(value: Value, format: str = "%Y-%m-%d %H:%M:%S") -> datetime:
    found = datetime.strptime(text_of("to_datetime", value)[:200], format[:200])
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@_section.define("iso", "A time as ISO 8601 text.", "0 | parse_time | iso", "1970-01-01T00:00:00+00:00")
def iso(value: Value) -> str:
    return _time("iso", value).isoformat()


@_section.define("epoch", "Seconds since 1970.", "'1970-01-02' | epoch", 86400.0)
def epoch(value: Value) -> float:
    return _time("epoch", value).timestamp()


@_section.define(
    "strftime",
    "A time in a form such as `'%d.%m.%Y %H:%M'`.",
    "'2026-03-01' | strftime('%d.%m.%Y')",
    "01.03.2026",
)
def strftime(value: Value, format: str) -> str:
    # Also takes Ansible's order, the form first.
    if isinstance(value, str) and "%" in value:
        value, format = format, value
    check_widths(format)
    if len(format) > 1_000:
        raise EvaluationError("`strftime`: the form has more than 1,000 characters", "limit")
    return _time("strftime", value).strftime(format)


def _duration(name: str, value: Value) -> timedelta:
    try:
        return timedelta(seconds=value if isinstance(value, float) else parse_duration(value))
    except DurationError as error:
        raise EvaluationError(f"`{name}`: {error}", "value") from None


@_section.define(
    "add",
    "A time later by a duration; a negative one with `-` before it.",
    "'2026-03-01' | add('1h30m') | iso",
    "2026-03-01T01:30:00+00:00",
)
def add(value: Value, duration: Value) -> datetime:
    if isinstance(duration, str) and duration.startswith("-"):
        return _time("add", value) - _duration("add", duration[1:])
    return _time("add", value) + _duration("add", duration)


@_section.define(
    "subtract",
    "A time earlier by a duration, or the seconds from another time to this one.",
    "'2026-03-02' | subtract('1d') | iso",
    "2026-03-01T00:00:00+00:00",
)
def subtract(value: Value, other: Value) -> Value:
    if isinstance(other, date):
        return (_time("subtract", value) - _time("subtract", other)).total_seconds()
    return _time("subtract", value) - _duration("subtract", other)


@_section.define(
    "time_diff",
    "The seconds from the other time to this one.",
    "'2026-03-01T00:01:00Z' | time_diff('2026-03-01T00:00:00Z')",
    60.0,
)
def time_diff(value: Value, other: Value) -> float:
    return (_time("time_diff", value) - _time("time_diff", other)).total_seconds()


@_section.define(
    "start_of",
    "The time at which its 'minute', 'hour', 'day', 'week', 'month' or 'year' began.",
    "'2026-03-05T10:20:30Z' | start_of('month') | iso",
    "2026-03-01T00:00:00+00:00",
)
def start_of(value: Value, unit: str) -> datetime:
    moment = _time("start_of", value).replace(microsecond=0)
    fields = ["second", "minute", "hour", "day", "month"]
    units = {"minute": 1, "hour": 2, "day": 3, "week": 3, "month": 4, "year": 5}
    if unit not in units:
        raise EvaluationError(f"`start_of` knows {', '.join(units)}, not `{unit}`", "value")
    first = {name: 1 if name in ("day", "month") else 0 for name in fields[: units[unit]]}
    if unit == "week":
        moment -= timedelta(days=moment.weekday())
    return moment.replace(**first)  # type: ignore[arg-type]  # keys are fields, which take integers


@_section.define(
    "in_zone",
    "The same time on the clocks of a place, such as 'Europe/Berlin'.",
    "'2026-07-01T12:00:00Z' | in_zone('Europe/Berlin') | iso",
    "2026-07-01T14:00:00+02:00",
)
def in_zone(value: Value, zone: str) -> datetime:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return _time("in_zone", value).astimezone(ZoneInfo(text_of("in_zone", zone)))
    except (ZoneInfoNotFoundError, OSError, ValueError):
        raise EvaluationError(f"`in_zone`: there is no time zone `{zone}`", "value") from None


@_section.define("to_seconds", "A duration such as '1h30m' in seconds.", "'1h30m' | to_seconds", 5400.0)
def to_seconds(value: Value) -> float:
    return _duration("to_seconds", value).total_seconds()


@_section.define("duration", "Seconds as people write durations.", "5400 | duration", "1h30m")
def duration(value: Value) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise EvaluationError(f"`duration` needs seconds, not {kind_of(value)}", "type")
    return format_duration(value)
