"""Events and values as bytes: the encoding of journals and of the pipes to worker processes.

MessagePack, because it carries bytes as they are and costs half the room of JSON. What it can't carry, or would change
(Decimal becomes text, an aware datetime loses its offset, an integer over 64 bits is refused), travels as an extension
with the codes below. The codes and `CODEC_VERSION` are kept for ever: old journals are read by new versions.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from braid.machine.events import (
    CancelRequested,
    Event,
    ResultDropped,
    ResultKept,
    RunEdited,
    RunStarted,
    TaskCancelled,
    TaskFailed,
    TaskSucceeded,
    TimerFired,
)

Value = Any  # see braid.language.task_kind.Value

CODEC_VERSION = 2
"""The latest version of the encoding. The first byte of an encoded event is the version that its kind came with."""

_DECIMAL = 1
_DATETIME = 2
_DATE = 3
_TIME = 4
_DURATION = 5
_BIG_INTEGER = 6

_FOLD = "~"

_INT64_MIN = -(2**63)
_UINT64_MAX = 2**64 - 1


class CodecError(ValueError):
    """These bytes are no event of a version that is known here."""


def encode_event(event: Event) -> bytes:
    """One event, with the version in front.

    Raises:
        TypeError: It holds what `braid.language.stored.stored` would have refused; the caller's bug.
    """
    version = _VERSION_1
    match event:
        case TaskSucceeded():
            packed = _packed(event.value)
            if packed is not event.value:
                event = msgspec.structs.replace(event, value=packed)
        case ResultKept():
            event = msgspec.structs.replace(event, value=_packed(event.value))
            version = _VERSION_2
        case RunEdited() | ResultDropped():
            version = _VERSION_2
        case TaskFailed() if event.details:
            event = msgspec.structs.replace(event, details=_packed(event.details))
        case RunStarted():
            event = msgspec.structs.replace(event, inputs=_packed(event.inputs))
        case _:
            pass
    return version + _encoder.encode(event)


def decode_event(data: bytes, start: int = 0) -> Event:
    """The event of these bytes, from `start` on.

    Raises:
        CodecError: They are damaged, or of a later version.
    """
    version = data[start : start + 1]
    if version not in _VERSIONS:
        found = f"version {version[0]}" if version else "nothing"
        raise CodecError(f"this event can't be read: found {found}, this Braid knows those up to {CODEC_VERSION}")
    try:
        # A copy costs less than a view of 100 bytes does.
        return _decode(data[start + 1 :])
    except (msgspec.MsgspecError, ValueError, ArithmeticError) as error:
        raise CodecError(f"this event is damaged: {error}") from error


def encode_value(value: Value) -> bytes:
    """A value of a workflow, without a version: for pipes between two processes of one Braid."""
    return _encoder.encode(_packed(value))


def decode_value(data: bytes) -> Value:
    """The value of `encode_value`.

    Raises:
        CodecError: The bytes are damaged.
    """
    try:
        return _value_decoder.decode(data)
    except (msgspec.MsgspecError, ValueError, ArithmeticError) as error:
        raise CodecError(f"this value is damaged: {error}") from error


def _packed(value: Value) -> Value:
    """The value with what MessagePack would lose wrapped up; the same object where there is nothing of the kind."""
    pack = _PACKERS.get(type(value))
    return value if pack is None else pack(value)


def _packed_list(value: list[Value]) -> list[Value]:
    packed = [_packed(item) for item in value]
    return packed if any(new is not old for new, old in zip(packed, value, strict=True)) else value


def _packed_dict(value: dict[str, Value]) -> dict[str, Value]:
    packed = {key: _packed(item) for key, item in value.items()}
    return packed if any(packed[key] is not item for key, item in value.items()) else value


def _packed_int(value: int) -> Value:
    if _INT64_MIN <= value <= _UINT64_MAX:
        return value
    # Hexadecimal: it costs linear time, and Python refuses decimal texts of more than 4,300 digits.
    return msgspec.msgpack.Ext(_BIG_INTEGER, format(value, "x").encode())


def _packed_datetime(value: dt.datetime) -> Value:
    # With the zone's name in brackets, as in RFC 9557: adding a day across a change of the clocks needs it. `fold`,
    # the second of two equal wall times, isn't in the ISO text either.
    zone = getattr(value.tzinfo, "key", None)
    return msgspec.msgpack.Ext(
        _DATETIME, f"{value.isoformat()}{f'[{zone}]' if zone else ''}{_FOLD if value.fold else ''}".encode()
    )


def _unpacked_datetime(text: str) -> dt.datetime:
    fold = text.endswith(_FOLD)
    iso, _, zone = text.removesuffix(_FOLD).removesuffix("]").partition("[")
    value = dt.datetime.fromisoformat(iso)
    if zone:
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

        # On a machine without this zone the offset is all that is left of it.
        with contextlib.suppress(ZoneInfoNotFoundError):
            value = value.replace(tzinfo=ZoneInfo(zone))
    return value.replace(fold=fold)


def _packed_duration(value: dt.timedelta) -> Value:
    return msgspec.msgpack.Ext(_DURATION, f"{value.days} {value.seconds} {value.microseconds}".encode())


_PACKERS: dict[type, Any] = {  # Any: each takes its own type
    list: _packed_list,
    dict: _packed_dict,
    int: _packed_int,
    Decimal: lambda value: msgspec.msgpack.Ext(_DECIMAL, str(value).encode()),
    dt.datetime: _packed_datetime,
    dt.date: lambda value: msgspec.msgpack.Ext(_DATE, value.isoformat().encode()),
    dt.time: lambda value: msgspec.msgpack.Ext(_TIME, value.isoformat().encode()),
    dt.timedelta: _packed_duration,
}


def _unpacked(code: int, data: memoryview) -> Value:
    text = str(data, "utf-8")
    match code:
        case 1:
            return Decimal(text)
        case 2:
            return _unpacked_datetime(text)
        case 3:
            return dt.date.fromisoformat(text)
        case 4:
            return dt.time.fromisoformat(text)
        case 5:
            days, seconds, microseconds = text.split()
            return dt.timedelta(int(days), int(seconds), int(microseconds))
        case 6:
            return int(text, 16)
        case _:
            raise ValueError(f"unknown extension {code}")


AnyEvent = (
    RunStarted
    | TaskSucceeded
    | TaskFailed
    | TaskCancelled
    | TimerFired
    | CancelRequested
    | ResultDropped
    | ResultKept
    | RunEdited
)

_VERSION_1 = b"\x01"
_VERSION_2 = b"\x02"
_VERSIONS = frozenset((_VERSION_1, _VERSION_2))
_encoder = msgspec.msgpack.Encoder()
_decode: Callable[[bytes], AnyEvent] = msgspec.msgpack.Decoder(AnyEvent, ext_hook=_unpacked).decode
_value_decoder = msgspec.msgpack.Decoder(ext_hook=_unpacked)
