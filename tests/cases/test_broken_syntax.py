"""Files with mistakes of form, each beside the diagnostics it gets.

`BRAID_UPDATE_CASES=1` rewrites the expectations; read what it wrote: would a newcomer know what to do?
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from braid.diagnostics import DiagnosticsError, render_text
from braid.language.document import read_document
from braid.language.reader import read_workflow

FOLDER = Path(__file__).parent / "broken_syntax"
CASES = sorted(FOLDER.glob("*.braid.yaml"))


def diagnosed(file: Path) -> str:
    try:
        document = read_document(file.read_bytes(), file.name)
    except DiagnosticsError as error:
        return f"{error}\n"
    return f"{render_text(read_workflow(document)[1])}\n"


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.name.removesuffix(".braid.yaml"))
def test_a_broken_file_gets_these_diagnostics(file: Path) -> None:
    expectation = file.with_name(file.name.replace(".braid.yaml", ".expected.txt"))
    found = diagnosed(file)
    if os.environ.get("BRAID_UPDATE_CASES"):
        expectation.write_text(found, encoding="utf-8")

    assert "error[" in found
    assert found == expectation.read_text(encoding="utf-8")


def test_there_are_cases_and_each_has_its_expectation() -> None:
    expected = {path.name.removesuffix(".expected.txt") for path in FOLDER.glob("*.expected.txt")}

    assert len(CASES) >= 40
    assert expected == {path.name.removesuffix(".braid.yaml") for path in CASES}
