"""Edit and continue: what is kept can't be told from what would be computed anew, and what is announced comes true."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from itertools import count, islice

import pytest

from braid.history import dirt, earlier, rehearsal
from braid.history.carry_over import AGAIN, KEPT, NEW
from braid.machine import kept_results
from braid.testing.simulation_edits import Edit, edits
from braid.testing.simulation_grounds import CALM_GROUND, COMPARABLE_GROUND, Ground
from braid.testing.watcher import LawBrokenError

Patch = pytest.MonkeyPatch

EDITS = 400
"""Edits of each ground."""
EDITS_UNTIL_NOTICED = 100
"""A planted fault must show by then."""


def first_edits(ground: Ground, number: int) -> Iterator[Edit]:
    """So many edits, of one workflow after the other."""
    return islice((edit for workflow in count() for edit in edits(ground, workflow, workflow % 7)), number)


@pytest.mark.parametrize("ground", [CALM_GROUND, COMPARABLE_GROUND], ids=lambda ground: ground.name)
def test_an_edited_run_comes_to_what_a_run_from_the_beginning_comes_to(ground: Ground) -> None:
    fates = dict.fromkeys((KEPT, AGAIN, NEW), 0)
    for edit in first_edits(ground, EDITS):
        carried = edit.check()
        for fate in fates:
            fates[fate] += carried.count(fate)

    # A check of nothing would hold as well.
    assert min(fates.values()) > EDITS // 10, fates


def arguments_not_compared(patch: Patch) -> None:
    for module in (kept_results, earlier, rehearsal):
        patch.setattr(module, "fingerprint", lambda kind, arguments, secrets: b"same")


def dependents_kept(patch: Patch) -> None:
    patch.setattr(dirt.Dirt, "cause", lambda self, parent, node, wider=False: "")


def results_lost(patch: Patch) -> None:
    patch.setattr(kept_results.KeptResults, "add", lambda self, event: None)


FAULTS: list[Callable[[Patch], None]] = [
    arguments_not_compared,
    dependents_kept,
    results_lost,
]


@pytest.mark.parametrize("plant", FAULTS, ids=lambda plant: plant.__name__)
def test_the_simulation_notices(plant: Callable[[Patch], None], monkeypatch: Patch) -> None:
    plant(monkeypatch)

    with pytest.raises(LawBrokenError):
        deque((edit.check() for edit in first_edits(CALM_GROUND, EDITS_UNTIL_NOTICED)), maxlen=0)
