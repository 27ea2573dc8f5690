"""The simulation notices each planted fault, and says at which workflow, seed and crash."""

from __future__ import annotations

from collections import deque

import pytest
from crash_faults import FAULTS, Fault

from braid.testing.simulation_laws import SimulationFailedError, tried

WORKFLOWS = 60
"""Workflows in which a fault must show."""


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_the_simulation_notices(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    fault.plant(monkeypatch)

    with pytest.raises(SimulationFailedError, match=r"workflow \d+, seed \d+.*law "):
        search(fault)


def search(fault: Fault) -> None:
    for workflow in range(WORKFLOWS):
        deque(tried(fault.ground, workflow, [0, 1]), maxlen=0)
