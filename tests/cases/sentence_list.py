"""The list `sentences.yaml`, and whether what it names exists."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

HERE = Path(__file__).parent
TEST_FILES = {"laws": HERE.parent / "laws", "machine": HERE.parent / "unit" / "machine"}
"""Where tests are written out: `machine` has those for which real time would be too coarse a measure."""


@dataclass(frozen=True)
class Sentence:
    section: str
    says: str
    tests: tuple[str, ...]
    later: str


def sentences() -> list[Sentence]:
    sections = yaml.safe_load((HERE / "sentences.yaml").read_text(encoding="utf-8"))
    return [
        Sentence(section, each["says"], tuple(each.get("tests", ())), each.get("later", ""))
        for section, listed in sections.items()
        for each in listed
    ]


def exists(test: str) -> bool:
    """Whether there is such a case (`FOLDER/NAME`), or such a test (`laws/FILE::TEST`, `machine/FILE::TEST`)."""
    folder, _, name = test.partition("/")
    if folder in TEST_FILES:
        file, _, function = name.partition("::")
        return function in _functions(TEST_FILES[folder] / file)
    return (HERE / folder / f"{name}.braid.yaml").is_file()


@cache
def _functions(file: Path) -> frozenset[str]:
    if not file.is_file():
        return frozenset()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name[:5] == "test_")
