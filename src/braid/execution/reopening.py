"""Looking at a recorded run before it goes on: what it runs, whether its file is still the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from braid.execution.launch import ALLOW_PATH_NOTE
from braid.execution.means import Setting
from braid.execution.refusals import ResumeError
from braid.execution.resumption import Resumption
from braid.history.edits import edited_steps
from braid.history.recorded import recorded_plan, same_files, workflow_files
from braid.history.segment import Segment, last_segment
from braid.journal.protocol import Journal
from braid.journal.records import RunRecord
from braid.journal.run_names import find_run
from braid.language.load import load_plan
from braid.language.plan import Plan

EDITED_SHOWN_MAX = 10


@dataclass(frozen=True, slots=True)
class Reopened:
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

    def plan_to_resume(self) -> Plan:
        """The plan with which the run goes on as it is.

        Raises:
            ResumeError: The run has ended, or its file was edited.
        """
        ending = self.record.ending
        run_id = self.record.id
        if ending is not None and ending.status not in ("interrupted", "waiting"):
            raise ResumeError(_ended(run_id, ending.status))
        if self.current is None or same_files(workflow_files(self.current), self.segment.files):
            return self.current or self.recorded
        edited = edited_steps(self.recorded, self.current)
        if not edited:
            # Comments or line breaks: the recorded text says the same.
            return self.recorded
        raise ResumeError(_edited(run_id, edited))


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
