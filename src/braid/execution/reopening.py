"""Looking at a recorded run before it goes on: what it runs, whether its file is still the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from braid.execution.clock import SystemClock
from braid.execution.launch import ALLOW_PATH_NOTE, Launch, Run
from braid.execution.means import Means, Setting
from braid.execution.refusals import ResumeError
from braid.execution.resumption import Resumption
from braid.history.carry_over import CarryOver, carry_over
from braid.history.earlier import earlier_tasks
from braid.history.edits import edited_steps
from braid.history.recorded import functions_noted, kinds_of, recorded_plan, same_files, workflow_files
from braid.history.replay import unknown_secrets
from braid.history.segment import Segment, last_segment
from braid.history.starting_point import UnknownStepError
from braid.journal.protocol import Journal
from braid.journal.records import RunRecord
from braid.journal.run_names import find_run
from braid.language.inputs import bind_inputs
from braid.language.load import load_plan
from braid.language.plan import Plan
from braid.language.task_kind import Value
from braid.machine.events import Event, RunEdited, RunStarted

EDITED_SHOWN_MAX = 10


class Reopened(msgspec.Struct, frozen=True):
    """A recorded run.

    Attributes:
        recorded: The plan as the journal has it.
        current: The plan of today: of the file that it came from, or that the caller gave; None where there is none.
    """

    record: RunRecord
    segment: Segment
    recorded: Plan
    current: Plan | None

    def as_it_is(self, setting: Setting) -> Resumption:
        """The run, ready to go on.

        Raises:
            ResumeError: See `plan_to_resume`.
            SecretsError: Declared secrets have no value.
        """
        return Resumption(self.plan_to_resume(), self.segment, setting)

    def to_cancel(self, setting: Setting) -> Resumption:
        """The run as it was recorded, whatever became of its file since; to be cancelled."""
        return Resumption(self.recorded, self.segment, setting)

    def with_edits(self, journal: Journal, setting: Setting, from_step: str | None = None) -> Edited:
        """The run as it goes on with the workflow of today.

        Args:
            from_step: An id or address; it and what comes after it runs again in any case.

        Raises:
            ResumeError: Its inputs don't fit the workflow of today, there is no such step, or only the program that
                built the workflow has its functions.
            SecretsError: Declared secrets have no value.
        """
        self._refuse_lost_functions()
        plan = self.current or self.recorded
        means = Means(plan, setting)
        events = list(self.segment.events(journal))
        started = next(event for event in events if isinstance(event, RunStarted))
        started = msgspec.structs.replace(
            started, inputs=_fitted(plan, started), env={**means.masker.value(means.environment), **started.env}
        )
        now = SystemClock(self.segment.head.started).now()
        carried = _carried(self.recorded, events, plan, started, means.secrets, now, from_step)
        files, kinds = workflow_files(plan), tuple(kinds_of(plan))
        edited = [RunEdited(time=now, files=files, kinds=kinds), *carried.events, started]
        return Edited(carried, Resumption(plan, self.segment, setting, edited=edited, unanswered=carried.unanswered))

    def reused_by(self, run: Run, journal: Journal, from_step: str | None = None) -> CarryOver:
        """Let a new run begin with the results of this one.

        Raises:
            ResumeError: There is no such step.
        """
        events = list(self.segment.events(journal))
        carried = _carried(self.recorded, events, run.plan, run.started, run.secrets, run.started_at, from_step)
        run.reuse(self.record.id, carried.events)
        return carried

    def plan_to_resume(self) -> Plan:
        """The plan with which the run goes on as it is.

        Raises:
            ResumeError: The run has ended, its file was edited, or only the program that built the workflow has its
                functions.
        """
        ending = self.record.ending
        run_id = self.record.id
        if ending is not None and ending.status not in ("interrupted", "waiting"):
            raise ResumeError(_ended(run_id, ending.status))
        self._refuse_lost_functions()
        if self.current is None or same_files(workflow_files(self.current), self.segment.files):
            return self.current or self.recorded
        edited = edited_steps(self.recorded, self.current)
        if not edited:
            # Comments or line breaks: it says the same.
            return self.current
        raise ResumeError(_edited(run_id, edited))

    def _refuse_lost_functions(self) -> None:
        if self.current is None and (steps := functions_noted(self.segment.head)):
            raise ResumeError(_needs_program(self.record.id, steps))


class Edited(msgspec.Struct, frozen=True):
    """A run that is about to go on with an edited workflow, and what becomes of its results."""

    carried: CarryOver
    resumption: Resumption


def reused_run(launch: Launch, journal: Journal, name: str, from_step: str | None = None) -> tuple[Run, CarryOver]:
    """A run that begins with the results of another one, and with its inputs where none are given.

    Args:
        name: The other run: its id, a unique beginning of one, or `last`.
        from_step: An id or address; it and what comes after it runs again in any case.

    Raises:
        InputsError: See `Run`.
        SecretsError: See `Run`.
        ResumeError: The other run has no workflow, or this one no such step.
        JournalError: See `reopened`.
    """
    found = reopened(journal, name, launch.plan)
    before = {name: value for name, value in inputs_of(journal, found.segment).items() if name in launch.plan.inputs}
    run = Run(msgspec.structs.replace(launch, inputs={**before, **launch.inputs}))
    return run, found.reused_by(run, journal, from_step)


def inputs_of(journal: Journal, segment: Segment) -> Mapping[str, Value]:
    """What a run was started with, defaults filled in."""
    return next((event.inputs for event in segment.events(journal) if isinstance(event, RunStarted)), {})


def reopened(journal: Journal, name: str, workflow: Plan | None = None, *, allow_path: bool = False) -> Reopened:
    """Look at a run.

    Args:
        name: Its id, a unique beginning of one, or `last`.
        workflow: Its workflow of today, where that is no file (or not the file that it was).

    Raises:
        RunNameError: There is no such run, or more than one.
        ResumeError: A program made it, without a workflow.
        DiagnosticsError: Its recorded file has errors today: a kind isn't installed, or this Braid is another one.
        JournalError: The journal can't be read.
    """
    record = find_run(journal, name)
    segment = last_segment(journal, record.id)
    if not segment.files:
        raise ResumeError(f"run {record.id} can't be resumed: its journal has no workflow")
    recorded = recorded_plan(segment.files)
    return Reopened(record, segment, recorded, workflow or _current(segment, allow_path))


def _current(segment: Segment, allow_path: bool) -> Plan | None:
    """The plan of the file as it is now; None where it came from no file, or that is gone."""
    own = segment.files[0]
    if not own.path or not Path(own.path).is_file():
        return None
    return load_plan(Path(own.path), allow_path=allow_path or _leaves_folder(segment), name=own.name)


def _carried(
    old: Plan,
    events: Sequence[Event],
    new: Plan,
    started: RunStarted,
    secrets: Mapping[str, str],
    now: float,
    from_step: str | None,
) -> CarryOver:
    # A secret that only the old workflow declares isn't asked for.
    known = {**unknown_secrets(old), **secrets}
    try:
        return carry_over(old, earlier_tasks(old, events, known), new, started, known, now, from_step)
    except UnknownStepError as error:
        raise ResumeError(str(error)) from None


def _fitted(plan: Plan, started: RunStarted) -> dict[str, Value]:
    """The inputs of a run for the workflow of today."""
    given = {name: value for name, value in started.inputs.items() if name in plan.inputs}
    inputs, problems = bind_inputs(plan.inputs, given)
    if problems:
        raise ResumeError(
            f"the inputs of run {started.run_id} don't fit the workflow as it is now: {'; '.join(problems)}; "
            f"start a new run that takes its results: braid run FILE --reuse {started.run_id} -i …"
        )
    return inputs


def _leaves_folder(segment: Segment) -> bool:
    return segment.head.notes.get(ALLOW_PATH_NOTE) is True


def _ended(run_id: str, status: str) -> str:
    if status == "succeeded":
        return f"run {run_id} succeeded; there is nothing left to do (`--from STEP` runs it again from a step)"
    word = "was cancelled" if status == "cancelled" else status
    return (
        f"run {run_id} {word}, so there is nothing to go on with; to try again what did not succeed and keep the rest: "
        f"braid resume {run_id} --edited"
    )


def _edited(run_id: str, steps: Sequence[str]) -> str:
    shown = ", ".join(steps[:EDITED_SHOWN_MAX])
    more = f" and {len(steps) - EDITED_SHOWN_MAX} more" if len(steps) > EDITED_SHOWN_MAX else ""
    return (
        f"the file was edited since run {run_id} took it ({shown}{more}); "
        f"to go on with the file as it is now: braid resume {run_id} --edited"
    )


def _needs_program(run_id: str, steps: Sequence[str]) -> str:
    shown = ", ".join(steps[:EDITED_SHOWN_MAX]) + (" and others" if len(steps) > EDITED_SHOWN_MAX else "")
    return (
        f"run {run_id} can't be resumed from its journal alone: the functions of {shown} are those of the program that "
        f'built its workflow; go on with it there, by braid.resume("{run_id}", workflow=…)'
    )
