"""Standard output and standard error: who may have colour, and what happens when nobody reads any more."""

from __future__ import annotations

import os
import sys
from typing import Any, TextIO

PAINT = {
    "title": "\x1b[1m",
    "dim": "\x1b[2m",
    "good": "\x1b[32m",
    "bad": "\x1b[31m",
    "waiting": "\x1b[33m",
}
_RESET = "\x1b[0m"


def is_terminal(stream: TextIO) -> bool:
    """Whether a person looks at it, on a terminal that can move its cursor."""
    try:
        return stream.isatty() and os.environ.get("TERM", "") != "dumb"
    except ValueError:  # it was closed
        return False


def has_color(stream: TextIO) -> bool:
    """Colour is for terminals, and never used under `NO_COLOR` (https://no-color.org: present and not empty)."""
    return is_terminal(stream) and not os.environ.get("NO_COLOR")


def painted(text: str, style: str, color: bool) -> str:
    """The text in one of the styles of `PAINT`; as it is in any other style or without colour."""
    return f"{PAINT[style]}{text}{_RESET}" if color and style in PAINT else text


def width_of(stream: TextIO) -> int | None:
    """Columns of the terminal; None when it is none."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or None
    except (OSError, ValueError):
        return None


def out(text: str) -> None:
    """Print a line to standard output: what the command was asked for."""
    _write(sys.stdout, text)


def err(text: str) -> None:
    """Print a line to standard error: everything else."""
    _write(sys.stderr, text)


def out_json(value: Any) -> None:  # Any: a JSON document
    """Print one JSON document."""
    out(json_text(value))


def json_text(value: Any) -> str:  # Any: see out_json
    """A JSON document, indented."""
    import json

    # Escapes where the stream couldn't take the characters, so that the document stays JSON.
    ascii_only = not (sys.stdout.encoding or "").lower().startswith("utf")
    try:
        return json.dumps(value, indent=2, ensure_ascii=ascii_only)
    except UnicodeEncodeError:
        return json.dumps(value, indent=2)


def _write(stream: TextIO, text: str) -> None:
    if stream.closed:
        return
    try:
        stream.write(text + "\n")
        stream.flush()
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
        stream.flush()
    except BrokenPipeError:
        # Who read it has seen enough (`braid plan … | head`): nobody's mistake. What is written
        # from here on, and Python's own flush at its end, goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
