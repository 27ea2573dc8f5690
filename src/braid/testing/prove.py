"""Proves that a workflow survives crashes: runs it whole, then once for each place where it can be killed.

Each run is a real process that ends there without any cleanup, and each is gone on with by another one.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from msgspec.structs import replace as replace_struct

from braid.expressions import format_duration
from braid.language.plan import Plan
from braid.testing.prove_compare import End, Standard
from braid.testing.prove_folder import Template, without_folder
from braid.testing.prove_judge import VISIBLE, Trial
from braid.testing.prove_life import Instructions, Json, Life, Report
from braid.testing.prove_points import CrashPoint, crash_points, sampled
from braid.testing.prove_report import Proof
from braid.testing.prove_wards import NURSERY, Nurseries, Nursery

SEED: Final = 1
LIFE_SECONDS: Final = 300.0
"""How long a life may take by default."""
CONFIRMATIONS_MAX: Final = 3
"""Whole runs that are added before a difference is put down to a crash."""
PROGRESS_SECONDS: Final = 2.0
LIFE_COST_SECONDS: Final = 0.2
"""Of a process of which the steps take no time, roughly."""
ESTIMATE_SECONDS_MIN: Final = 30.0
"""What takes less needs no warning."""


class ProofError(Exception):
    """Nothing can be said of the workflow; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is proven.

    Attributes:
        folder: Is copied for each life; the workflow lies in it.
        cwd: In the folder: where the processes are, in their copies.
        mocks: The text of a mocks file.
    """

    plan: Plan
    workflow: Path
    folder: Path
    cwd: Path
    inputs: Mapping[str, Json] = field(default_factory=dict)
    max_concurrency: int | None = None
    allow_path: bool = False
    mocks: str | None = None
    left_out: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much is done for it.

    Attributes:
        points: So many places, drawn by the seed; None for all.
        seconds: A life may take.
        jobs: Runs at the same time.
        nursery: The command of the process that starts the others.
    """

    points: int | None = None
    seed: int = SEED
    seconds: float = LIFE_SECONDS
    jobs: int = 2
    nursery: Sequence[str] = NURSERY


async def prove(subject: Subject, effort: Effort, say: Callable[[str], None]) -> Proof:
    """Kill the workflow at each place and see what becomes of it.

    When cancelled, no process and no file of it is left.

    Args:
        say: Takes a line of progress at a time.

    Raises:
        ProofError: The workflow doesn't come to an end even without a crash.
        FolderError: The folder can't be copied.
        NurseryError: Processes can't be started.
    """
    template = Template(subject.folder, subject.left_out)
    with tempfile.TemporaryDirectory(prefix="braid-prove-", ignore_cleanup_errors=True) as place:
        async with Nurseries(effort.nursery, max(effort.jobs, 2)) as nurseries:
            return await _Proving(subject, effort, say, template, place, nurseries).proof()


