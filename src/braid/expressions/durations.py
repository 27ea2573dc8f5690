"""Durations as the language writes them: `250ms`, `30s`, `5m`, `1h30m`, `2d`, ISO 8601."""

import math
import re
from functools import cache
from typing import Final

_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_CHARS_MAX: Final = 100

DURATION_SECONDS_MAX: Final = 100 * 365.25 * 86400
"""A hundred years: more than that is a mistake in the unit, and further on dates end."""


class DurationError(ValueError):
    """The text is no duration.

    Attributes:
        help: The way out, or "".
    """

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.help = help


def parse_duration(value: str | float) -> float:
    """Seconds of a duration.

    Args:
        value: Numbers with units `ms s m h d w`, largest first and each once, as in `1h30m`; or
            ISO 8601 as in `PT1H30M`, without years and months, which have no fixed length; or 0.

    Raises:
        DurationError: Anything else, other bare numbers too, or above `DURATION_SECONDS_MAX`.
    """
    if isinstance(value, str):
        text = value.strip()
        if text.isdecimal() and len(text) < _CHARS_MAX and int(text) == 0:
            return 0.0
        seconds = _parsed(text)
    elif isinstance(value, bool) or not isinstance(value, (int, float)):
        raise DurationError(f"a duration is text such as `30s`, not {type(value).__name__}", "write `30s`")
    elif value == 0:
        return 0.0
    else:
        shown = f"{value:g}" if isinstance(value, float) or abs(value) < 10**9 else "the number"
        raise DurationError(f"`{shown}` has no unit", f"write `{shown}s`" if value > 0 else "write `30s`")
    if not seconds <= DURATION_SECONDS_MAX:
        raise DurationError("a duration can't be longer than 100 years")
    return seconds


@cache
def _part() -> re.Pattern[str]:
    """Compiled for the first duration, as the next: that takes 0.6 ms."""
    return re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|m|h|d|w)\s*")


@cache
def _iso() -> re.Pattern[str]:
    return re.compile(
        r"P(?:(?P<w>[0-9]+(?:[.,][0-9]+)?)W)?(?:(?P<d>[0-9]+(?:[.,][0-9]+)?)D)?"
        r"(?:T(?:(?P<h>[0-9]+(?:[.,][0-9]+)?)H)?(?:(?P<m>[0-9]+(?:[.,][0-9]+)?)M)?(?:(?P<s>[0-9]+(?:[.,][0-9]+)?)S)?)?",
        re.IGNORECASE,
    )


def _parsed(text: str) -> float:
    if len(text) > _CHARS_MAX:
        raise DurationError(f"a duration has at most {_CHARS_MAX} characters")
    iso = _iso().fullmatch(text)
    if iso is not None and any(iso.groups()) and text[-1] not in "Tt":
        return sum(float(part.replace(",", ".")) * _UNITS[unit] for unit, part in iso.groupdict().items() if part)
    seconds, position, smallest = 0.0, 0, math.inf
    while position < len(text):
        part = _part().match(text, position)
        if part is None or _UNITS[part[2]] >= smallest:
            break
        smallest = _UNITS[part[2]]
        seconds += float(part[1]) * smallest
        position = part.end()
    if not text or position < len(text):
        raise _unreadable(text)
    return seconds


def _unreadable(text: str) -> DurationError:
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        return DurationError(f"`{text}` has no unit", f"write `{text}s`")
    if text.startswith("-"):
        return DurationError(f"`{text}` is negative, which no duration can be")
    if re.fullmatch(r"P.*[0-9]+[YM].*", text.split("T", maxsplit=1)[0], re.IGNORECASE):
        return DurationError(f"`{text}`: years and months have no fixed length", "write days: `30d`")
    words = re.fullmatch(r"([0-9.]+)\s*(milli|sec|min|hour|hr|day|week)[a-z]*", text, re.IGNORECASE)
    if words:
        unit = {"milli": "ms", "sec": "s", "min": "m", "hour": "h", "hr": "h", "day": "d", "week": "w"}
        return DurationError(f"`{text}` is no duration", f"write `{words[1]}{unit[words[2].lower()]}`")
    return DurationError(f"`{text}` is no duration", "write it like `250ms`, `30s`, `5m`, `1h30m` or `2d`")


def format_duration(seconds: float) -> str:
    """Seconds as a duration that `parse_duration` reads, to the millisecond: `1h30m`, `2.5s`, `250ms`."""
    if not math.isfinite(seconds):
        raise DurationError("an infinite time is no duration")
    if seconds < 0:
        return "-" + format_duration(-seconds)
    millis = round(seconds * 1000)
    if millis < 1000:
        return f"{millis}ms" if millis else "0s"
    parts = []
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000)):
        count, millis = divmod(millis, size)
        if count:
            parts.append(f"{count}{unit}")
    if millis:
        parts.append(f"{millis / 1000:g}s")
    return "".join(parts)
