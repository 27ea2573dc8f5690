"""Law 4. Nothing that a branch does or holds is seen by a sibling; data is data, whatever it looks like."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from law_settings import law, seeds

from braid.testing.generator import workflows
from braid.testing.law_cases import check_data_is_not_rendered, check_isolation, check_siblings
from braid.testing.laws import interpreted, require_equal, run_result, told
from braid.testing.profiles import CALM

documents = st.recursive(
    st.integers(0, 9) | st.sampled_from(["a", "b"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["k", "m"]), inner, max_size=2),
    max_leaves=8,
)
tricky = st.sampled_from(
    ["{{ 1 + 1 }}", "{{ inputs }}", "{% if true %}x{% endif %}", "{# gone #}", "{{", "}}", "$HOME"]
)


@settings(law, max_examples=20)
@given(documents, st.integers(1, 4))
def test_a_step_that_changes_what_it_was_given_changes_its_own_copy(data: Any, limit: int) -> None:
    check_isolation(data, limit)


@law
@given(st.integers(1, 5), st.integers(1, 5), seeds)
def test_no_branch_sees_a_step_of_another(count: int, limit: int, seed: int) -> None:
    check_siblings(count, limit, seed)


@law
@given(tricky | st.text(max_size=20), seeds)
def test_a_value_that_looks_like_a_template_stays_as_it_is(text: str, seed: int) -> None:
    check_data_is_not_rendered(text, seed)


@settings(law, max_examples=25)
@given(workflows(CALM))
def test_the_real_executor_gives_what_the_reference_interpreter_gives(values: dict[str, Any]) -> None:
    result = run_result(values, {"n": 3})

    require_equal(3, "output", {"succeeded": result.output}, told(interpreted(values).outcome))


@pytest.mark.parametrize("limit", [1, 3])
def test_each_branch_knows_its_own_index_and_that_of_the_block_around_it(limit: int) -> None:
    inner = {"parallel": {"branches": [[{"set": ["{{ branch.parent.index }}", "{{ branch.index }}"]}]] * 2}}
    block = {"max_concurrency": limit, "branches": [[inner] for _ in range(3)]}

    result = run_result({"name": "indexes", "steps": [{"parallel": block}]})

    assert result.output == [[[outer, index] for index in range(2)] for outer in range(3)]
