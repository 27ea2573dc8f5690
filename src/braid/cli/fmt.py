"""`braid fmt`: workflow files in the usual layout."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from braid.cli import exit_codes
from braid.cli.files import STDIN_NAME, show_problems
from braid.cli.folders import workflow_files
from braid.cli.rewriting import replace_file, show_difference
from braid.cli.terminal import err, out

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
        show_difference(path, before, after)
    elif path == "-" and not check and not diff:
        sys.stdout.flush()
        sys.stdout.buffer.write(after)
    elif path != "-" and before != after and not diff:
        if not check:
            replace_file(Path(path), after)
        out(path)


def _count(files: int, changed: int, word: str) -> None:
    what = "the file" if files == 1 else f"{changed or 'none'} of {files} files"
    if files == 1 and not changed:
        err("nothing to change")
    else:
        err(f"{what} {word}")
