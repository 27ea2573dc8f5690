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
    from braid.report.why_not_begun import not_begun_answer
    from braid.report.why_step import step_answers
    from braid.report.why_view import run_answers, why_json, why_lines

    history = read_run(state, name)
    moment, width = now(), columns_of_output()
    color = has_color(sys.stdout) and not as_json
    span = None
    if step is None:
        answers = run_answers(history, moment, color=color, width=width)
    else:
        try:
            span = find_step(history, step)
            answers = step_answers(history, span, history.end(moment), color=color, width=width)
        except StepNameError as error:
            answer = not_begun_answer(history, step)
            if answer is None:
                finish(history)
                raise click.UsageError(str(error)) from None
            answers = [answer]
    if as_json:
        out_json(why_json(history, answers, span))
    else:
        print_lines(why_lines(history, answers, moment, span))
    return finish(history)
