"""Law 7. Inner outputs appear outside exactly when their branch was accepted."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from law_settings import law, seeds

from braid.machine.outcome import Succeeded
from braid.testing.flat import FlatParallel, flat_parallels
from braid.testing.generator import workflows
from braid.testing.law_cases import check_merge_refuses
from braid.testing.laws import check_flat, check_reference
from braid.testing.profiles import EVERYTHING
from braid.testing.script import Script


@law
@given(flat_parallels(), seeds)
def test_exactly_the_accepted_branches_are_visible_after_the_block(flat: FlatParallel, seed: int) -> None:
    check_flat(flat, seed)


@law
@given(workflows(EVERYTHING), seeds)
def test_every_reference_sees_what_the_reference_interpreter_sees(values: dict[str, Any], seed: int) -> None:
    check_reference(values, seed)


keys = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 9), max_size=3)


@law
@given(keys, keys, seeds)
def test_a_key_that_two_branches_give_is_refused(first: dict[str, int], second: dict[str, int], seed: int) -> None:
    check_merge_refuses(first, second, seed)


def test_steps_of_a_failed_attempt_are_forgotten() -> None:
    group = {
        "retry": {"attempts": 2, "delay": "1s"},
        "steps": [
            {"id": "maybe", "if": "inputs.first", "work": {"value": 1}},
            {"id": "risky", "work": {"value": 2}},
        ],
    }
    values = {
        "name": "attempts",
        "inputs": {"first": {"type": "boolean", "default": True}},
        "steps": [{"id": "block", **group}, {"set": "{{ maybe | default('absent') }}"}],
    }
    run = Script.of(values, {"first": True})

    run.finish("maybe", "kept?")
    run.fail("risky")
    run.fire("block")
    run.finish("maybe", "second")
    run.finish("risky", 1)

    assert run.outcome == Succeeded("second")
