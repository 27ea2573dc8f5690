"""What `braid check --fix` makes of a file: `NAME.broken.yaml` becomes `NAME.fixed.yaml`, or stays if there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from braid.cli.fix import repaired

FOLDER = Path(__file__).parent / "fixes"
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


def test_every_fixed_text_belongs_to_a_case() -> None:
    names = {path.name.removesuffix(".broken.yaml") for path in CASES}

    assert {path.name.removesuffix(".fixed.yaml") for path in FOLDER.glob("*.fixed.yaml")} <= names
