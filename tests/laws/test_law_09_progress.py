"""Law 9. No deadlock: any nesting, any limits, any pools of at least 1. The driver raises when a run can't go on."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from law_settings import law, seeds

from braid.machine.outcome import Succeeded
from braid.testing.generator import workflows
from braid.testing.laws import driven, with_limit_one
from braid.testing.profiles import EVERYTHING


@law
@given(workflows(EVERYTHING), seeds)
def test_every_run_ends_when_all_limits_are_one(values: dict[str, Any], seed: int) -> None:
    driven(with_limit_one(values), seed, max_concurrency=1)


@law
@given(st.lists(st.sampled_from(["parallel", "foreach", "graph", "group"]), min_size=1, max_size=5), seeds)
def test_nested_limits_of_one_with_one_pool_of_one_come_to_an_end(kinds: list[str], seed: int) -> None:
    steps: list[dict[str, Any]] = [{"work": {"value": 1}, "pool": "only"}, {"work": {"value": 2}, "pool": "only"}]
    for kind in kinds:
        steps = [wrapped(kind, steps), {"work": {"value": 3}, "pool": "only"}]

    run = driven({"name": "nested", "pools": {"only": 1}, "steps": steps}, seed)

    assert isinstance(run.outcome, Succeeded)


def wrapped(kind: str, steps: list[dict[str, Any]]) -> dict[str, Any]:
    match kind:
        case "parallel":
            return {"parallel": {"max_concurrency": 1, "branches": [steps, steps]}}
        case "foreach":
            return {"foreach": {"items": [1, 2], "max_concurrency": 1, "steps": steps}}
        case "graph":
            return {"graph": {"max_concurrency": 1, "steps": steps}}
    return {"steps": steps}
