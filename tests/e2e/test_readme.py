"""What the pages show is what happens: every block of the README and of the hand-written reference is tried."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest
from doc_blocks import ROOT, Block, blocks_of

import braid
from braid.diagnostics import render_text

PAGES = ["README.md", "CONTRIBUTING.md", "docs/reference/language.md"]
BLOCKS = [block for page in PAGES for block in blocks_of(page)]
WORKFLOWS = [block for block in BLOCKS if block.is_workflow]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder but for the files of the repository that pages name."""
    for name in ("LICENSE", "Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def save(blocks: Iterable[Block], folder: Path) -> None:
    """Write the blocks that say which file they are."""
    for block in blocks:
        if block.file_name:
            (folder / block.file_name).write_text(block.text, encoding="utf-8")


@pytest.mark.parametrize("block", WORKFLOWS, ids=str)
def test_workflow_of_a_page_does_what_the_page_says(block: Block, folder: Path) -> None:
    save((each for each in BLOCKS if each.page == block.page), folder)
    file = folder / (block.file_name or "example.braid.yaml")
    file.write_text(block.text, encoding="utf-8")

    assert render_text(braid.check(file)) == ""
    result = braid.run(file)

    expected = block.follows
    if expected is not None and expected.language == "json":
        assert result.output == json.loads(expected.text)
    elif expected is not None and expected.text.startswith("failed ("):
        assert result.error is not None
        assert f"failed ({result.error.type}): {result.error.message}" == expected.text.strip()
    else:
        assert result.error is None
