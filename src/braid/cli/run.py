"""`braid run`: a workflow, run to the end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from braid.cli import exit_codes
from braid.cli.files import file_argument, read_plan, show_problems
from braid.cli.outcome import refused, report
from braid.cli.state import durability_option, state_beside_file_option

if TYPE_CHECKING:
    from braid.api import RunResult
    from braid.cli.watch import Watch
    from braid.language.plan import Plan


@click.command(epilog="Example: braid run brief.braid.yaml -i style=long -i 'cities=[\"Oslo\"]'")
@file_argument
@click.option(
    "-i",
    "--input",
    "given",
    multiple=True,
    metavar="NAME=VALUE",
    help="An input: JSON if it parses, else text; NAME=@FILE reads a file. May be given several times.",
)
@click.option("--inputs", "inputs_file", metavar="FILE.json", help="A JSON object of inputs; -i wins over it.")
@click.option(
    "--max-concurrency",
    type=click.IntRange(min=1),
    metavar="N",
    help="Default limit of blocks that have none of their own, instead of the file's.",
)
@click.option("--run-id", metavar="ID", help="The run's id, instead of a new one.")
@click.option("--allow-path", is_flag=True, help="Let paths of the workflow leave its folder.")
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
    allow_path: bool,
    no_journal: bool,
    state: Path | None,
    durability: str,
    as_json: bool,
    quiet: bool,
) -> int:
    """Run a workflow to the end.

    The workflow's output is printed to standard output: text as it is, anything else as JSON, and nothing when it is
    null. Progress, logs and failures go to standard error; so does
    what steps print, and what they read is empty. FILE may be `-`, standard input.

    What happened is kept in .braid/ beside the workflow, so that the run survives a crash: `braid resume` goes on.
    Ctrl-C cancels the running steps and waits for them; a second one ends at once. Either way the run can be resumed.

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

    from braid.api import InputsError, SecretsError
    from braid.cli.inputs import InputTextsError, read_inputs
    from braid.cli.step_output import steps_kept_apart
    from braid.cli.watch import Watch
    from braid.journal.errors import RunExistsError

    watch = Watch(plan.name, quiet=quiet)
    try:
        inputs = read_inputs(given, inputs_file, {name: spec.definition for name, spec in plan.inputs.items()})
        with watch, steps_kept_apart():
            result = _run(plan, inputs, watch, max_concurrency, run_id, allow_path, no_journal, state, durability)
    except (InputTextsError, InputsError) as error:
        way_out = f"`braid plan {file}` shows what it takes"
        return refused("invalid-input", error.problems, as_json=as_json, way_out=way_out)
    except SecretsError as error:
        return refused("missing-secret", error.problems, as_json=as_json)
    except RunExistsError as error:
        way_out = "take another id, or leave --run-id away"
        return refused("run-exists", [str(error)], as_json=as_json, way_out=way_out)
    return report(result, watch, as_json=as_json, resumable=not no_journal)


def _run(
    plan: Plan,
    inputs: dict[str, object],
    watch: Watch,
    max_concurrency: int | None,
    run_id: str | None,
    allow_path: bool,
    no_journal: bool,
    state: Path | None,
    durability: str,
) -> RunResult:
    from braid.api import run as run_plan

    return run_plan(
        plan,
        inputs,
        max_concurrency=max_concurrency,
        run_id=run_id,
        observer=watch.observer,
        allow_path=allow_path,
        no_journal=no_journal,
        state=state,
        durability=durability,
    )
