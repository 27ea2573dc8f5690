"""Law 8 and law 6: cut off at every append and resumed, a run comes to what it would have come to.

`make soak SECONDS=60` tries new workflows.
"""

from __future__ import annotations

from braid.testing.simulation_soak import fixed_batches, trials

TRIPLES_MIN = 20_000


def test_runs_that_are_cut_off_come_to_what_they_would_have_come_to() -> None:
    triples, failures = 0, []

    for trial in trials(fixed_batches(), triples_wanted=TRIPLES_MIN):
        triples += trial.triples
        failures += trial.failures

    print(f"{triples:,} triples of workflow, seed and crash")
    assert failures == []
    assert triples >= TRIPLES_MIN
