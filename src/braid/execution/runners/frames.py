"""Messages on the pipes between Braid and its worker processes: a length and a value in the journal's encoding."""

from __future__ import annotations

import os
import struct
from typing import Any

from braid.journal.codec import decode_value, encode_value

FRAME_BYTES_MAX = 1 << 30
"""A longer message is refused: no step's arguments or result may be that large."""

_LENGTH = struct.Struct(">Q")

Message = dict[str, Any]  # Any: values of a workflow


class FrameError(Exception):
    """What came through the pipe is no message."""


def encode_frame(message: Message) -> bytes:
    """The message with its length in front.

    Raises:
        FrameError: It is longer than `FRAME_BYTES_MAX`.
    """
    body = encode_value(message)
    if len(body) > FRAME_BYTES_MAX:
        raise FrameError(f"{len(body)} bytes are more than a worker process may be sent ({FRAME_BYTES_MAX})")
    return _LENGTH.pack(len(body)) + body


def write_frame(descriptor: int, message: Message) -> None:
    """Write all of it, waiting for room.

    Raises:
        OSError: The other side is gone.
        FrameError: The message is too long.
    """
    rest = memoryview(encode_frame(message))
    while rest:
        rest = rest[os.write(descriptor, rest) :]


class FrameReader:
    """Puts messages together from the pieces in which they come."""

    def __init__(self) -> None:
        self._received = bytearray()

    def feed(self, piece: bytes) -> list[Message]:
        """The messages that this piece completes.

        Raises:
            FrameError: The bytes are no messages.
        """
        self._received += piece
        messages = []
        while len(self._received) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._received)
            if length > FRAME_BYTES_MAX:
                raise FrameError("a message has an impossible length")
            end = _LENGTH.size + length
            if len(self._received) < end:
                break
            messages.append(decode_value(bytes(self._received[_LENGTH.size : end])))
            del self._received[:end]
        return messages
