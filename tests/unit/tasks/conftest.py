"""A context without a run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from braid.testing.fake_context import FakeContext


@pytest.fixture
async def context(tmp_path: Path) -> AsyncIterator[FakeContext]:
    context = FakeContext(tmp_path, grace=2.0)
    yield context
    await context.close()
