"""`braid runs`: what ran, the latest first."""

from __future__ import annotations

from pathlib import Path

import click

from braid.cli import exit_codes
from braid.cli.state import existing_journal, state_option
from braid.cli.terminal import err, out_json

LIMIT_DEFAULT = 20
STATUSES = ("running", "succeeded", "failed", "cancelled", "waiting", "interrupted")


@click.command(epilog="Example: braid runs --status failed --limit 5")
@click.option(
    "-n",
    "--limit",
    type=click.IntRange(min=0),
    default=LIMIT_DEFAULT,
    show_default=True,
    metavar="N",
    help="Show at most so many runs; 0 for all.",
)
@click.option("--status", type=click.Choice(STATUSES), multiple=True, help="Only runs of this status.")
@click.option("--workflow", metavar="NAME", help="Only runs of the workflow of this name.")
@state_option
@click.option("--json", "as_json", is_flag=True, help='Print one JSON document: {"runs": [...]}.')
def runs(limit: int, status: tuple[str, ...], workflow: str | None, state: Path | None, as_json: bool) -> int:
    """Show the runs that the journal knows, the latest first.

    A run whose process died is `interrupted`, and can go on. EVENTS are what its journal has: about one for each
    attempt at a step.
    """
    from braid.cli.looking_back import columns_of_output, now, print_lines
    from braid.journal.errors import JournalCorruptError
    from braid.report.run_facts import RunFacts
    from braid.report.runs_view import runs_lines

    found: list[RunFacts] = []
    left_out, problem = 0, ""
    try:
        for record in existing_journal(state).runs():
            if workflow is not None and record.workflow != workflow:
                continue
            facts = RunFacts.of(record)
            if status and facts.status not in status:
                continue
            if limit and len(found) == limit:
                left_out += 1
                continue
            found.append(facts)
    except JournalCorruptError as error:
        problem = str(error)
    moment = now()
    if as_json:
        out_json({"runs": [facts.to_json(moment) for facts in found], "left_out": left_out})
    elif found:
        print_lines(runs_lines(found, moment, columns_of_output()))
    if left_out and not as_json:
        err(f"{left_out:,} earlier run{'s' if left_out > 1 else ''} left out; --limit 0 shows all")
    if not found and not problem and not as_json:
        err("no such runs" if status or workflow else "no runs yet: `braid run FILE` makes one")
    if problem:
        err(f"error: {problem}")
    return exit_codes.FAILED if problem else exit_codes.SUCCESS
