"""`braid forget`: deletes runs from the journal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from braid.cli import exit_codes
from braid.cli.runs import STATUSES
from braid.cli.state import existing_journal, found_run, state_option
from braid.cli.terminal import err, is_terminal, out, out_json

if TYPE_CHECKING:
    from braid.journal.sqlite import SqliteJournal
    from braid.report.run_facts import RunFacts

OVER = ("succeeded", "failed", "cancelled")
"""Runs that a filter picks unless `--status` says otherwise: others can still go on."""

NAMED_MAX = 10


@click.command(epilog="Example: braid forget --older-than 30d --keep 10")
@click.argument("names", nargs=-1, metavar="[RUN...]")
@click.option("--older-than", metavar="DURATION", help="Runs that ended (or died) longer ago than this: 30d, 12h.")
@click.option("--status", type=click.Choice(STATUSES[1:]), multiple=True, help="Runs of this status only.")
@click.option("--keep", type=click.IntRange(min=0), metavar="N", help="Keep the latest N of each workflow.")
@click.option("--dry-run", is_flag=True, help="Delete nothing; show what would be.")
@click.option("-y", "--yes", is_flag=True, help="Don't ask. Needed for filters where nobody can be asked.")
@state_option
@click.option("--json", "as_json", is_flag=True, help='Print one JSON document: {"forgotten": [...]}.')
def forget(
    names: tuple[str, ...],
    older_than: str | None,
    status: tuple[str, ...],
    keep: int | None,
    dry_run: bool,
    yes: bool,
    state: Path | None,
    as_json: bool,
) -> int:
    """Delete runs from the journal, with all that they hold.

    Either the runs that are named (ids, beginnings of ids, `last`), or those that all the given filters pick. Filters
    pick runs that are over; one that was interrupted or waits for a person can still go on, and is picked only if
    --status names that. A run that is running is never deleted.
    """
    has_filter = older_than is not None or bool(status) or keep is not None
    if names and has_filter:
        raise click.UsageError("name runs or give filters, not both")
    if not names and not has_filter:
        raise click.UsageError("say which runs: name them, or give --older-than, --status or --keep")
    journal = existing_journal(state)
    chosen = _named(journal, names) if names else _filtered(journal, older_than, status, keep)
    if chosen and not dry_run and not yes and not _agreed(chosen, named=bool(names), as_json=as_json):
        err("nothing was deleted")
        return exit_codes.FAILED
    if chosen and not dry_run:
        _delete(journal, [run.id for run in chosen])
    if as_json:
        out_json({"forgotten": [run.id for run in chosen], "dry_run": dry_run})
    else:
        _report(chosen, dry_run)
    return exit_codes.SUCCESS


def _named(journal: SqliteJournal, names: Iterable[str]) -> list[RunFacts]:
    """All are found, and none is running, before one is deleted."""
    from braid.report.run_facts import RunFacts

    found: dict[str, RunFacts] = {}
    for name in names:
        facts = RunFacts.of(found_run(journal, name))
        if facts.owner is not None:
            raise click.ClickException(f"run `{facts.id}` is running, in {facts.owner}; nothing was deleted")
        found[facts.id] = facts
    return list(found.values())


def _filtered(
    journal: SqliteJournal, older_than: str | None, status: Sequence[str], keep: int | None
) -> list[RunFacts]:
    from braid.cli.looking_back import now
    from braid.report.run_facts import RunFacts

    age = None if older_than is None else _seconds(older_than)
    moment = now()
    wanted = status or OVER
    seen: dict[str, int] = {}
    chosen = []
    for record in journal.runs():
        facts = RunFacts.of(record)
        if facts.status not in wanted:
            continue
        seen[facts.workflow] = seen.get(facts.workflow, 0) + 1
        if keep is not None and seen[facts.workflow] <= keep:
            continue
        if age is not None and moment - (facts.started if facts.ended is None else facts.ended) <= age:
            continue
        chosen.append(facts)
    return chosen


def _seconds(text: str) -> float:
    from braid.expressions.durations import DurationError, parse_duration

    try:
        return parse_duration(text)
    except DurationError as error:
        raise click.BadParameter(f"{error}; write 30d, 12h or 90m", param_hint="--older-than") from None


def _agreed(chosen: Sequence[RunFacts], *, named: bool, as_json: bool) -> bool:
    if is_terminal(sys.stdin) and is_terminal(sys.stderr) and not as_json:
        _list(chosen)
        return click.confirm(f"Delete {_counted(chosen)}?", err=True)
    if named:
        # Who names a run has said what is to be deleted; a script needn't say it twice.
        return True
    raise click.UsageError(f"{_counted(chosen)} would be deleted; say --yes, or --dry-run to see which")


def _delete(journal: SqliteJournal, ids: Sequence[str]) -> None:
    import asyncio

    async def delete() -> None:
        try:
            await journal.forget(ids)
        finally:
            await journal.close()

    asyncio.run(delete())


def _report(chosen: Sequence[RunFacts], dry_run: bool) -> None:
    if not chosen:
        out("no such runs")
        return
    if dry_run:
        for run in chosen:
            out(f"{run.id}  {run.workflow}  {run.status}")
    out(f"{_counted(chosen)} {'would be deleted' if dry_run else 'deleted'}")


def _list(chosen: Sequence[RunFacts]) -> None:
    for run in chosen[:NAMED_MAX]:
        err(f"  {run.id}  {run.workflow}  {run.status}")
    if len(chosen) > NAMED_MAX:
        err(f"  … and {len(chosen) - NAMED_MAX:,} more")


def _counted(chosen: Sequence[RunFacts]) -> str:
    return f"{len(chosen):,} run{'' if len(chosen) == 1 else 's'}"
