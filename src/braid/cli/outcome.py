"""How a run's end, or that it didn't begin, is told: summary, failure and output, and the exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from braid.cli import exit_codes
from braid.cli.files import show_problems
from braid.cli.terminal import err, has_color, json_text, out, out_json, painted, width_of

if TYPE_CHECKING:
    from braid.api import RunResult
    from braid.cli.watch import Watch

_EXIT_CODES = {"succeeded": exit_codes.SUCCESS, "interrupted": exit_codes.INTERRUPTED}


def refused(code: str, problems: Sequence[str], *, as_json: bool, way_out: str = "") -> int:
    """Nothing ran, for reasons that don't stand in the file; the way out is told once, at the end."""
    from msgspec.structs import replace

    from braid.diagnostics import Diagnostic

    found = [Diagnostic(code, problem, None) for problem in problems]
    found[-1] = replace(found[-1], help=way_out)
    show_problems(found, as_json=as_json)
    return exit_codes.USAGE


def report(result: RunResult, watch: Watch, *, as_json: bool, resumable: bool) -> int:
    """Summary and failure to standard error, then what was asked for to standard output.

    Args:
        resumable: The run is in a journal on the disk.
    """
    color = has_color(sys.stderr)
    quiet = watch.progress is None
    if watch.progress is not None:
        from braid.report.run_summary import summary

        style = "good" if result.status == "succeeded" else "bad"
        err(painted(summary(result.status, result.workflow, result.duration, watch.progress), style, color))
    if result.error is not None and not (as_json and quiet):
        from braid.diagnostics.pages import has_page
        from braid.report.failure_view import failure_text, origin_of

        err(failure_text(result.error, watch.aftermath, color=color, width=width_of(sys.stderr)))
        if has_page(code := origin_of(result.error).type):
            err(painted(f"for more: braid explain {code}", "dim", color))
    way_on = _way_on(result, resumable)
    if way_on and not (quiet and result.status != "interrupted"):
        err(way_on)
    for leftover in result.leftovers:
        err(painted(f"warning: {leftover}", "waiting", color))
    if as_json:
        out_json(result.to_json())
    elif result.status == "succeeded" and result.output is not None:
        out(_output_text(result.output))
    return _EXIT_CODES.get(result.status, exit_codes.FAILED)


def _way_on(result: RunResult, resumable: bool) -> str:
    match result.status:
        case "interrupted" if resumable:
            return f"to go on with it:  braid resume {result.run_id}"
        case "interrupted":
            return "the run was interrupted; nothing of it was kept, so it can't be resumed, only started anew"
        case "failed" if resumable:
            return (
                f"what happened:  braid show {result.run_id}\n"
                f"after mending the file, to keep what succeeded:  braid resume {result.run_id} --edited"
            )
    return ""


def _output_text(output: object) -> str:
    from braid.report.json_values import json_value

    # A text's own last line break would be doubled.
    return output.removesuffix("\n") if isinstance(output, str) else json_text(json_value(output))
