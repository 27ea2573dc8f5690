"""What an edited workflow would do with the results of an earlier run: a run without a world.

The machine of the new plan is driven with earlier results as answers. A step that must run again is answered with its
earlier result as well, or with null where there is none, so that the rehearsal goes on; what depends on it runs again,
whatever its arguments come to. A failure that may come of such an answer is no failure: the step gives null instead.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from braid.history.dirt import Dirt
from braid.history.earlier import Earlier
from braid.history.starting_point import StartingPoint
from braid.language.plan import Node, Plan, TaskNode
from braid.language.task_kind import PureTask, Value
from braid.machine import Machine
from braid.machine.commands import Command, SetTimer
from braid.machine.decision import Key
from braid.machine.events import ResultKept, RunStarted, TimerFired
from braid.machine.frames import Frame, TaskFrame, child_address
from braid.machine.kept_results import KeptResults, fingerprint, told_arguments
from braid.machine.outcome import Cancelled, Failed, Failure, Outcome, Status, StepRecord, Succeeded
from braid.machine.tree import FrameTree

TASKS_MAX: Final = 1_000_000
"""Tasks that a rehearsal starts; results that it doesn't come to aren't kept."""
_UNKNOWN_PLACE: Final = 1 << 60
"""Made-up answers come after all that are known."""

NEW_STEP: Final = "new step"
NOT_RUN_BEFORE: Final = "did not run before"
NOT_REACHED: Final = "not reached any more"
NO_LONGER_PASSES: Final = "its earlier result doesn't pass any more"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one task. `reason`: why it runs; "" when its result is kept."""

    node: TaskNode
    reason: str
    result: ResultKept | None


@dataclass(slots=True)
class Rehearsed:
    """What became of the tasks that were started, by address, in their order; and whether there were too many."""

    verdicts: dict[str, Verdict] = field(default_factory=dict)
    cut_short: bool = False


def rehearsed(
    plan: Plan,
    started: RunStarted,
    earlier: Mapping[str, Earlier],
    secrets: Mapping[str, str],
    from_: StartingPoint | None,
    is_new: Callable[[Node], bool],
) -> Rehearsed:
    """Go through the run that would be.

    Args:
        started: What it starts with.
        secrets: Values of the plan's secrets, as far as they are known.
        from_: Where a person wants it to begin again.
        is_new: Whether a step stands in no place of the earlier plan.
    """
    found = Rehearsed()
    dirt = Dirt(plan)
    kept = _Judge(found, dirt, earlier, secrets, from_, is_new)
    machine = Machine(plan, secrets=secrets, kept=kept, tree=_ForgivingTree(found, dirt))
    timers = _RetryTimers()
    try:
        timers.note(machine.handle(started))
        while (fired := timers.next()) is not None:
            timers.note(machine.handle(fired))
    except _TooManyError:
        found.cut_short = True
    return found


class _TooManyError(Exception):
    """The rehearsal has gone on for long enough."""


class _Judge(KeptResults):
    """Answers every task that starts, and says what would become of it."""

    def __init__(
        self,
        found: Rehearsed,
        dirt: Dirt,
        earlier: Mapping[str, Earlier],
        secrets: Mapping[str, str],
        from_: StartingPoint | None,
        is_new: Callable[[Node], bool],
    ) -> None:
        super().__init__(secrets)
        self.asked = True
        self._found = found
        self._dirt = dirt
        self._earlier = earlier
        self._hidden = secrets
        self._from = from_
        self._is_new = is_new
        self._starts = 0

    def take(self, frame: TaskFrame, arguments: Mapping[str, Value]) -> bool:
        self._starts += 1
        if self._starts > TASKS_MAX:
            raise _TooManyError
        address, node = frame.address, frame.node
        earlier = self._earlier.get(address)
        result = earlier.result if earlier is not None else None
        reason = self._reason(frame, arguments, earlier)
        self._found.verdicts[address] = Verdict(node, reason, result)
        answer = result or _made_up(frame, self._starts)
        heapq.heappush(self.taken, (answer.place, frame, answer))
        return True

    def _reason(self, frame: TaskFrame, arguments: Mapping[str, Value], earlier: Earlier | None) -> str:
        node = frame.node
        assert frame.parent is not None
        if frame.address in self._found.verdicts:
            # It took its result and was tried again: by its own `schema`, or with the block around it.
            return NO_LONGER_PASSES
        if self._from is not None and (reason := self._from.reason(frame)):
            return reason
        if earlier is None:
            return NEW_STEP if self._is_new(node) else NOT_RUN_BEFORE
        if earlier.node.kind != node.kind:
            return f"its kind changed from {earlier.node.kind} to {node.kind}"
        asked = fingerprint(node.kind, arguments, self._hidden)
        if asked != fingerprint(node.kind, earlier.arguments, self._hidden):
            return self._dirt.cause(frame.parent, node) or self._changed(arguments, earlier.arguments)
        return earlier.fate or self._dirt.cause(frame.parent, node)

    def _changed(self, now: Mapping[str, Value], before: Mapping[str, Value]) -> str:
        new, old = told_arguments(now, self._hidden), told_arguments(before, self._hidden)
        names = [f"'{name}'" for name in {**old, **new} if name not in old or name not in new or old[name] != new[name]]
        return f"argument{'s' if len(names) > 1 else ''} {', '.join(names)} changed"


