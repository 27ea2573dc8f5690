"""`braid resume`: a stopped run goes on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from braid.cli import exit_codes
from braid.cli.files import show_problems
from braid.cli.outcome import refused, report
from braid.cli.state import durability_option, existing_journal, found_run, run_argument, state_option

if TYPE_CHECKING:
    from braid.api import RunResult
    from braid.cli.watch import Watch


@click.command(epilog="Example: braid resume last")
@run_argument
@state_option
@durability_option
@click.option("--allow-path", is_flag=True, help="Let paths of the workflow leave its folder.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON document, also after a failure.")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress and no logs: only the result or the failure.")
def resume(
    name: str,
    state: Path | None,
    durability: str,
    allow_path: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """Go on with a run that was interrupted, or whose process died.

    RUN is a run id, a unique beginning of one, or `last`. Steps whose results were recorded aren't run again; those
    that were running are. Sleeps and timeouts keep the time at which they are due, retries go on counting. The run goes on
    with the workflow as it was when it began: when the file was edited since, nothing runs.

    Output, progress and exit codes are those of `braid run`; 2 means that nothing ran.
    """
    from braid.api import ResumeError, SecretsError
    from braid.cli.step_output import steps_kept_apart
    from braid.cli.watch import Watch
    from braid.diagnostics import DiagnosticsError
    from braid.journal.errors import RunOwnedError

    journal = existing_journal(state)
    record = found_run(journal, name)
    watch = Watch(record.workflow, quiet=quiet, started=record.started, replaying=True)
    try:
        with watch, steps_kept_apart():
            result = _resumed(record.id, journal.path.parent, watch, durability, allow_path)
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


def _resumed(run_id: str, folder: Path, watch: Watch, durability: str, allow_path: bool) -> RunResult:
    from braid.api.running import finished
    from braid.execution.executor import Executor
    from braid.execution.journals import journal_in
    from braid.execution.means import GRACE_SECONDS, Setting
    from braid.execution.own_loop import Interruptible, run_in_own_loop
    from braid.execution.reopening import reopened
    from braid.journal.sqlite import Durability
    from braid.report.run_tree import RunTree

    tree = RunTree()
    setting = Setting(observers=(tree, watch.observer), allow_path=allow_path)

    async def main(interruptible: Interruptible) -> RunResult:
        def attach(executor: Executor) -> None:
            watch.go_live()
            interruptible.attached(executor)

        async with journal_in(folder, Durability(durability), create=False) as journal:
            resumption = reopened(journal, run_id, allow_path=allow_path).as_it_is(setting)
            return await finished(resumption, tree, journal, attach)

    return run_in_own_loop(main, GRACE_SECONDS)
