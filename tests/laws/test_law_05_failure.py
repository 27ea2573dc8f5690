"""Law 5. The first failure ends a block that doesn't settle, and when a block has ended, nothing of it is running.

The watcher of every driven run checks the second half at the end of each block; cancelled tasks answer late there.
"""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from law_settings import law, seeds

from braid.machine.outcome import Cancelled
from braid.testing.flat import FlatParallel, flat_parallels
from braid.testing.generator import workflows
from braid.testing.law_cases import check_clean_up
from braid.testing.laws import check_cancel, check_flat, driven
from braid.testing.profiles import EVERYTHING
from braid.testing.script import Script, started


@law
@given(flat_parallels(), seeds)
def test_the_first_failure_decides_and_the_error_names_its_branch(flat: FlatParallel, seed: int) -> None:
    check_flat(flat, seed)


@law
@given(workflows(EVERYTHING), seeds)
def test_when_a_block_has_ended_nothing_of_it_is_running(values: dict[str, Any], seed: int) -> None:
    driven(values, seed)


@law
@given(workflows(EVERYTHING), seeds, st.integers(1, 30))
def test_a_cancelled_run_ends_with_nothing_running(values: dict[str, Any], seed: int, at: int) -> None:
    check_cancel(values, seed, at)


@law
@given(st.integers(1, 2), seeds)
def test_cancelled_blocks_clean_up_before_they_end(at: int, seed: int) -> None:
    check_clean_up(at, seed)


def test_a_queued_branch_never_starts_after_a_failure_and_running_ones_are_awaited() -> None:
    run = Script.of(four_branches(limit=3))
    assert started(run) == ["a", "b", "c"]

    run.fail("b")
    assert sorted(run.cancelling) == ["block/0/a", "block/2/c"]
    assert run.outcome is None

    run.finish("a", 1)
    assert run.outcome is None
    run.acknowledge("c")
    assert started(run) == []
    assert run.outcome is not None


def test_a_run_cancelled_by_a_person_is_not_a_failed_run() -> None:
    run = Script.of(four_branches(limit=2))

    run.cancel()
    run.acknowledge("a")
    run.acknowledge("b")

    assert isinstance(run.outcome, Cancelled)


def four_branches(limit: int) -> dict[str, Any]:
    branches = [[{"id": name, "work": {"value": name}}] for name in "abcd"]
    return {"name": "four", "steps": [{"id": "block", "parallel": {"max_concurrency": limit, "branches": branches}}]}
