"""Each planted fault breaks the law that is there to notice it."""

from __future__ import annotations

import pytest
from faults import FAULTS, Fault


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_the_laws_notice(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    fault.plant(monkeypatch)

    with pytest.raises(AssertionError, match="law "):
        fault.check()
