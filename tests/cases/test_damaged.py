"""Right files with one line gone or broken: always diagnostics, never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from braid.language.load import load

FILES = sorted((Path(__file__).parent / "good").glob("*.braid.yaml"))
DAMAGES = ("", "  - 3", "    id: Bad-Id", "{{")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.removesuffix(".braid.yaml"))
def test_a_damaged_file_ends_in_diagnostics(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        indent = line[: len(line) - len(line.lstrip())]
        key, colon, _ = line.partition(":")
        damage = (f"{key}{colon} [nonsense]", f"{indent}{DAMAGES[number % len(DAMAGES)]}")[number % 2]
        loaded = load("\n".join([*lines[:number], damage, *lines[number + 1 :]]) + "\n", folder=path.parent)

        assert loaded.plan is not None or any(each.severity == "error" for each in loaded.diagnostics)
