"""Crashes at every append, in virtual time: a run is cut off, and what it recorded is lived on by a new life.

    simulation = Simulation(plan, inputs, answer, seed=7)
    for crash in simulation.crashes():
        life = simulation.resumed(crash)

The same plan and seed give the same lives, whatever was asked before.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from braid.language.plan import Plan
from braid.language.task_kind import Value
from braid.testing.driver import GRID_SECONDS, GRID_STEPS_MAX
from braid.testing.reference import Answer
from braid.testing.simulation_life import Life

DOWNTIMES_SECONDS = (0.0, GRID_SECONDS, GRID_SECONDS * GRID_STEPS_MAX, 3_600.0, 2 * 86_400.0)
"""How long nobody is there after a crash."""


@dataclass(frozen=True, slots=True)
class Crash:
    """The process is gone at append number `append` of a life, from 0.

    Attributes:
        kept: False: just before it, the events are lost. True: just after it, nothing was done about them yet.
    """

    append: int
    kept: bool

    def __str__(self) -> str:
        return f"{'after' if self.kept else 'before'} append {self.append}"


class Simulation:
    """One plan and one seed.

    Args:
        life: The class of lives.
        options: As for Life.

    Attributes:
        whole: The run without a crash, lived to its end.
    """

    def __init__(
        self,
        plan: Plan,
        inputs: Mapping[str, Value],
        answer: Answer,
        *,
        seed: int,
        life: type[Life] = Life,
        **options: Any,  # Any: Life's own
    ) -> None:
        self._arguments = (plan, inputs, answer)
        self.seed = seed
        self._life = life
        self._options = options

    @cached_property
    def whole(self) -> Life:
        return self._lived(f"{self.seed}")

    def crashes(self, life: Life | None = None) -> list[Crash]:
        """Every place where a life can be cut off; of one that was resumed, those after the replay."""
        cut = life or self.whole
        first = len(cut.batches) - cut.appends
        return [Crash(append, kept) for append in range(first, len(cut.batches)) for kept in (False, True)]

    def resumed(self, crash: Crash, life: Life | None = None, cause: str = "") -> Life:
        """What becomes of a run that is cut off and resumed, lived to its end.

        Args:
            life: The one that is cut off; the first unless given.
            cause: Any text; another gives another order of things after the crash.
        """
        cut = life or self.whole
        seed = f"{cut.seed}, {crash}{cause}"
        recorded = cut.batches[: crash.append + crash.kept]
        count = sum(len(batch) for batch in recorded)
        last = cut.events[count - 1].time if count else cut.born
        return self._lived(seed, recorded=recorded, born=last + random.Random(seed).choice(DOWNTIMES_SECONDS))

    def _lived(self, seed: str, **given: Any) -> Life:  # Any: Life's own
        plan, inputs, answer = self._arguments
        life = self._life(plan, inputs, answer, seed=seed, **given, **self._options)
        life.run()
        return life
