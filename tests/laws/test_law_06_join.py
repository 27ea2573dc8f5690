"""Law 6. `any`, N and expressions decide once; the decision is the same after a crash."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from law_settings import law, seeds

from braid.machine.outcome import Succeeded
from braid.testing.flat import FlatParallel, flat_parallels
from braid.testing.generator import workflows
from braid.testing.laws import check_flat, check_replay, driven
from braid.testing.profiles import EVERYTHING
from braid.testing.script import Script


@law
@given(flat_parallels(), seeds)
def test_the_first_so_many_successes_win(flat: FlatParallel, seed: int) -> None:
    check_flat(flat, seed)


@law
@given(workflows(EVERYTHING), seeds)
def test_the_same_events_lead_to_the_same_decisions(values: dict[str, Any], seed: int) -> None:
    check_replay(values, seed)


@law
@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 6), seeds)
def test_an_expression_ends_the_block_at_the_first_moment_it_holds(
    count: int, limit: int, wanted: int, seed: int
) -> None:
    branches = [[{"work": {"value": index}}] for index in range(count)]
    block = {"branches": branches, "max_concurrency": limit, "wait": f"{{{{ ok >= {min(wanted, count)} }}}}"}

    run = driven({"name": "expression", "steps": [{"id": "block", "parallel": block}]}, seed)

    assert isinstance(run.outcome, Succeeded)
    assert sum(result is not None for result in run.outcome.value) == min(wanted, count)


def test_a_loser_that_succeeds_after_the_decision_stays_a_loser() -> None:
    branches = {name: [{"id": name, "work": {"value": name}}] for name in ("a", "b")}
    run = Script.of({"name": "race", "steps": [{"parallel": {"branches": branches, "wait": "any"}}]})

    run.finish("b", "first")
    run.finish("a", "late")

    assert run.outcome == Succeeded({"a": None, "b": "first"})
