"""`braid check`: everything that is wrong with files, at once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TextIO

import click

from braid.cli import exit_codes
from braid.cli.files import read_plan
from braid.cli.folders import workflow_files
from braid.cli.terminal import err, has_color, out, painted, width_of

if TYPE_CHECKING:
    from braid.diagnostics import Diagnostic


FORMATS = ("text", "json", "sarif", "github")


@click.command(epilog="Example: braid check brief.braid.yaml workflows/")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    help="How problems are printed: for people (text), programs (json), code scanning (sarif, 2.1.0), or as the "
    "annotations of GitHub workflows (github).",
)
@click.option("--json", "as_json", is_flag=True, help='Print one JSON document: {"diagnostics": [...]}.')
@click.option("--strict", is_flag=True, help="Turn warnings into errors.")
@click.option("--fix", is_flag=True, help="Mend what can be mended safely, write the files, and show what is left.")
@click.option("--diff", is_flag=True, help="With --fix: show what would change; write nothing.")
def check(files: tuple[str, ...], format_: str | None, as_json: bool, strict: bool, fix: bool, diff: bool) -> int:
    """Show everything that is wrong with workflow files.

    All problems of all files are shown on standard output, with the place and the way out. A folder stands for all
    *.braid.yaml files in it and below, `-` for standard input. Nothing runs.

    With --fix, what has one answer only is mended: hyphens in ids and all that refers to them, missing quotes round
    `{{ }}`, tabs in the indentation, keys with a slip of the keyboard. Comments and layout stay. The mended text of
    standard input is printed, and the problems go to standard error.

    Warnings don't keep a file from running. A comment silences one on its line, or on the line below:
    `# braid: allow(CODE)`.

    Exits with 1 when a file has errors, or would be changed with --diff, with 2 when there is nothing to check.
    """
    if as_json and format_ not in (None, "json"):
        raise click.UsageError(f"--json and --format {format_} exclude each other")
    paths = workflow_files(files)
    if fix or diff:
        from braid.cli.fix import mend

        return mend(paths, "json" if as_json else format_ or "text", strict=strict, diff=diff)
    # A file that another one calls may be named as well; its problems are shown once.
    found = list(dict.fromkeys(diagnostic for path in paths for diagnostic in problems(path)))
    return show(found, paths, "json" if as_json else format_ or "text", strict=strict)


def problems(path: str) -> Sequence[Diagnostic]:
    """All that is wrong with a file and those it calls."""
    return read_plan(path, lints=True)[1]


def show(found: Sequence[Diagnostic], paths: Sequence[str], format_: str, *, strict: bool, to_err: bool = False) -> int:
    """Print the problems; the exit code.

    Args:
        to_err: Standard output is taken by something else.
    """
    if strict:
        from msgspec.structs import replace

        found = [replace(diagnostic, severity="error") for diagnostic in found]
    if format_ == "text":
        _show_text(found, paths, err if to_err else out, sys.stderr if to_err else sys.stdout)
    else:
        from braid.cli.problem_formats import formatted

        text = formatted(found, format_)
        if text:
            (err if to_err else out)(text)
    return exit_codes.FAILED if any(one.severity == "error" for one in found) else exit_codes.SUCCESS


def _show_text(found: Sequence[Diagnostic], paths: Sequence[str], tell: Callable[[str], None], stream: TextIO) -> None:
    from braid.diagnostics.terminal_text import escaped

    color = has_color(stream)
    more = ""
    if found:
        from braid.diagnostics import render_text
        from braid.diagnostics.pages import more_about

        width = width_of(stream)
        more = more_about(found, width)
        tell(render_text(found, color=color, width=width) + "\n")
    errors = sum(one.severity == "error" for one in found)
    warnings = len(found) - errors
    counts = [f"{n} {word}{'s' if n > 1 else ''}" for n, word in ((errors, "error"), (warnings, "warning")) if n]
    where = ("standard input" if paths[0] == "-" else escaped(paths[0])) if len(paths) == 1 else f"{len(paths)} files"
    style = "bad" if errors else "waiting" if warnings else "good"
    tell(painted(f"{', '.join(counts) or 'no problems'} in {where}", style, color))
    fixable = len({one.fix for one in found if one.fix is not None})
    if fixable:
        tell(painted(f"{fixable} can be mended by `braid check --fix`", "dim", color))
    if more:
        tell(painted(more, "dim", color))
