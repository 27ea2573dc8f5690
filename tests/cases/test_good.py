"""Files in which nothing is wrong: no check may cry wolf."""

from __future__ import annotations

from pathlib import Path

import pytest

from braid.diagnostics import render_text
from braid.language.load import load

FILES = sorted((Path(__file__).parent / "good").glob("*.braid.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.removesuffix(".braid.yaml"))
def test_a_right_file_gives_no_diagnostics(path: Path) -> None:
    loaded = load(path, name=path.name)

    assert render_text(loaded.diagnostics) == ""
    assert loaded.plan is not None
