"""Moments as people read them: local time, and how long ago."""

from __future__ import annotations

import datetime as dt


def local_time(seconds: float) -> str:
    """Epoch seconds as `2026-01-05 10:00:00`, in the zone of this machine."""
    return f"{dt.datetime.fromtimestamp(seconds).astimezone():%Y-%m-%d %H:%M:%S}"


def clock_time(seconds: float) -> str:
    """Epoch seconds as `10:00:00`, in the zone of this machine."""
    return f"{dt.datetime.fromtimestamp(seconds).astimezone():%H:%M:%S}"


def exact_time(seconds: float) -> str:
    """Epoch seconds as `10:00:00.5`, in the zone of this machine."""
    return f"{dt.datetime.fromtimestamp(seconds).astimezone():%H:%M:%S.%f}"[:-5]


def age_text(seconds: float) -> str:
    """`just now`, `42s ago`, `5m ago`, `3h ago`, `12d ago`; `in 5m` for what is to come."""
    whole = round(abs(seconds))
    if whole < 1:
        return "just now"
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if whole >= size:
            text = f"{whole // size}{unit}"
            break
    else:
        text = f"{whole}s"
    return f"{text} ago" if seconds > 0 else f"in {text}"
