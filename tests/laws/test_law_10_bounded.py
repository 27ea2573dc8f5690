"""Law 10. Every loop, jump and nesting depth has a limit, and reaching it is a clear failure."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from law_settings import law, seeds

from braid.testing.generator import workflows
from braid.testing.law_cases import check_attempts, check_goto_bound, check_loop_bound
from braid.testing.laws import driven
from braid.testing.profiles import EVERYTHING


@law
@given(workflows(EVERYTHING), seeds)
def test_every_generated_run_ends_within_the_events_that_its_bounds_allow(values: dict[str, Any], seed: int) -> None:
    driven(values, seed)


@law
@given(st.integers(1, 20), seeds)
def test_a_goto_that_jumps_once_more_than_it_may_fails(most: int, seed: int) -> None:
    check_goto_bound(most, seed)


@law
@given(st.integers(1, 20), seeds)
def test_a_loop_never_has_more_iterations_than_its_max(most: int, seed: int) -> None:
    check_loop_bound(most, seed)


@law
@given(st.integers(1, 6), st.integers(0, 8), seeds)
def test_a_step_is_tried_no_more_often_than_its_attempts(attempts: int, failing: int, seed: int) -> None:
    check_attempts(attempts, failing, seed)
