"""How many workflows the laws are tried on. `BRAID_LAW_EXAMPLES=5000` draws so many new ones, not the fixed few."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

CHOSEN = os.environ.get("BRAID_LAW_EXAMPLES")
EXAMPLES = int(CHOSEN or 100)

seeds = st.integers(0, 1_000_000)
law = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=CHOSEN is None,
    database=None,
    # Shrinking takes minutes; `BRAID_LAW_EXAMPLES` is there to look into what failed.
    phases=[Phase.generate] if CHOSEN is None else [Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
