"""`braid timeline`: what ran when."""

from __future__ import annotations

from pathlib import Path

import click

from braid.cli.state import run_argument, state_option
from braid.cli.terminal import out_json


@click.command(epilog="Example: braid timeline last")
@run_argument
@click.option("--all", "unfold", is_flag=True, help="A row for every step, however many.")
@state_option
@click.option("--json", "as_json", is_flag=True, help='Print one JSON document: {"rows": [...]}.')
def timeline(name: str, unfold: bool, state: Path | None, as_json: bool) -> int:
    """Show when each step of a run waited and executed.

    RUN is a run's id, the beginning of one, or `last`. A block with many items is one lane: the more of its steps are
    open, the higher. A star marks the critical path: the steps that took the run's time.
    """
    from braid.cli.looking_back import columns_of_output, finish, now, print_lines, read_run
    from braid.report.timeline import timeline as timeline_of
    from braid.report.timeline import timeline_json
    from braid.report.timeline_view import timeline_lines

    history = read_run(state, name)
    moment = now()
    found = timeline_of(history, moment, unfold=unfold)
    if as_json:
        out_json(timeline_json(found))
    else:
        print_lines(timeline_lines(found, moment, columns_of_output()))
    return finish(history)
