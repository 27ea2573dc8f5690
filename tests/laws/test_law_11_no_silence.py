"""Law 11. No step is skipped, defaulted or swallowed without a record that says why."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from law_settings import law, seeds

from braid.machine.outcome import Status
from braid.testing.generator import workflows
from braid.testing.laws import check_reference, driven
from braid.testing.profiles import EVERYTHING


@law
@given(workflows(EVERYTHING), seeds)
def test_every_step_that_the_run_came_to_has_a_record(values: dict[str, Any], seed: int) -> None:
    check_reference(values, seed)


@law
@given(workflows(EVERYTHING), seeds)
def test_a_record_that_is_no_plain_success_says_why(values: dict[str, Any], seed: int) -> None:
    for record in driven(values, seed).watcher.records.values():
        if record.status is Status.SKIPPED:
            assert record.reason
        if record.status is Status.FAILED:
            assert record.error is not None
            assert record.error.message
            assert record.error.address


def test_a_block_that_took_no_way_says_so() -> None:
    switch = {"value": 3, "cases": [{"when": 1, "steps": [{"set": 1}]}]}
    steps = [
        {"id": "s", "switch": switch},
        {"id": "i", "if": "false", "then": [{"set": 1}]},
        {"id": "f", "work": {"fail": 1}, "fallback": {"value": 1}},
    ]

    records = driven({"name": "ways", "steps": steps}, seed=1).watcher.records

    assert [records[name].reason != "" for name in "sif"] == [True, True, True]
