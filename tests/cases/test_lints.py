"""What is right and had better be otherwise: each file beside its warnings, and one of the same lint without any.

With `BRAID_UPDATE_CASES=1` the expected texts are written anew; read every one of them before committing.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from braid.diagnostics import render_text
from braid.language.load import load

CASES = Path(__file__).parent / "lints"
GOOD = sorted(CASES.glob("*_good.braid.yaml"))
BAD = sorted(set(CASES.glob("*.braid.yaml")) - set(GOOD))
EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.braid.yaml"))


def name_of(path: Path) -> str:
    return path.name.removesuffix(".braid.yaml")


@pytest.mark.parametrize("path", BAD, ids=name_of)
def test_a_lint_tells_what_is_expected(path: Path) -> None:
    rendered = render_text(load(path, name=path.name, lints=True).diagnostics) + "\n"
    expected = path.with_name(f"{name_of(path)}.expected.txt")
    if os.environ.get("BRAID_UPDATE_CASES"):
        expected.write_text(rendered, encoding="utf-8")

    assert rendered == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", BAD, ids=name_of)
def test_a_lint_keeps_no_file_from_running_and_no_run_waits_for_it(path: Path) -> None:
    loaded = load(path, name=path.name)

    assert loaded.plan is not None
    assert loaded.diagnostics == []


@pytest.mark.parametrize("path", [*GOOD, *EXAMPLES], ids=name_of)
def test_what_is_well_gets_no_warning(path: Path) -> None:
    assert render_text(load(path, name=path.name, lints=True).diagnostics) == ""


def test_every_expected_text_belongs_to_a_case() -> None:
    assert {path.name for path in CASES.glob("*.txt")} == {f"{name_of(path)}.expected.txt" for path in BAD}
