"""`braid run`: a workflow, run to the end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from braid.cli import collector, exit_codes
from braid.cli.files import file_argument, read_plan, show_problems
from braid.cli.options import allow_path_option, input_options, max_concurrency_option
from braid.cli.outcome import refused, report
from braid.cli.state import durability_option, found_run, journal_beside, state_beside_file_option

if TYPE_CHECKING:
    from braid.api import RunResult
    from braid.cli.watch import Watch
    from braid.execution.launch import Launch, Run
    from braid.history.carry_over import CarryOver
    from braid.report.run_tree import RunTree


@click.command(epilog="Example: braid run brief.braid.yaml -i style=long -i 'cities=[\"Oslo\"]'")
@file_argument
@input_options
@max_concurrency_option
@click.option("--run-id", metavar="ID", help="The run's id, instead of a new one.")
@click.option(
    "--reuse",
    metavar="RUN",
    help="Take the results of an earlier run where a step's kind and resolved arguments are the same; its inputs, too.",
)
@click.option("--from", "from_step", metavar="STEP", help="With --reuse: run this step and all after it in any case.")
@click.option("--dry-run", is_flag=True, help="With --reuse: only show what would be taken and what would run.")
@allow_path_option
@click.option("--no-journal", is_flag=True, help="Keep no journal; the run can't be resumed or looked at later.")
@state_beside_file_option
@durability_option
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON document, also after a failure.")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress and no logs: only the result or the failure.")
def run(
    file: str,
    given: tuple[str, ...],
    inputs_file: str | None,
    max_concurrency: int | None,
    run_id: str | None,
    reuse: str | None,
    from_step: str | None,
    dry_run: bool,
    allow_path: bool,
    no_journal: bool,
    state: Path | None,
    durability: str,
    as_json: bool,
    quiet: bool,
) -> int:
    """Run a workflow to the end.

    The workflow's output is printed to standard output: text as it is, anything else as JSON, and nothing when it is
    null. Progress, logs and failures go to standard error; so does what steps print, and what they read is empty. FILE
    may be `-`, standard input.

    What happened is kept in .braid/ beside the workflow, so that the run survives a crash: `braid resume` goes on.
    Ctrl-C cancels the running steps and waits for them; a second one ends at once. Either way the run can be resumed.

    With --reuse the run begins with the results of an earlier one, as `braid resume --edited` does, but leaves that
    run as it is. Inputs that aren't given are those of the earlier run.

    Exits with 0 when the workflow succeeded, 1 when it failed, 2 when nothing ran (wrong usage, a file with errors,
    wrong inputs), 130 when it was interrupted.
    """
    stdin_users = (file == "-") + (inputs_file == "-") + sum(text.endswith("=@-") for text in given)
    if stdin_users > 1:
        raise click.UsageError("only one of the file and the inputs can be standard input")
    plan, diagnostics = read_plan(file, allow_path=allow_path)
    if plan is None:
        show_problems(diagnostics, as_json=as_json)
        return exit_codes.USAGE
    if diagnostics and not quiet:
        show_problems(diagnostics, as_json=False)

    if (from_step is not None or dry_run) and reuse is None:
        raise click.UsageError(f"{'--dry-run' if dry_run else '--from'} goes with --reuse")

    from braid.cli.inputs import InputTextsError, read_inputs
    from braid.cli.step_output import steps_kept_apart
    from braid.cli.watch import Watch
    from braid.execution.launch import Launch, Run
    from braid.execution.refusals import InputsError, ResumeError, SecretsError
    from braid.journal.errors import RunExistsError
    from braid.report.run_tree import RunTree

    tree = RunTree()
    watch = Watch(plan.name, quiet=quiet, replaying=reuse is not None)
    try:
        launch = Launch(
            plan=plan,
            inputs=read_inputs(given, inputs_file, {name: spec.definition for name, spec in plan.inputs.items()}),
            max_concurrency=max_concurrency,
            run_id=run_id,
            observers=(tree, watch.observer),
            allow_path=allow_path,
        )
        if reuse is None:
            started = Run(launch)
        else:
            started, earlier_id, carried = _with_results(launch, state, reuse, from_step)
            from braid.cli.resume import show_carried

            show_carried(earlier_id, carried, dry_run=dry_run, as_json=as_json, quiet=quiet)
            if dry_run:
                return exit_codes.SUCCESS
        with watch, steps_kept_apart():
            result = _finished(started, tree, watch, no_journal, state, durability)
    except (InputTextsError, InputsError) as error:
        way_out = f"`braid plan {file}` shows what it takes"
        return refused("invalid-input", error.problems, as_json=as_json, way_out=way_out)
    except SecretsError as error:
        return refused("missing-secret", error.problems, as_json=as_json)
    except ResumeError as error:
        return refused("not-reused", [str(error)], as_json=as_json)
    except RunExistsError as error:
        way_out = "take another id, or leave --run-id away"
        return refused("run-exists", [str(error)], as_json=as_json, way_out=way_out)
    return report(result, watch, as_json=as_json, resumable=not no_journal)


def _with_results(launch: Launch, state: Path | None, reuse: str, from_step: str | None) -> tuple[Run, str, CarryOver]:
    """The run, which begins with the results of an earlier one; and that one's id."""
    from braid.execution.reopening import reused_run

    journal = journal_beside(launch.plan.folder, state)
    record = found_run(journal, reuse)
    started, carried = reused_run(launch, journal, record.id, from_step)
    return started, record.id, carried


def _finished(
    started: Run, tree: RunTree, watch: Watch, no_journal: bool, state: Path | None, durability: str
) -> RunResult:
    from braid.api.running import finished, kept_in
    from braid.execution.executor import Executor
    from braid.execution.means import GRACE_SECONDS
    from braid.execution.own_loop import Interruptible, run_in_own_loop

    async def main(interruptible: Interruptible) -> RunResult:
        def attach(executor: Executor) -> None:
            watch.go_live()
            interruptible.attached(executor)

        async with kept_in(started, None, no_journal, state, durability) as journal:
            return await finished(started, tree, journal, attach)

    collector.search_from_here()
    return run_in_own_loop(main, GRACE_SECONDS)
