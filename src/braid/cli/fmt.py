"""`braid fmt`: workflow files in the usual layout."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from braid.cli import exit_codes
from braid.cli.files import STDIN_NAME, show_problems
from braid.cli.folders import workflow_files
from braid.cli.terminal import err, has_color, out, painted

if TYPE_CHECKING:
    from braid.diagnostics import Diagnostic


@click.command(epilog="Example: braid fmt brief.braid.yaml workflows/")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a file would change.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
def fmt(files: tuple[str, ...], check: bool, diff: bool) -> int:
    """Lay out workflow files as is usual: two spaces a level, lists deeper than their key.

    Only white space changes: indentation, spaces in brackets and before comments, empty lines, line ends. Comments,
    quotes, anchors, the order of keys and the text of blocks (`|`, `>`) stay as they are, so that the workflow stays
    the same. The names of changed files are printed. A folder stands for all *.braid.yaml files in it and below, `-`
    for standard input, whose text is printed.

    A file with errors of syntax is left as it is; the exit code is then 2.
    """
    from braid.diagnostics import DiagnosticsError

    paths = workflow_files(files)
    problems: list[Diagnostic] = []
    changed = 0
    for path in paths:
        try:
            before, after = _formatted(path)
        except DiagnosticsError as error:
            problems += error.diagnostics
            continue
        changed += before != after
        _give(path, before, after, check=check, diff=diff)
    if problems:
        show_problems(problems, as_json=False)
        return exit_codes.USAGE
    if "-" not in paths:
        _count(len(paths), changed, "would change" if check or diff else "changed")
    return exit_codes.FAILED if check and changed else exit_codes.SUCCESS


def _formatted(path: str) -> tuple[bytes, bytes]:
    from braid.language.document import read_document_file
    from braid.language.formatting import format_text

    if path == "-":
        data = sys.stdin.buffer.read()
        return data, format_text(data, STDIN_NAME).encode()
    read_document_file(path)  # says best what is wrong with a file that isn't there, or is none
    data = Path(path).read_bytes()
    return data, format_text(data, path).encode()


def _give(path: str, before: bytes, after: bytes, *, check: bool, diff: bool) -> None:
    if diff and before != after:
        color = has_color(sys.stdout)
        out("\n".join(painted(line, _style(line), color) for line in _difference(path, before, after)))
    elif path == "-" and not check and not diff:
        sys.stdout.flush()
        sys.stdout.buffer.write(after)
    elif path != "-" and before != after and not diff:
        if not check:
            _replace(Path(path), after)
        out(path)


def _difference(path: str, before: bytes, after: bytes) -> Iterator[str]:
    from difflib import unified_diff

    old, new = (text.decode().splitlines() for text in (before, after))
    if old == new:
        # Line ends, a byte order mark, or the line end of the last line.
        return iter([f"--- {path}", f"+++ {path}", "only line ends differ"])
    return unified_diff(old, new, path, path, lineterm="")


def _style(line: str) -> str:
    return "good" if line.startswith("+") else "bad" if line.startswith("-") else "dim" if line.startswith("@") else ""


def _count(files: int, changed: int, word: str) -> None:
    what = "the file" if files == 1 else f"{changed or 'none'} of {files} files"
    if files == 1 and not changed:
        err("nothing to change")
    else:
        err(f"{what} {word}")


def _replace(path: Path, data: bytes) -> None:
    """The new text in one move: whoever reads the file sees the old or the new one."""
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