class _ForgivingTree(FrameTree):
    """Frames of a rehearsal: no failure that hangs on an answer which isn't known goes on."""

    def __init__(self, found: Rehearsed, dirt: Dirt) -> None:
        super().__init__(_Cancelled(found))
        self._found = found
        self._dirt = dirt

    def end_at_once(self, parent: Frame, key: Key, step: Node | None, outcome: Outcome) -> None:
        if step is not None:
            outcome = self._forgiven(parent, key, step, outcome)
        super().end_at_once(parent, key, step, outcome)

    def _step_ended(self, frame: Frame, step: Node, outcome: Outcome) -> Outcome:
        assert frame.parent is not None
        return super()._step_ended(frame, step, self._forgiven(frame.parent, frame.key, step, outcome))

    def _forgiven(self, parent: Frame, key: Key, step: Node, outcome: Outcome) -> Outcome:
        if isinstance(outcome, Cancelled):
            return outcome
        address, failed = child_address(parent.address, key), isinstance(outcome, Failed)
        verdict = self._found.verdicts.get(address)
        if verdict is None or not verdict.reason:
            cause = self._dirt.cause(parent, step, wider=True)
            if verdict is not None and failed:
                cause = cause or NO_LONGER_PASSES
                self._found.verdicts[address] = Verdict(verdict.node, cause, verdict.result)
            elif verdict is None and failed and cause and isinstance(step, TaskNode):
                # Its arguments couldn't even be worked out.
                self._note(address, step, cause)
            if not cause and not self._dirt.holds(parent, key):
                return outcome
        self._dirt.mark(parent, key, step)
        return Succeeded(None) if failed else outcome

    def _note(self, address: str, node: TaskNode, cause: str) -> None:
        if not isinstance(node.task, PureTask):
            self._found.verdicts[address] = Verdict(node, cause, None)


class _Cancelled:
    """Implements `Observer`: a step that is cancelled before it begins, such as a loser, doesn't run again."""

    def __init__(self, found: Rehearsed) -> None:
        self._found = found

    def step_finished(self, address: str, node: Node, record: StepRecord) -> None:
        if record.status is Status.CANCELLED:
            self._found.verdicts.pop(address, None)

    def step_started(self, address: str, node: Node, time: float) -> None:
        pass

    def step_retrying(self, address: str, node: Node, failure: Failure, attempt: int, due: float) -> None:
        pass

    def block_opened(self, address: str, node: Node, total: int, limit: int) -> None:
        pass


class _RetryTimers:
    """Waits for another attempt, which a rehearsal makes at once; timeouts never come."""

    def __init__(self) -> None:
        self._due: list[tuple[float, str, str]] = []

    def note(self, commands: list[Command]) -> None:
        for command in commands:
            if isinstance(command, SetTimer) and command.name.startswith("retry"):
                heapq.heappush(self._due, (command.due, command.address, command.name))

    def next(self) -> TimerFired | None:
        if not self._due:
            return None
        due, address, name = heapq.heappop(self._due)
        return TimerFired(time=due, address=address, name=name)


def _made_up(frame: TaskFrame, number: int) -> ResultKept:
    time = frame.began
    place = _UNKNOWN_PLACE + number
    return ResultKept(
        time=time, address=frame.address, attempt=1, value=None, started=time, place=place, fingerprint=b""
    )
