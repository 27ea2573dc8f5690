"""Values of a workflow as JSON, for people and programs: not for reading back, see `braid.journal.codec` for that."""

from __future__ import annotations

import base64
import datetime as dt
from decimal import Decimal
from typing import Any

Json = Any  # Any: a JSON value


def json_value(value: Any) -> Json:  # Any: a value of a workflow
    """Dates as ISO 8601, decimals as text (a JSON number would be rounded by most readers), bytes as base64."""
    match value:
        case dict():
            return {key: json_value(item) for key, item in value.items()}
        case list():
            return [json_value(item) for item in value]
        case dt.date() | dt.time():
            return value.isoformat()
        case Decimal():
            return str(value)
        case bytes():
            return base64.b64encode(value).decode("ascii")
        case _:
            return value


def iso_time(seconds: float) -> str:
    """Epoch seconds as `2026-01-05T09:00:00.000Z`."""
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
