"""`braid check`: everything that is wrong with files, at once."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from braid.cli import exit_codes
from braid.cli.files import read_plan
from braid.cli.folders import workflow_files
from braid.cli.terminal import has_color, out, out_json, painted, width_of

if TYPE_CHECKING:
    from braid.diagnostics import Diagnostic


@click.command(epilog="Example: braid check brief.braid.yaml workflows/")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help='Print one JSON document: {"diagnostics": [...]}.')
@click.option("--strict", is_flag=True, help="Turn warnings into errors.")
def check(files: tuple[str, ...], as_json: bool, strict: bool) -> int:
    """Show everything that is wrong with workflow files.

    All problems of all files are shown on standard output, with the place and the way out. A folder stands for all
    *.braid.yaml files in it and below, `-` for standard input. Nothing runs.

    Exits with 1 when a file has errors, with 2 when there is nothing to check.
    """
    paths = workflow_files(files)
    # A file that another one calls may be named as well; its problems are shown once.
    found = list(dict.fromkeys(diagnostic for path in paths for diagnostic in read_plan(path)[1]))
    if strict:
        from msgspec.structs import replace

        found = [replace(diagnostic, severity="error") for diagnostic in found]
    if as_json:
        from braid.diagnostics import to_json

        out_json(to_json(found))
    else:
        _show(found, paths)
    return exit_codes.FAILED if any(one.severity == "error" for one in found) else exit_codes.SUCCESS


def _show(found: list[Diagnostic], paths: list[str]) -> None:
    from braid.diagnostics.terminal_text import escaped

    color = has_color(sys.stdout)
    more = ""
    if found:
        from braid.diagnostics import render_text
        from braid.diagnostics.pages import more_about

        more = more_about(found)
        out(render_text(found, color=color, width=width_of(sys.stdout)) + "\n")
    errors = sum(one.severity == "error" for one in found)
    warnings = len(found) - errors
    counts = [f"{n} {word}{'s' if n > 1 else ''}" for n, word in ((errors, "error"), (warnings, "warning")) if n]
    where = ("standard input" if paths[0] == "-" else escaped(paths[0])) if len(paths) == 1 else f"{len(paths)} files"
    style = "bad" if errors else "waiting" if warnings else "good"
    out(painted(f"{', '.join(counts) or 'no problems'} in {where}", style, color))
    if more:
        out(painted(more, "dim", color))
