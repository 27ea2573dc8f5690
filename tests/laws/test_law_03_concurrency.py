"""Law 3. Concurrency changes how long a block takes, never what it returns."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from law_settings import law, seeds

from braid.testing.generator import workflows
from braid.testing.law_cases import check_breaks
from braid.testing.laws import check_concurrency_changes_nothing, check_reference
from braid.testing.profiles import CALM, EVERYTHING, Profile


@law
@given(workflows(EVERYTHING), seeds)
def test_with_limits_of_one_every_step_is_what_the_reference_interpreter_says(
    values: dict[str, Any], seed: int
) -> None:
    check_reference(values, seed)


@law
@given(workflows(Profile()), seeds)
def test_any_limit_and_any_order_give_the_result_of_limit_one(values: dict[str, Any], seed: int) -> None:
    check_concurrency_changes_nothing(values, seed)


@law
@given(workflows(CALM), seeds)
def test_where_nothing_fails_the_results_are_equal_to_the_last_value(values: dict[str, Any], seed: int) -> None:
    check_concurrency_changes_nothing(values, seed)


@law
@given(st.integers(1, 8), st.integers(1, 8), st.sets(st.integers(0, 7)), st.sets(st.integers(0, 7)), seeds)
def test_items_after_the_first_that_breaks_are_discarded(
    count: int, limit: int, breaking: set[int], continuing: set[int], seed: int
) -> None:
    check_breaks(count, limit, breaking, continuing, seed)
