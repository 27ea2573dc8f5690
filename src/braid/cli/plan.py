"""`braid plan`: what would run."""

from __future__ import annotations

import sys

import click

from braid.cli import exit_codes
from braid.cli.files import file_argument, read_plan, show_problems
from braid.cli.terminal import is_terminal, out, out_json, width_of


@click.command(epilog="Example: braid plan brief.braid.yaml")
@file_argument
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--allow-path", is_flag=True, help="Let called workflows lie outside the workflow's folder.")
def plan(file: str, as_json: bool, allow_path: bool) -> int:
    """Show what a workflow would run: the tree, the waves of each graph, limits, and what touches the outside.

    Nothing runs. FILE may be `-`, standard input.
    """
    from braid.report.plan_view import plan_json, plan_text

    found, diagnostics = read_plan(file, allow_path=allow_path)
    if found is None:
        show_problems(diagnostics, as_json=as_json)
        return exit_codes.USAGE
    if as_json:
        out_json(plan_json(found))
    else:
        out(plan_text(found, width_of(sys.stdout) if is_terminal(sys.stdout) else None))
    return exit_codes.SUCCESS
