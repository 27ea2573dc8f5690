"""Files whose words are right and whose meaning is wrong, each beside the diagnostics that it must give.

With `BRAID_UPDATE_CASES=1` the expected texts are written anew; read every one of them before committing.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from braid.diagnostics import render_text
from braid.language.load import load

CASES = Path(__file__).parent / "broken_meaning"
FILES = sorted(CASES.glob("*.braid.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.removesuffix(".braid.yaml"))
def test_broken_meaning_is_told_as_expected(path: Path) -> None:
    loaded = load(path, name=path.name)
    rendered = render_text(loaded.diagnostics) + "\n"
    expected = path.with_name(path.name.replace(".braid.yaml", ".expected.txt"))
    if os.environ.get("BRAID_UPDATE_CASES"):
        expected.write_text(rendered, encoding="utf-8")

    assert loaded.diagnostics
    assert rendered == expected.read_text(encoding="utf-8")
    assert (loaded.plan is None) == any(each.severity == "error" for each in loaded.diagnostics)


def test_every_expected_text_belongs_to_a_case() -> None:
    names = {path.name.removesuffix(".braid.yaml") for path in FILES}

    assert {path.name.removesuffix(".expected.txt") for path in CASES.glob("*.expected.txt")} == names