class _Proving:
    def __init__(
        self,
        subject: Subject,
        effort: Effort,
        say: Callable[[str], None],
        template: Template,
        place: str,
        nurseries: Nurseries,
    ) -> None:
        self._subject = subject
        self._effort = effort
        self._say = say
        self._template = template
        self._place = Path(place).resolve()
        self._nurseries = nurseries
        self._homes = 0
        self._last: Nursery | None = None

    async def proof(self) -> Proof:
        report, end = await self._whole()
        points = crash_points(report.writes)
        chosen = sampled(points, self._effort.points, self._effort.seed)
        self._say(_plan_text(report, len(points), chosen, self._effort))
        ends, trials = [end], await self._tried(chosen)
        proof = Proof(self._subject.plan, report.writes, len(points), trials, Standard(ends))
        # Before a difference is put down to a crash, it is looked for without one.
        for _ in range(CONFIRMATIONS_MAX if chosen else 0):
            ends.append((await self._whole())[1])
            proof = replace(proof, standard=Standard(ends))
            _check_comparable(proof)
            if not any(finding.code in VISIBLE and finding.details for finding in proof.findings()):
                break
        return proof

    async def _tried(self, points: Sequence[CrashPoint]) -> list[Trial]:
        trials: list[Trial] = []
        waiting = iter(points)
        told = time.monotonic()

        async def work() -> None:
            nonlocal told
            for point in waiting:
                trials.append(await self._trial(point))
                if time.monotonic() - told > PROGRESS_SECONDS:
                    told = time.monotonic()
                    self._say(f"killed and resumed at {len(trials):,} of {len(points):,} places")

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._effort.jobs):
                    group.create_task(work())
        except BaseExceptionGroup as error:
            raise error.exceptions[0] from None
        return sorted(trials, key=lambda trial: trial.point)

    async def _whole(self) -> tuple[Report, End]:
        """A run without a crash."""
        home = self._new_home()
        instructions = await self._prepared(home)
        # Not by the process that gave the whole run before, whose sets have the same order.
        life, self._last = await self._live(instructions, home, self._last)
        report = life.report
        if report is None:
            raise ProofError(_no_end(life, self._effort.seconds))
        if report.refused or report.result["status"] == "interrupted":
            raise ProofError(report.refused or "the run was interrupted")
        return report, await self._end(home, instructions, report)

    async def _trial(self, point: CrashPoint) -> Trial:
        home = self._new_home()
        instructions = replace_struct(await self._prepared(home), crash=point)
        first, nursery = await self._live(instructions, home)
        if first.death is None:
            await self._let_go(home)
            return Trial(point, first)
        begun = point != CrashPoint(0, kept=False)
        instructions = replace_struct(
            instructions, crash=None, resumes=begun, log=home / "second.log", report=home / "second.json"
        )
        second, _ = await self._live(instructions, home, nursery)
        end = None
        if second.report is not None and not second.report.refused:
            end = await self._end(home, instructions, second.report)
        else:
            await self._let_go(home)
        return Trial(point, first, second, end)

    def _new_home(self) -> Path:
        self._homes += 1
        # Of the same length: a path may be part of what is printed in columns.
        home = self._place / f"{self._homes:06}"
        home.mkdir()
        return home

    async def _prepared(self, home: Path) -> Instructions:
        subject = self._subject
        copy = self._copy(home)
        await asyncio.to_thread(self._template.copy, copy)
        return Instructions(
            workflow=copy / subject.workflow.relative_to(subject.folder),
            shown=subject.plan.source.name,
            cwd=copy / subject.cwd.relative_to(subject.folder),
            state=home / "state",
            log=home / "first.log",
            report=home / "first.json",
            inputs=dict(subject.inputs),
            max_concurrency=subject.max_concurrency,
            allow_path=subject.allow_path,
            mocks=subject.mocks,
        )

    async def _live(
        self, instructions: Instructions, home: Path, unlike: Nursery | None = None
    ) -> tuple[Life, Nursery]:
        return await self._nurseries.life(instructions, home / "printed", self._effort.seconds, unlike)

    async def _end(self, home: Path, instructions: Instructions, report: Report) -> End:
        copy = self._copy(home)
        changes = await asyncio.to_thread(self._template.changes, copy)
        await self._let_go(home)
        return End(_plain(report.result, copy), changes)

    async def _let_go(self, home: Path) -> None:
        await asyncio.to_thread(shutil.rmtree, home, ignore_errors=True)

    def _copy(self, home: Path) -> Path:
        return home / (self._subject.folder.name or "folder")


def _plain(value: Json, copy: Path) -> Json:
    """A result in which the copy's own path is the same in every copy."""
    match value:
        case str():
            return without_folder(value, copy)
        case list():
            return [_plain(item, copy) for item in value]
        case dict():
            return {without_folder(key, copy): _plain(item, copy) for key, item in value.items()}
        case _:
            return value


def _plan_text(report: Report, points: int, chosen: Sequence[CrashPoint], effort: Effort) -> str:
    tried = len(chosen)
    which = f"{tried:,} of {points:,} places, drawn by seed {effort.seed}" if tried < points else f"{points:,} places"
    text = (
        f"the whole run {report.result['status']} in {report.seconds:.1f}s "
        f"with {report.writes:,} writes to its journal; killing it at {which}"
    )
    seconds = 2 * (report.seconds + LIFE_COST_SECONDS) * tried / effort.jobs
    if seconds < ESTIMATE_SECONDS_MIN:
        return text
    return f"{text}, which takes about {format_duration(round(seconds))}; `--points N` takes a sample"


def _check_comparable(proof: Proof) -> None:
    ends = {end.result["status"]: end.result["error"] for end in proof.standard.ends}
    if len(ends) > 1:
        told = " and ".join(
            f"one {status}" + (f" ({error['message']})" if error else "") for status, error in ends.items()
        )
        raise ProofError(f"whole runs end in different ways, so that nothing can be said of killed ones: {told}")
    if proof.not_reached == len(proof.trials):
        raise ProofError("no run came to a place where it was to be killed: each had fewer writes than the whole one")


def _no_end(life: Life, seconds: float) -> str:
    if life.overdue:
        return f"the whole run took longer than {format_duration(seconds)}; `--timeout` gives it more"
    how = f"ended by signal {-life.code}" if life.code < 0 else f"ended with exit code {life.code}"
    return f"the process of the whole run {how}" + (f":\n{life.printed}" if life.printed else "")
