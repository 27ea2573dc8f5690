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


def open_missing() -> None:
    """Give a process that was started without standard streams (`>&-`) empty ones.

    Else the next file that is opened, a database or a socket, would get the number of standard output, and all that
    is printed.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # POSIX: the lowest number that is free
    # Python has None for the streams that were missing when it started.
    sys.stdin = sys.stdin or os.fdopen(0, closefd=False)
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)


def out(text: str) -> None:
    """Print a line to standard output: what the command was asked for.

    Raises:
        click.ClickException: It can't be written; the disk is full.
    """
    try:
        _write(sys.stdout, text)
    except OSError as error:
        import click

        drop(sys.stdout)
        raise click.ClickException(f"can't write to standard output: {str(error.strerror).lower()}") from None


def err(text: str) -> None:
    """Print a line to standard error: everything else."""
    # While steps run, what they print arrives here again as log lines; see `step_output`.
    stream = getattr(sys.stderr, "beneath", sys.stderr)
    try:
        _write(stream, text)
    except OSError:
        # It can't be told anywhere; the run is worth more than its progress.
        drop(stream)


def drop(stream: TextIO) -> None:
    """What is written from here on, and Python's own flush at its end, goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


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
        # Who read it has seen enough (`braid plan … | head`): nobody's mistake.
        drop(stream)
