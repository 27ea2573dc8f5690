"""`braid prove`: a workflow, killed at every write to its journal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from braid.cli import exit_codes
from braid.cli.files import file_argument, read_plan, show_problems
from braid.cli.options import allow_path_option, input_options, max_concurrency_option
from braid.cli.outcome import refused
from braid.cli.terminal import err, has_color, out, out_json, painted, width_of

if TYPE_CHECKING:
    from braid.language.plan import Plan
    from braid.testing.prove import Effort, Subject
    from braid.testing.prove_report import Proof

SEED = 1


@click.command(epilog="Example: braid prove brief.braid.yaml --mocks brief.mocks.yaml --points 50")
@file_argument
@input_options
@click.option("--mocks", "mocks_file", metavar="FILE.yaml", help="What steps give, instead of doing what they do.")
@max_concurrency_option
@allow_path_option
@click.option("--points", type=click.IntRange(min=1), metavar="N", help="Kill it at N places, instead of all.")
@click.option("--seed", type=int, default=SEED, metavar="S", help=f"Draws the N places; {SEED} unless given.")
@click.option("--strict", is_flag=True, help="Also refuse steps that ran twice without a visible difference.")
@click.option("--timeout", default="5m", metavar="DURATION", help="How long one process may take; 5m unless given.")
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="Runs at the same time; as many as processors, at most 8."
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder to copy for each run, instead of the workflow's own.",
)
@click.option("--leave-out", multiple=True, metavar="PATTERN", help="Names of files and folders not to copy.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as one JSON document.")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
def prove(
    file: str,
    given: tuple[str, ...],
    inputs_file: str | None,
    mocks_file: str | None,
    max_concurrency: int | None,
    allow_path: bool,
    points: int | None,
    seed: int,
    strict: bool,
    timeout: str,
    jobs: int | None,
    folder: Path | None,
    leave_out: tuple[str, ...],
    as_json: bool,
    quiet: bool,
) -> int:
    """Kill a workflow at every write to its journal and resume it.

    The workflow is run whole, and then twice for each write: killed just before it and just after it, without any
    cleanup, and resumed. Shown are the steps that acted twice with visible harm, or surely (such as a POST), and what
    came out otherwise in the result or in the files. What differs between whole runs, too, is named and not compared.

    Each run is a process of its own in a copy of the workflow's folder, without .braid, .git, .venv, node_modules and
    __pycache__. What lies outside is real: servers get every request. --mocks answers for steps: a YAML file with
    `step: {value: …}`, `{fail: message}` or `{results: [{value: …}, …]}`.

    Exits with 0 when nothing was found, 1 when something was, 2 when nothing could be proven (wrong usage, a file with
    errors, a run that comes to no end), 130 when it was interrupted.
    """
    from braid.api import InputsError, SecretsError
    from braid.cli.inputs import InputTextsError, read_inputs
    from braid.diagnostics import DiagnosticsError
    from braid.execution.launch import Launch, Run
    from braid.testing.prove import Effort, ProofError
    from braid.testing.prove_folder import FolderError
    from braid.testing.prove_wards import NurseryError

    if file == "-":
        raise click.UsageError("the workflow must be a file: its folder is copied")
    plan, diagnostics = read_plan(file, allow_path=allow_path)
    if plan is None:
        show_problems(diagnostics, as_json=as_json)
        return exit_codes.USAGE
    if diagnostics and not quiet:
        show_problems(diagnostics, as_json=False)
    effort = Effort(points=points, seed=seed, seconds=_seconds(timeout), jobs=jobs or _processors())
    try:
        inputs = read_inputs(given, inputs_file, {name: spec.definition for name, spec in plan.inputs.items()})
        # Only to hear now what every run would refuse.
        Run(Launch(plan=plan, inputs=inputs, max_concurrency=max_concurrency, allow_path=allow_path))
        mocks = None if mocks_file is None else _mocks(Path(mocks_file), plan)
        subject = _subject(file, plan, folder, inputs, max_concurrency, allow_path, mocks, leave_out)
        proof = _proven(subject, effort, quiet)
    except DiagnosticsError as error:
        show_problems(error.diagnostics, as_json=as_json)
        return exit_codes.USAGE
    except (InputTextsError, InputsError) as error:
        way_out = f"`braid plan {file}` shows what it takes"
        return refused("invalid-input", error.problems, as_json=as_json, way_out=way_out)
    except SecretsError as error:
        return refused("missing-secret", error.problems, as_json=as_json)
    except (ProofError, FolderError, NurseryError) as error:
        return refused("not-proven", [str(error)], as_json=as_json)
    return _report(proof, seed, strict=strict, as_json=as_json)


def _subject(
    file: str,
    plan: Plan,
    folder: Path | None,
    inputs: dict[str, object],
    max_concurrency: int | None,
    allow_path: bool,
    mocks: str | None,
    leave_out: tuple[str, ...],
) -> Subject:
    from braid.testing.prove import Subject

    # Its folder is where the link lies, if it is one.
    workflow = Path(file).parent.resolve() / Path(file).name
    base = workflow.parent if folder is None else folder.resolve()
    if not workflow.is_relative_to(base):
        raise click.UsageError(f"the workflow doesn't lie in the folder {folder}")
    here = Path.cwd().resolve()
    return Subject(
        plan=plan,
        workflow=workflow,
        folder=base,
        cwd=here if here.is_relative_to(base) else workflow.parent,
        inputs=inputs,
        max_concurrency=max_concurrency,
        allow_path=allow_path,
        mocks=mocks,
        left_out=leave_out,
    )


def _mocks(path: Path, plan: Plan) -> str:
    """The text of the mocks file, when it is right."""
    from braid.diagnostics import DiagnosticsError
    from braid.language.document import read_document_file
    from braid.testing.mocks import read_mocks

    document = read_document_file(path)
    _, problems = read_mocks(document.root, plan)
    if problems:
        raise DiagnosticsError(problems)
    return document.source.text


def _proven(subject: Subject, effort: Effort, quiet: bool) -> Proof:
    import asyncio
    import signal

    from braid.testing.prove import prove

    def say(text: str) -> None:
        if not quiet:
            err(text)

    async def main() -> Proof:
        task = asyncio.current_task()
        assert task is not None
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        return await prove(subject, effort, say)

    try:
        return asyncio.run(main())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


def _report(proof: Proof, seed: int, *, strict: bool, as_json: bool) -> int:
    from braid.diagnostics import render_text
    from braid.testing.prove_compare import path_text

    problems = proof.diagnostics(strict=strict)
    code = exit_codes.FAILED if problems else exit_codes.SUCCESS
    if as_json:
        out_json(proof.to_json(problems, seed))
        return code
    color = has_color(sys.stdout)
    if problems:
        out(render_text(problems, color=color, width=width_of(sys.stdout)) + "\n")
    places = sorted(path_text(path) for path in proof.standard.unstable_results)
    files = sorted(f"`{name}`" for name in proof.standard.unstable_files)
    for text, names in (
        ("not compared, because it differs between whole runs", [*places, *files]),
        ("executed again without a visible difference", [] if strict else proof.executed_again()),
    ):
        if names:
            out(f"{text}: {_listed(names)}")
    if proof.not_reached:
        places_text = "1 place was" if proof.not_reached == 1 else f"{proof.not_reached:,} places were"
        out(f"{places_text} not reached: the run had fewer writes there than the whole one")
    out(painted(_verdict(proof, len(problems)), "bad" if problems else "good", color))
    return code


def _verdict(proof: Proof, problems: int) -> str:
    tried = len(proof.trials) - proof.not_reached
    of = f" of {proof.points:,}" if len(proof.trials) < proof.points else ""
    if not problems:
        return f"proven: killed at {tried:,}{of} places and resumed, it came to the same end each time"
    return f"not proven: {problems} problem{'' if problems == 1 else 's'} when killed at {tried:,}{of} places"


_LISTED_MAX = 10


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _LISTED_MAX} more" if len(names) > _LISTED_MAX else ""
    return ", ".join(names[:_LISTED_MAX]) + more


def _seconds(text: str) -> float:
    from braid.expressions import DurationError, parse_duration

    try:
        seconds = parse_duration(text)
    except DurationError as error:
        raise click.UsageError(f"--timeout: {error}") from None
    if seconds <= 0:
        raise click.UsageError("--timeout must be more than 0")
    return seconds


def _processors() -> int:
    import os

    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, 8)
