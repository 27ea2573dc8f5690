"""`braid run`: a workflow, run to the end."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from braid.cli import exit_codes
from braid.cli.files import file_argument, read_plan, show_problems
from braid.cli.terminal import err, has_color, json_text, out, out_json, painted, width_of

if TYPE_CHECKING:
    from braid.api import RunResult
    from braid.cli.watch import Watch
    from braid.language.plan import Plan

_EXIT_CODES = {"succeeded": exit_codes.SUCCESS, "interrupted": exit_codes.INTERRUPTED}


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
@click.option("--no-journal", is_flag=True, help="Keep the journal in memory; the run can't be resumed.")
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
    as_json: bool,
    quiet: bool,
) -> int:
    """Run a workflow to the end.

    The workflow's output is printed to standard output: text as it is, anything else as JSON, and nothing when it is
    null. Progress, logs and failures go to standard error; so does
    what steps print, and what they read is empty. FILE may be `-`, standard input.

    Ctrl-C cancels the running steps and waits for them; a second one ends at once.

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

    watch = Watch(plan.name, quiet=quiet)
    try:
        inputs = read_inputs(given, inputs_file, {name: spec.definition for name, spec in plan.inputs.items()})
        with watch, steps_kept_apart():
            result = _run(plan, inputs, watch, max_concurrency, run_id, allow_path)
    except (InputTextsError, InputsError) as error:
        return _refused("invalid-input", error.problems, as_json, f"`braid plan {file}` shows what it takes")
    except SecretsError as error:
        return _refused("missing-secret", error.problems, as_json)
    _report(result, watch, as_json=as_json)
    return _EXIT_CODES.get(result.status, exit_codes.FAILED)


def _run(
    plan: Plan,
    inputs: dict[str, object],
    watch: Watch,
    max_concurrency: int | None,
    run_id: str | None,
    allow_path: bool,
) -> RunResult:
    from braid.api import run as run_plan

    return run_plan(
        plan,
        inputs,
        max_concurrency=max_concurrency,
        run_id=run_id,
        observer=watch.observer,
        allow_path=allow_path,
    )


def _refused(code: str, problems: Sequence[str], as_json: bool, way_out: str = "") -> int:
    """Nothing ran, for reasons that don't stand in the file; the way out is told once, at the end."""
    from braid.diagnostics import Diagnostic

    found = [Diagnostic(code, problem, None) for problem in problems]
    found[-1] = replace(found[-1], help=way_out)
    show_problems(found, as_json=as_json)
    return exit_codes.USAGE


def _report(result: RunResult, watch: Watch, *, as_json: bool) -> None:
    """Summary and failure to standard error, then what was asked for to standard output."""
    color = has_color(sys.stderr)
    quiet = watch.progress is None
    if watch.progress is not None:
        from braid.report.run_summary import summary

        style = "good" if result.status == "succeeded" else "bad"
        err(painted(summary(result.status, result.workflow, result.duration, watch.progress), style, color))
    if result.error is not None and not (as_json and quiet):
        from braid.report.failure_view import failure_text

        err(failure_text(result.error, watch.aftermath, color=color, width=width_of(sys.stderr)))
    if result.status == "interrupted":
        err("the run was interrupted; its journal was in memory only, so it can't be resumed, only started anew")
    for leftover in result.leftovers:
        err(painted(f"warning: {leftover}", "waiting", color))
    if as_json:
        out_json(result.to_json())
    elif result.status == "succeeded" and result.output is not None:
        out(_output_text(result.output))


def _output_text(output: object) -> str:
    from braid.report.json_values import json_value

    # A text's own last line break would be doubled.
    return output.removesuffix("\n") if isinstance(output, str) else json_text(json_value(output))
