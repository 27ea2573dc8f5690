"""`braid resume`: a stopped run goes on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from braid.cli import collector, exit_codes
from braid.cli.files import show_problems
from braid.cli.options import allow_path_option
from braid.cli.outcome import refused, report
from braid.cli.state import durability_option, existing_journal, found_run, run_argument, state_option
from braid.cli.terminal import err, out, out_json, width_of

if TYPE_CHECKING:
    from braid.api import RunResult
    from braid.cli.watch import Watch
    from braid.execution.resumption import Resumption
    from braid.history.carry_over import CarryOver
    from braid.report.run_tree import RunTree


@click.command(epilog="Example: braid resume last --edited --dry-run")
@run_argument
@click.option("--edited", is_flag=True, help="Go on with the file as it is now; what succeeded and still fits is kept.")
@click.option(
    "--from",
    "from_step",
    metavar="STEP",
    help="As --edited, and run this step (an id or address) and all that comes after it again.",
)
@click.option("--dry-run", is_flag=True, help="Only show what --edited or --from would keep and run again, and why.")
@state_option
@durability_option
@allow_path_option
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON document, also after a failure.")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress and no logs: only the result or the failure.")
def resume(
    name: str,
    edited: bool,
    from_step: str | None,
    dry_run: bool,
    state: Path | None,
    durability: str,
    allow_path: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """Go on with a run that was interrupted, or whose process died.

    RUN is a run id, a unique beginning of one, or `last`. Steps whose results were recorded aren't run again; those
    that were running are. Sleeps and timeouts keep the time at which they are due, retries go on counting. The run
    goes on with the workflow as it was when it began: when the file was edited since, nothing runs.

    With --edited it goes on with the file as it is now, whatever its status: results of steps whose kind and resolved
    arguments are the same are kept; what changed, what depends on it and what did not succeed runs again. What is kept
    and what runs again is shown first, with the reasons.

    Output, progress and exit codes are those of `braid run`; 2 means that nothing ran.
    """
    edited = edited or from_step is not None
    if dry_run and not edited:
        raise click.UsageError("--dry-run goes with --edited or --from")

    from braid.api import ResumeError, SecretsError
    from braid.cli.step_output import steps_kept_apart
    from braid.cli.watch import Watch
    from braid.diagnostics import DiagnosticsError
    from braid.execution.means import Setting
    from braid.execution.reopening import reopened
    from braid.journal.errors import RunOwnedError
    from braid.report.run_tree import RunTree

    journal = existing_journal(state)
    record = found_run(journal, name)
    tree = RunTree()
    watch = Watch(record.workflow, quiet=quiet, started=record.started, replaying=True)
    setting = Setting(observers=(tree, watch.observer), allow_path=allow_path)
    try:
        found = reopened(journal, record.id, allow_path=allow_path)
        if edited:
            going_on = found.with_edits(journal, setting, from_step)
            show_carried(record.id, going_on.carried, dry_run=dry_run, as_json=as_json, quiet=quiet)
            if dry_run:
                return exit_codes.SUCCESS
            resumption = going_on.resumption
        else:
            resumption = found.as_it_is(setting)
        with watch, steps_kept_apart():
            result = _resumed(resumption, tree, watch, journal.path.parent, durability)
    except DiagnosticsError as error:
        show_problems(error.diagnostics, as_json=as_json)
        return exit_codes.USAGE
    except ResumeError as error:
        return refused("not-resumed", [str(error)], as_json=as_json)
    except RunOwnedError as error:
        return refused("run-owned", [str(error)], as_json=as_json, way_out="wait for it, or `braid cancel` it")
    except SecretsError as error:
        return refused("missing-secret", error.problems, as_json=as_json)
    return report(result, watch, as_json=as_json, resumable=True)


def show_carried(run_id: str, carried: CarryOver, *, dry_run: bool, as_json: bool, quiet: bool) -> None:
    """What is kept of a run, what runs again and why: before anything runs, on standard error unless asked for."""
    from braid.report.carry_over_view import carry_over_json, carry_over_text

    if dry_run and as_json:
        out_json(carry_over_json(run_id, carried))
    elif dry_run:
        out(carry_over_text(carried, width=width_of(sys.stdout)))
    elif not quiet:
        err(f"with the results of run {run_id}:\n{carry_over_text(carried, width=width_of(sys.stderr))}")


def _resumed(resumption: Resumption, tree: RunTree, watch: Watch, folder: Path, durability: str) -> RunResult:
    from braid.api.running import finished
    from braid.execution.executor import Executor
    from braid.execution.journals import journal_in
    from braid.execution.means import GRACE_SECONDS
    from braid.execution.own_loop import Interruptible, run_in_own_loop
    from braid.journal.sqlite import Durability

    async def main(interruptible: Interruptible) -> RunResult:
        def attach(executor: Executor) -> None:
            watch.go_live()
            interruptible.attached(executor)

        async with journal_in(folder, Durability(durability), create=False) as journal:
            return await finished(resumption, tree, journal, attach)

    collector.search_from_here()
    return run_in_own_loop(main, GRACE_SECONDS)
