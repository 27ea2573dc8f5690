"""The workflows that are simulated: a number is a workflow, the same one for as long as the generator is."""

from __future__ import annotations

import enum
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

from hypothesis import strategies as st

from braid.language.task_kind import TaskError
from braid.testing.generator import STEPS_MAX, Writer
from braid.testing.laws import plan_of
from braid.testing.profiles import CALM, COMPARABLE, EVERYTHING, Profile
from braid.testing.reference import Answer
from braid.testing.simulation import Simulation
from braid.testing.work import answer

Value = Any  # plain values of a workflow file, see language.task_kind.Value
T = TypeVar("T")

UNRELIABLE_PERCENT = 10
"""How many attempts of an unreliable task fail."""


class Compared(enum.Enum):
    """How much of a run's outcome must be what it is without a crash."""

    WHOLE = enum.auto()
    PLACE = enum.auto()
    """Of a failure only what failed and where: which of several failures came first hangs on the order."""
    NOTHING = enum.auto()
    """The result hangs on who comes first; what was decided before the crash must stay decided."""


@dataclass(frozen=True, slots=True)
class Ground:
    """A kind of generated workflows."""

    name: str
    profile: Profile
    compared: Compared

    def workflow(self, number: int) -> dict[str, Value]:
        """The generated workflow of this number, as the plain values of its file."""
        return DiceWriter(number, self.profile).workflow()


CALM_GROUND = Ground("calm", replace(CALM, draws=True), Compared.WHOLE)
COMPARABLE_GROUND = Ground("comparable", replace(COMPARABLE, draws=True), Compared.PLACE)
RACING_GROUND = Ground("racing", replace(EVERYTHING, draws=True, moments=True), Compared.NOTHING)
GROUNDS = (CALM_GROUND, COMPARABLE_GROUND, RACING_GROUND)


def simulations(
    values: Mapping[str, Value], compared: Compared, seeds: Iterable[int], **options: Any
) -> Iterator[Simulation]:  # Any: Life's own
    """The simulations of a workflow of `work` steps.

    Where results aren't compared, tasks also fail for no reason, and half of the runs are told to end.
    """
    plan = plan_of(values)
    inputs = {"n": 3} if "inputs" in values else {}
    for seed in seeds:
        if compared is Compared.NOTHING:
            cancel_at = random.Random(seed).choice([None, None, 1, 2, 4, 7])
            yield Simulation(plan, inputs, unreliable(seed), seed=seed, cancel_at=cancel_at, **options)
        else:
            yield Simulation(plan, inputs, answer, seed=seed, **options)


def unreliable(seed: int) -> Answer:
    """The answers of `work`, but for some attempts, the same ones in every life of a run, that fail."""

    def answered(address: str, attempt: int, kind: str, arguments: Mapping[str, Value]) -> Value:
        if random.Random(f"{seed}, {address}, {attempt}").randrange(100) < UNRELIABLE_PERCENT:
            raise TaskError("out of order", type="work")
        return answer(address, attempt, kind, arguments)

    return answered


class DiceWriter(Writer):
    """Writes the workflow of a number: quicker than a search by hypothesis, and the number is all there is to keep."""

    def __init__(self, number: int, profile: Profile) -> None:
        # The four ways to choose below are all that the writer draws by.
        super().__init__(cast("st.DrawFn", None), profile, STEPS_MAX)
        self.random = random.Random(number)

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    def number(self, least: int, most: int) -> int:
        return self.random.randint(least, most)

    def one_of(self, choices: Sequence[T]) -> T:
        return self.random.choice(choices)

    def shuffled(self, choices: Sequence[T]) -> list[T]:
        return self.random.sample(choices, len(choices))
