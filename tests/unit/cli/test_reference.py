"""The page about the command line says what the commands say."""

from __future__ import annotations

from pathlib import Path

from braid.cli.reference import command_reference, diagnostics_reference, main, pages

FOLDER = Path(__file__).parents[3] / "docs" / "reference"


def test_the_page_is_what_the_commands_give() -> None:
    assert (FOLDER / "command-line.md").read_text(encoding="utf-8") == command_reference(), "run `make docs`"


def test_the_page_of_diagnostics_is_what_the_pages_of_codes_give() -> None:
    assert (FOLDER / "diagnostics.md").read_text(encoding="utf-8") == diagnostics_reference(), "run `make docs`"


def test_every_generated_page_is_written(tmp_path: Path) -> None:
    main(str(tmp_path))

    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(pages())
    assert all(path.stat().st_size for path in tmp_path.iterdir())
