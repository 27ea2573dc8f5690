"""`braid show`: a run with all its steps."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from braid.cli.state import run_argument, state_option
from braid.cli.terminal import has_color, out, out_json

if TYPE_CHECKING:
    from braid.report.run_history import RunHistory


@click.command(epilog="Example: braid show last")
@run_argument
@click.option("--step", metavar="STEP", help="All about one step: its address, or an id that only one step has.")
@click.option("--all", "unfold", is_flag=True, help="Show every step, and values in full.")
@state_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document, that of `braid run --json`.")
def show(name: str, step: str | None, unfold: bool, state: Path | None, as_json: bool) -> int:
    """Show a run: each step with its status, attempts, time and error.

    RUN is a run's id, the beginning of one, or `last`. Blocks with many items are shown as counts, with the items that
    failed. With --step: what the step was given, what it gave, and each attempt. Secrets are shown as ***.
    """
    from braid.cli.looking_back import columns_of_output, finish, now, print_lines, read_run
    from braid.report.show_view import show_json, show_lines

    history = read_run(state, name, step or "", listed=as_json)
    if step is not None:
        return _show_step(history, step, unfold, as_json)
    moment, width = now(), columns_of_output()
    if as_json:
        out_json(show_json(history, moment))
        return finish(history)
    print_lines(show_lines(history, moment, width, unfold=unfold))
    if history.failure is not None:
        from braid.report.failure_view import failure_text

        out("\n" + failure_text(history.failure, history.aftermath, color=has_color(sys.stdout), width=width))
    return finish(history)


def _show_step(history: RunHistory, step: str, unfold: bool, as_json: bool) -> int:
    from braid.cli.looking_back import columns_of_output, finish, now, print_lines
    from braid.report.step_view import StepNameError, find_step, step_json, step_lines

    try:
        span = find_step(history, step)
    except StepNameError as error:
        finish(history)
        raise click.UsageError(str(error)) from None
    moment = now()
    if as_json:
        out_json(step_json(history, span, moment))
    else:
        print_lines(step_lines(history, span, moment, columns_of_output(), unfold=unfold))
    return finish(history)
