"""What `braid check --fix` makes of a file: `NAME.broken.yaml` becomes `NAME.fixed.yaml`, or stays if there is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from braid.cli.fix import repaired
from braid.diagnostics import DiagnosticsError
from braid.language.document import read_document
from braid.language.load import load
from braid.language.reader import read_workflow

FOLDER = Path(__file__).parent / "fixes"
GOOD = sorted((FOLDER.parent / "good").glob("*.braid.yaml"))
CASES = sorted(FOLDER.glob("*.broken.yaml"))


def expected(path: Path) -> bytes:
    fixed = path.with_name(path.name.replace(".broken.", ".fixed."))
    return (fixed if fixed.exists() else path).read_bytes()


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name.removesuffix(".broken.yaml"))
def test_a_file_is_mended_as_expected(path: Path) -> None:
    repair = repaired(str(path))

    assert repair.after.decode() == expected(path).decode()
    assert bool(repair.done) == repair.changed == (repair.after != path.read_bytes())


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name.removesuffix(".broken.yaml"))
def test_what_was_mended_is_left_alone(path: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.yaml"
    again.write_bytes(repaired(str(path)).after)

    assert not repaired(str(again)).changed


def errors(data: bytes) -> tuple[int, int]:
    """How far a reading comes, and how many errors it finds; less is worse."""
    found = load(data).diagnostics
    try:
        workflow, _ = read_workflow(read_document(data, "f"))
    except DiagnosticsError:
        return 0, -len(found)
    return 1 if workflow is None else 2, -sum(each.severity == "error" for each in found)


@pytest.mark.parametrize("path", GOOD[::3], ids=lambda path: path.name.removesuffix(".braid.yaml"))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_fix_never_makes_a_file_worse(path: Path, tmp_path: Path, data: st.DataObject) -> None:
    text = path.read_text(encoding="utf-8")
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 3)))
        text = (
            text[:start] + data.draw(st.sampled_from(["", "\t", "-", "x", '"', "{{", "}}", ":", "_", " "])) + text[end:]
        )
    file = tmp_path / "mutant.yaml"
    file.write_text(text, encoding="utf-8")

    repair = repaired(str(file))

    if repair.changed:
        assert errors(repair.after) > errors(repair.before) or errors(repair.before)[0] == 0
    file.write_bytes(repair.after)
    assert not repaired(str(file)).changed


def test_every_fixed_text_belongs_to_a_case() -> None:
    names = {path.name.removesuffix(".broken.yaml") for path in CASES}

    assert {path.name.removesuffix(".fixed.yaml") for path in FOLDER.glob("*.fixed.yaml")} <= names
