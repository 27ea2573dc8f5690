"""`braid why`: why a run failed, is blocked, was slow, or ran steps again."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from braid.cli.state import run_argument, state_option
from braid.cli.terminal import has_color, out_json


@click.command(epilog="Example: braid why last")
@run_argument
@click.argument("step", required=False)
@state_option
@click.option("--json", "as_json", is_flag=True, help='Print one JSON document: {"answers": [...]}.')
def why(name: str, step: str | None, state: Path | None, as_json: bool) -> int:
    """Say why a run failed, is blocked, was slow, or ran steps again.

    RUN is a run's id, the beginning of one, or `last`. Of a failed run: the first failure with its place in the file,
    its attempts and what it cancelled. Of one that goes on: which pool or limit holds steps up and who has it, what
    waits for its time, what executes. Of one that succeeded: the critical path, with the share that each step has in
    the run's time. Of an edited one: which steps ran again, and why.

    STEP asks about one step: its address, or an id that only one step has.
    """
    from braid.cli.looking_back import columns_of_output, finish, now, print_lines, read_run
    from braid.report.step_view import StepNameError, find_step
    from braid.report.why_view import why_json, why_lines

    history = read_run(state, name)
    try:
        span = None if step is None else find_step(history, step)
    except StepNameError as error:
        finish(history)
        raise click.UsageError(str(error)) from None
    moment = now()
    if as_json:
        out_json(why_json(history, moment, span))
    else:
        width = columns_of_output()
        print_lines(why_lines(history, moment, step=span, color=has_color(sys.stdout), width=width))
    return finish(history)
