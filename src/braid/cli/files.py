"""The workflow file that a command is given: a path, or `-` for standard input."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from braid.cli.terminal import err, has_color, out_json, painted, width_of

if TYPE_CHECKING:
    from braid.diagnostics import Diagnostic
    from braid.language.plan import Plan

STDIN_NAME = "<stdin>"


def _not_empty(ctx: click.Context, param: click.Parameter, value: str) -> str:
    # pathlib takes "" for the current folder; here it is a shell variable that wasn't set.
    if not value:
        raise click.UsageError("the file's name is empty", ctx)
    return value


file_argument = click.argument("file", metavar="FILE", callback=_not_empty)


def read_plan(
    file: str, *, allow_path: bool = False, lints: bool = False
) -> tuple[Plan | None, tuple[Diagnostic, ...]]:
    """The plan of a file with its warnings, or no plan and everything that is wrong with it.

    Paths in a workflow from standard input are relative to the current folder. For `lints` see `load`.
    """
    from braid.language.load import load

    if file == "-":
        loaded = load(sys.stdin.buffer.read(), allow_path=allow_path, name=STDIN_NAME, lints=lints)
    else:
        loaded = load(Path(file), allow_path=allow_path, lints=lints)
    return loaded.plan, tuple(loaded.diagnostics)


def show_problems(diagnostics: Iterable[Diagnostic], *, as_json: bool) -> None:
    """Show why nothing ran: on standard error, or as the one JSON document on standard output."""
    from braid.diagnostics import render_text, to_json

    if as_json:
        out_json(to_json(diagnostics))
    else:
        from braid.diagnostics.pages import more_about

        found = list(diagnostics)
        color, width = has_color(sys.stderr), width_of(sys.stderr)
        err(render_text(found, color=color, width=width))
        if more := more_about(found, width):
            err(painted(f"\n{more}", "dim", color))
