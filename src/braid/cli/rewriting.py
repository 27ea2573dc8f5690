"""Files that a command writes anew: what would change, and the new text in one move."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from braid.cli.terminal import has_color, out, painted


def show_difference(path: str, before: bytes, after: bytes) -> None:
    """Print what would change, as `diff -u` does."""
    color = has_color(sys.stdout)
    out("\n".join(painted(line, _style(line), color) for line in _difference(path, before, after)))


def _difference(path: str, before: bytes, after: bytes) -> Iterator[str]:
    from difflib import unified_diff

    old, new = (text.decode().splitlines() for text in (before, after))
    if old == new:
        # Line ends, a byte order mark, or the line end of the last line.
        return iter([f"--- {path}", f"+++ {path}", "only line ends differ"])
    return unified_diff(old, new, path, path, lineterm="")


def _style(line: str) -> str:
    return "good" if line.startswith("+") else "bad" if line.startswith("-") else "dim" if line.startswith("@") else ""


def replace_file(path: Path, data: bytes) -> None:
    """The new text in one move: whoever reads the file sees the old or the new one.

    Raises:
        click.UsageError: It can't be written; the file is as it was.
    """
    path = path.resolve()  # a symbolic link stays one
    temporary = path.with_name(f".{path.name[:100]}.{os.getpid()}.tmp")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            with open(descriptor, "wb") as file:
                os.chmod(temporary, path.stat().st_mode & 0o7777)
                file.write(data)
                file.flush()
                os.fsync(descriptor)
            temporary.replace(path)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                temporary.unlink()
            raise
    except OSError as error:
        raise click.UsageError(f"can't write `{path}`: {(error.strerror or str(error)).lower()}") from None
