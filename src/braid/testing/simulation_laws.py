"""Laws 6 and 8 as checks of a run that was cut off and resumed: each raises LawBrokenError, or says nothing."""

from __future__ import annotations

import contextlib
import json
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from braid.machine.commands import ClearTimer, SetTimer
from braid.machine.events import TimerFired
from braid.machine.outcome import Failed, Outcome
from braid.testing.laws import require_equal, told
from braid.testing.simulation import Crash
from braid.testing.simulation_grounds import Compared, Ground, simulations
from braid.testing.simulation_life import Life
from braid.testing.watcher import LawBrokenError

Value = Any  # plain values of a workflow file, see language.task_kind.Value

SECOND_CRASH_EVERY = 4
"""One in so many resumed lives is cut off again."""


@dataclass(frozen=True, slots=True)
class Triple:
    """A workflow, a seed and a crash; the second crash is in the life after the first."""

    ground: str
    workflow: int
    seed: int | None = None
    first: Crash | None = None
    second: Crash | None = None

    def __str__(self) -> str:
        crashes = ", then ".join(str(crash) for crash in (self.first, self.second) if crash) or "no crash"
        return f"{self.ground} workflow {self.workflow}, seed {self.seed}, {crashes}"


class SimulationFailedError(AssertionError):
    """A law is broken, or the engine is, at this triple; `__cause__` tells more."""

    def __init__(self, triple: Triple, error: BaseException) -> None:
        super().__init__(f"{triple}: {type(error).__name__}: {error}")
        self.triple = triple


@contextlib.contextmanager
def telling(triple: Triple) -> Iterator[None]:
    """Say at which triple something broke."""
    try:
        yield
    except Exception as error:
        raise SimulationFailedError(triple, error) from error


def tried(ground: Ground, workflow: int, seeds: Iterable[int], **options: Any) -> Iterator[Triple]:  # Any: Life's
    """Cut the runs of a generated workflow at every append, and some of those that follow once more.

    Raises:
        SimulationFailedError: A law is broken. The same workflow and seed show it again.
    """
    values = ground.workflow(workflow)
    with telling(Triple(ground.name, workflow)):
        made = list(simulations(values, ground.compared, seeds, **options))
    for simulation in made:
        seed = simulation.seed
        chosen = random.Random(f"{workflow}, {seed}")
        with telling(Triple(ground.name, workflow, seed)):
            check_timers(simulation.whole)
            expected = Expected(values, ground.compared, simulation.whole.outcome)
        for first in simulation.crashes():
            triple = Triple(ground.name, workflow, seed, first)
            with telling(triple):
                life = simulation.resumed(first)
                check_resumed(simulation.whole, life)
                expected.check(life)
            yield triple
            if life.appends and chosen.randrange(SECOND_CRASH_EVERY) == 0:
                second = chosen.choice(simulation.crashes(life))
                twice = replace(triple, second=second)
                with telling(twice):
                    again = simulation.resumed(second, life)
                    check_resumed(life, again)
                    expected.check(again)
                yield twice


def check_resumed(cut: Life, resumed: Life) -> None:
    """What was recorded leads to what it led to before the crash, and timers and tasks go on where they were."""
    count = resumed.recorded
    for number in range(count):
        if resumed.commands[number] != cut.commands[number]:
            require_equal(6, f"event {number}", str(resumed.commands[number]), str(cut.commands[number]))
    if count:
        log, known = resumed.watcher.log[: resumed.marks[count - 1]], cut.watcher.log[: cut.marks[count - 1]]
        require_equal(6, "records after the replay", log, known)
    if len(set(resumed.executed)) < len(resumed.executed):
        raise LawBrokenError(8, f"something is executed twice: {resumed.executed}")
    check_timers(resumed)


def check_timers(life: Life) -> None:
    """A timer fires when it is due; one that came due when nobody was there at once, in the order of their times."""
    waiting: dict[tuple[str, str], tuple[float, float]] = {}
    overdue = 0.0
    for number, (event, commands) in enumerate(zip(life.events, life.commands, strict=True)):
        if isinstance(event, TimerFired):
            due, set_at = waiting.pop((event.address, event.name), (event.time, event.time))
            if number >= life.recorded:
                require_equal(8, f"{event.name} of {event.address} fired", event.time, max(due, set_at, life.born))
                if due < min(overdue, life.born):
                    raise LawBrokenError(8, f"{event.name} of {event.address} was due before one that fired before it")
                overdue = max(overdue, due)
        for command in commands:
            if isinstance(command, SetTimer):
                waiting[command.address, command.name] = command.due, event.time
            # One that fires in the moment in which it is cleared may be on its way.
            elif isinstance(command, ClearTimer) and waiting[command.address, command.name][0] > event.time:
                del waiting[command.address, command.name]


class Expected:
    """Law 8: the result is that of the run without a crash, where it doesn't hang on who comes first."""

    def __init__(self, values: Mapping[str, Value], compared: Compared, outcome: Outcome | None) -> None:
        self._compared = compared
        self._told = told(outcome, whole=compared is Compared.WHOLE)
        # A graph passes on the first of several failures.
        self._any_failure = isinstance(outcome, Failed) and '"graph"' in json.dumps(values)

    def check(self, life: Life) -> None:
        """Whether a resumed run came to the same."""
        if self._compared is Compared.NOTHING:
            return
        whole = self._compared is Compared.WHOLE
        if whole or not (self._any_failure and isinstance(life.outcome, Failed)):
            require_equal(8, "outcome", told(life.outcome, whole=whole), self._told)
