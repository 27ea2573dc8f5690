"""A recorded run that goes on: its events are fed to a new machine, then it lives."""

from __future__ import annotations

from collections.abc import Sequence

from braid.execution.clock import Clock, SystemClock
from braid.execution.context import idempotency_key
from braid.execution.executor import Executor
from braid.execution.launch import ALLOW_PATH_NOTE, Attach, Ended, conducted
from braid.execution.means import Means, Setting
from braid.execution.refusals import ResumeError
from braid.execution.strays import end_strays, step_mark
from braid.execution.tenure import Tenure
from braid.history.replay import Replay
from braid.history.segment import Segment, last_segment
from braid.journal.protocol import Journal
from braid.language.plan import Plan
from braid.machine import Machine
from braid.machine.events import Event


class Resumption:
    """A run that may go on: secrets have values.

    Args:
        plan: The recorded files, compiled; or the edited ones.
        segment: What was recorded when the caller looked.
        edited: With an edited plan: what the journal is to be told of it, from RunEdited to RunStarted.
        unanswered: With an edited plan: addresses of tasks that were executing when the run was last heard of.

    Raises:
        SecretsError: Names all secrets without a value.
    """

    def __init__(
        self,
        plan: Plan,
        segment: Segment,
        setting: Setting,
        *,
        edited: Sequence[Event] = (),
        unanswered: Sequence[str] = (),
        clock: Clock | None = None,
    ) -> None:
        self.plan = plan
        self.run_id = segment.head.id
        self.started_at = segment.head.started
        self._segment = segment
        self._edited = edited
        self._unanswered = unanswered
        self._clock = clock
        self._allow_path = setting.allow_path or segment.head.notes.get(ALLOW_PATH_NOTE) is True
        self._means = Means(plan, setting)
        self.masker = self._means.masker

    async def execute(self, attach: Attach | None = None, journal: Journal | None = None) -> Ended:
        """Claim the run, replay it and go on to its end, on the running loop; see `Run.execute`.

        Args:
            attach: Is given the executor once all is replayed.
            journal: The one that has the run.

        Raises:
            RunOwnedError: A living process has it.
            ResumeError: It went on while the caller looked at it.
            JournalError: See `Journal`.
        """
        assert journal is not None, "a recorded run is in some journal"
        run_id = self.run_id
        # With a clock of its own: the run's begins after its last event, which isn't known yet.
        tenure = Tenure(journal, run_id, self._clock or SystemClock())
        await tenure.claim()
        try:
            if last_segment(journal, run_id).total != self._segment.total:
                raise ResumeError(f"run {run_id} went on while it was looked at; try again")
            if self._edited:
                await journal.append(run_id, self._edited)
                machine, ends, last_time = self._new_machine(), None, self.started_at
            else:
                replay = self._replayed(journal)
                machine, ends, last_time = replay.machine, replay.ends, replay.last_time
                self._unanswered = [command.address for command in (*ends.to_start(), *ends.to_answer())]
        except BaseException:
            await tenure.abandon()
            raise
        clock = self._clock or SystemClock(last_time)
        if machine.outcome is not None:
            # Only its last word was missing.
            await tenure.release(machine.outcome)
            return Ended(machine.outcome, max(last_time - self.started_at, 0.0), ())
        if self._unanswered and tenure.before is not None:
            # The process died, not what its steps had started: that must be gone before they start again.
            token = tenure.before.token
            end_strays([step_mark(token, idempotency_key(run_id, address)) for address in self._unanswered])
        surroundings = self._means.surroundings(run_id, self._allow_path, tenure.token)
        executor = Executor(machine, journal, surroundings, clock, self._means.folders, self._means.placing)
        await conducted(executor, tenure, self._edited, ends, attach)
        return Ended(executor.outcome, clock.now() - self.started_at, tuple(executor.leftovers))

    def _new_machine(self) -> Machine:
        return Machine(self.plan, secrets=self._means.secrets, observer=self._means.observer())

    def _replayed(self, journal: Journal) -> Replay:
        replay = Replay(
            self._segment.files,
            self._segment.kinds,
            lambda files, kinds: self.plan,
            secrets=self._means.secrets,
            observer=lambda plan: self._means.observer(),
        )
        return replay.take_all(self._segment.events(journal))
