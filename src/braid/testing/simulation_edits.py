"""Edits of a workflow whose run was cut off: it goes on with the edited one, and keeps what may be kept.

The oracle is a run of the edited workflow from its beginning: tasks give what follows from their address and their
arguments, so what is kept can't be told from what would be computed anew. And what was announced must come true.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from braid.history.carry_over import AGAIN, KEPT, CarryOver, carry_over
from braid.history.earlier import Earlier, earlier_tasks
from braid.language.plan import Plan
from braid.machine import Machine
from braid.machine.events import Event, RunEdited, RunStarted
from braid.machine.frames import TaskFrame
from braid.machine.kept_results import KeptResults
from braid.machine.outcome import Failed
from braid.testing.driver import START_TIME
from braid.testing.laws import plan_of, require_equal, told
from braid.testing.reference import Answer
from braid.testing.simulation import Crash, Simulation
from braid.testing.simulation_grounds import Ground
from braid.testing.simulation_life import Life
from braid.testing.watcher import LawBrokenError
from braid.testing.work import answer

Value = Any  # plain values of a workflow file, see language.task_kind.Value

EDITS_MAX = 3
CUTS_PER_EDIT = 3
"""Crashes of the first run that one edit is tried after."""
DOWNTIME_SECONDS = 3_600.0


class Noting(KeptResults):
    """Takes note of the addresses whose results were taken."""

    def __init__(self) -> None:
        super().__init__({})
        self.took: set[str] = set()

    def take(self, frame: TaskFrame, arguments: Mapping[str, Value]) -> bool:
        taken = super().take(frame, arguments)
        if taken:
            self.took.add(frame.address)
        return taken


class EditedLife(Life):
    """A life that begins with what was kept; see `Life`.

    Args:
        first: From RunEdited to RunStarted.
    """

    def __init__(
        self,
        plan: Plan,
        inputs: Mapping[str, Value],
        answer: Answer,
        *,
        seed: str,
        first: Sequence[Event],
        born: float,
    ) -> None:
        super().__init__(plan, inputs, answer, seed=seed, born=born)
        self.kept_results = Noting()
        self.machine = Machine(plan, secrets={}, observer=self.watcher, kept=self.kept_results)
        self._given = first

    def _first(self) -> list[Event]:
        return list(self._given)


@dataclass(frozen=True, slots=True)
class Edit:
    """A workflow before and after an edit, and a crash of the run before it."""

    before: Mapping[str, Value]
    after: Mapping[str, Value]
    crash: Crash
    seed: int

    def check(self) -> CarryOver:
        """Go on with the edited workflow and compare.

        Raises:
            LawBrokenError: The result isn't that of a run from the beginning, something that was announced as kept ran
                again, or the other way round.
        """
        old, new = plan_of(self.before), plan_of(self.after)
        inputs = {"n": 3} if "inputs" in self.before else {}
        first = Simulation(old, inputs, answer, seed=self.seed).whole
        recorded = first.events[: _events_until(first, self.crash)]
        if not recorded:
            recorded = first.events[:1]
        started = recorded[0]
        assert isinstance(started, RunStarted)
        earlier = earlier_tasks(old, recorded, {})
        born = recorded[-1].time + DOWNTIME_SECONDS
        carried = carry_over(old, earlier, new, started, {}, born)
        edited = RunEdited(time=born, files=())
        seed = f"{self.seed}, edited"
        life = EditedLife(new, inputs, answer, seed=seed, first=[edited, *carried.events, started], born=born)
        life.run()
        anew = Life(new, inputs, answer, seed=seed, born=START_TIME)
        anew.run()
        # Timeouts begin anew with the edit: which of several failures comes first may then be another one.
        if not (isinstance(life.outcome, Failed) and isinstance(anew.outcome, Failed)):
            require_equal(8, "outcome after an edit", told(life.outcome), told(anew.outcome))
        check_announced(life, carried, earlier)
        return carried


def check_announced(life: EditedLife, carried: CarryOver, earlier: Mapping[str, Earlier]) -> None:
    """What was announced as kept doesn't run; what runs was announced."""
    executed = {address for address, _, _ in life.executed}
    kept = {step.address for step in carried.steps if step.fate == KEPT}
    again = {step.address for step in carried.steps if step.fate == AGAIN}
    # A block that is tried again runs its steps again, once their results were taken.
    broken = executed & kept - life.kept_results.took
    if broken or life.kept_results.void:
        raise LawBrokenError(8, f"{sorted(broken | life.kept_results.void)} were announced as kept and ran instead")
    # A failure that isn't expected to come again can't be foreseen, nor what follows it.
    known = {address for address, task in earlier.items() if task.result is not None}
    silent = executed & known - again - kept
    if silent:
        raise LawBrokenError(11, f"{sorted(silent)} ran again and nobody said so")


def edits(ground: Ground, number: int, seed: int) -> Iterator[Edit]:
    """Edits of one generated workflow, after some of the crashes of its run."""
    before = ground.workflow(number)
    chance = random.Random(f"{number}, {seed}")
    inputs = {"n": 3} if "inputs" in before else {}
    simulation = Simulation(plan_of(before), inputs, answer, seed=seed)
    crashes = simulation.crashes()
    for crash in chance.sample(crashes, min(CUTS_PER_EDIT, len(crashes))):
        yield Edit(before, edited(before, chance), crash, seed)


def edited(values: Mapping[str, Value], chance: random.Random) -> dict[str, Value]:
    """The workflow with a few changes that leave all references in it valid."""
    after = copy.deepcopy(dict(values))
    for number in range(chance.randint(1, EDITS_MAX)):
        works = [step for step in _steps(after) if "work" in step]
        match chance.randrange(4):
            case 0 | 1 if works:
                chance.choice(works)["work"]["value"] = f"edited {number}"
            case 2:
                steps = chance.choice(list(_lists(after)))
                steps.insert(chance.randint(0, len(steps)), {"id": f"new{number}", "work": {"value": number}})
            case _ if works:
                # The output alone: what the task gave is still good, what uses it isn't.
                chance.choice(works)["output"] = f"{{{{ result + {number + 1} }}}}"
    return after


def _steps(part: Value) -> Iterator[dict[str, Value]]:
    """All steps at any depth: mappings in lists of mappings that have a kind."""
    for steps in _lists(part):
        yield from steps


def _lists(part: Value, key: str = "") -> Iterator[list[dict[str, Value]]]:
    """All step lists at any depth."""
    if isinstance(part, list):
        if key in ("steps", "then", "else", "default", "finally", "on_failure", "try") and _holds_steps(part):
            yield part
        for item in part:
            # Branches are a list of step lists.
            yield from _lists(item, "steps" if key == "branches" else "")
    elif isinstance(part, dict):
        for name, value in part.items():
            if name in ("items", "value", "work", "set", "vars", "inputs"):
                continue
            if name == "branches" and isinstance(value, dict):
                for branch in value.values():
                    yield from _lists(branch, "steps")
            elif name == "graph":
                # Steps of a graph are ordered by what they mention: inserted ones would change that.
                for step in value if isinstance(value, list) else value.get("steps", []):
                    yield from _lists(step)
            else:
                yield from _lists(value, name)


def _holds_steps(part: list[Value]) -> bool:
    return bool(part) and all(isinstance(item, dict) for item in part)


def _events_until(life: Life, crash: Crash) -> int:
    return sum(len(batch) for batch in life.batches[: crash.append + crash.kept])
