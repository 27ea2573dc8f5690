"""Examples with one mistake each: most mistakes are told where they were made. `benchmarks/mutations.py` tries all."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SAMPLE = 700
SEED = 5
FLOOR = 0.95


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))


def test_mistakes_are_told_where_they_were_made() -> None:
    from mutations import diagnosed, judged
    from suite.mutating import mutations

    every = [each for file in sorted((ROOT / "examples").glob("*.braid.yaml")) for each in mutations(file, SEED)]
    chosen = random.Random(SEED).sample(every, SAMPLE)
    wrong = hit = 0
    for mutation in chosen:
        is_wrong, is_hit = judged(mutation, diagnosed(mutation))
        wrong += is_wrong
        hit += is_hit

    assert wrong > SAMPLE / 2
    assert hit >= FLOOR * wrong, f"{hit} of {wrong}"


def test_what_is_told_elsewhere_is_no_hit(tmp_path: Path) -> None:
    from mutations import diagnosed, judged
    from suite.mutating import Mutation

    text = "name: x\nsteps:\n  - log: a\n  - lgo: b\n"
    right, wrong = text.index("lgo"), text.index("log")
    mutations = [Mutation(tmp_path / "x", "key", text, [(at, at + 3)], True, "") for at in (right, wrong)]

    assert [judged(each, diagnosed(each)) for each in mutations] == [(True, True), (True, False)]


def test_mutations_follow_from_their_seed() -> None:
    from suite.mutating import mutations

    file = ROOT / "examples" / "races.braid.yaml"

    assert list(mutations(file, 1)) == list(mutations(file, 1))
    assert list(mutations(file, 1)) != list(mutations(file, 2))
