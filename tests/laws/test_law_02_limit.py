"""Law 2. Never more than `max_concurrency` branches in progress, and never fewer while some wait.

The watcher of every driven run checks both after each event; here are the workflows, and which limit wins.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from law_settings import law, seeds

from braid.testing.generator import workflows
from braid.testing.law_cases import check_limits
from braid.testing.laws import driven
from braid.testing.profiles import CALM

limits = st.none() | st.integers(1, 4)


@law
@given(workflows(CALM), seeds)
def test_every_block_is_as_wide_as_it_may_be(values: dict[str, Any], seed: int) -> None:
    driven(values, seed)


@law
@given(st.sampled_from(["parallel", "graph", "foreach"]), limits, limits, limits, seeds)
def test_own_limit_wins_over_the_command_line_over_the_file_over_the_default(
    kind: str, own: int | None, override: int | None, file: int | None, seed: int
) -> None:
    check_limits(kind, own, override, file, seed)


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_limits_of_nested_blocks_count_on_their_own(limit: int) -> None:
    inner = {"parallel": {"max_concurrency": limit, "branches": [[{"work": {"value": 1}}] for _ in range(6)]}}
    outer = {"parallel": {"max_concurrency": 2, "branches": [[{"id": f"in{n}", **inner}] for n in range(4)]}}

    run = driven({"name": "nested", "steps": [{"id": "out", **outer}]}, seed=7)

    assert run.watcher.widest["out"] == 2
    assert {run.watcher.widest[f"out/{n}/in{n}"] for n in range(4)} == {limit}
