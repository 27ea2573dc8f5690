"""The written rules that a program can check."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "braid"
LINES_MAX = 400
NAMES_THAT_SAY_NOTHING = {"base", "common", "core", "helpers", "manager", "misc", "utils"}
PURE_PACKAGES = ("machine", "language", "expressions", "diagnostics", "report")
WORLD = {"asyncio", "sqlite3", "time", "random", "socket", "subprocess", "threading"}
MARKS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
BARE_IGNORE = re.compile(r"#\s*type:\s*ignore(?!\[)")
# The checkout that the tests run in: its path belongs to one machine, so it is worked out, not written down.
MACHINE_PATHS = re.compile(rf"(?<![\w.]){re.escape(str(Path(__file__).resolve().parents[2]))}\b")
TEXT_SUFFIXES = {".md", ".py", ".toml", ".yaml", ".yml", ".txt", ".cfg", ".json"}


def sources(*folders: Path) -> list[Path]:
    return [path for folder in folders for path in sorted(folder.rglob("*.py"))]


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


ALL = sources(PACKAGE, ROOT / "tests", ROOT / "examples")
OWN = Path(__file__).resolve()


def test_files_stay_short() -> None:
    long = {shown(path): lines for path in ALL if (lines := len(path.read_text().splitlines())) > LINES_MAX}

    assert not long


def test_names_say_what_is_inside() -> None:
    assert not [shown(path) for path in ALL if path.stem.strip("_") in NAMES_THAT_SAY_NOTHING]
    assert not [shown(path.parent) for path in ALL if path.parent.name in NAMES_THAT_SAY_NOTHING]


def test_nothing_is_left_to_do() -> None:
    assert not [shown(path) for path in ALL if path != OWN and MARKS.search(path.read_text())]


def test_type_errors_are_silenced_by_name_only() -> None:
    assert not [shown(path) for path in ALL if path != OWN and BARE_IGNORE.search(path.read_text())]


def test_every_module_says_what_it_is_for() -> None:
    missing = [
        shown(path)
        for path in sources(PACKAGE)
        if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]

    assert not missing


@pytest.mark.parametrize("folder", sorted(path.name for path in (ROOT / "tests").iterdir() if path.is_dir()))
def test_every_test_folder_has_tests(folder: str) -> None:
    if folder != "__pycache__":
        assert list((ROOT / "tests" / folder).rglob("test_*.py"))


@pytest.mark.parametrize("package", PURE_PACKAGES)
def test_pure_packages_know_no_clock_no_chance_and_no_world(package: str) -> None:
    found = [
        f"{shown(path)}:{line}: {name}"
        for path in sources(PACKAGE / package)
        for name, line in imports(ast.parse(path.read_text()))
        if name.partition(".")[0] in WORLD
    ]

    assert not found


def imports(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module, node.lineno


def test_the_search_for_imports_sees_every_spelling() -> None:
    text = "import os, time\nfrom random import x\ndef f():\n  import asyncio.tasks as t\n"

    assert [name for name, _ in imports(ast.parse(text))] == ["os", "time", "random", "asyncio.tasks"]


def exported_names(path: Path) -> list[str]:
    for node in ast.parse(path.read_text()).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(target, ast.Name) and target.id == "__all__" and isinstance(node.value, ast.List | ast.Tuple):
            return [element.value for element in node.value.elts if isinstance(element, ast.Constant)]
    return []


@pytest.mark.parametrize("path", [path for path in sources(PACKAGE) if exported_names(path)], ids=shown)
def test_each_public_name_is_exported_once(path: Path) -> None:
    names = exported_names(path)

    assert len(names) == len(set(names))


def test_no_package_exports_the_name_of_another() -> None:
    """`braid` itself gathers names; below it, each public name has one home."""
    homes: dict[str, list[str]] = {}
    for path in sources(PACKAGE):
        if path.name == "__init__.py" and path.parent != PACKAGE:
            for name in exported_names(path):
                homes.setdefault(name, []).append(shown(path))

    assert not {name: places for name, places in homes.items() if len(places) > 1}


def documents() -> list[Path]:
    tracked = [path for folder in ("docs", "examples", "src", "tests") for path in sorted((ROOT / folder).rglob("*"))]
    top = [path for path in sorted(ROOT.iterdir()) if path.is_file()]
    return [path for path in (*top, *tracked) if path.suffix in TEXT_SUFFIXES and path.is_file() and path != OWN]


def test_nothing_names_a_path_of_the_machine_it_was_made_on() -> None:
    found = {
        shown(path): match.group()
        for path in documents()
        if ".egg-info" not in str(path) and (match := MACHINE_PATHS.search(path.read_text(errors="replace")))
    }

    assert not found
