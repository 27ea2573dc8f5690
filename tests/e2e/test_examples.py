"""Each example does what the file beside it says, however many branches run at once, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import shutil
import threading
from pathlib import Path

import pytest

import braid
from braid.testing.waiting import children

EXAMPLES = Path(__file__).parents[2] / "examples"
FILES = sorted(EXAMPLES.glob("*.braid.yaml"))
EXPECTED = sorted(EXAMPLES.glob("*.expected.json"))
NAMES = [path.name.removesuffix(".expected.json") for path in EXPECTED]

# Its numbers are those of the Python that runs it; test_census.py counts them in another way.
COUNTED_ELSEWHERE = {"stdlib_census"}

CONTROL_KINDS = {
    *("group", "parallel", "foreach", "graph", "if", "switch", "loop", "try"),
    *("break", "continue", "goto", "return"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The examples, copied: what one of them writes is seen, and the source tree stays clean."""
    copy = tmp_path / "examples"
    shutil.copytree(EXAMPLES, copy, ignore=shutil.ignore_patterns("out", "__pycache__", ".braid"))
    return copy


def files(folder: Path) -> dict[str, bytes]:
    """Path → content of everything but the journal and what Python keeps compiled."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not {"__pycache__", ".braid"} & set(path.parts)
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_example_has_no_problem_not_even_a_warning(path: Path) -> None:
    assert braid.check(path) == []


def test_every_example_has_its_expected_output_beside_it() -> None:
    names = {path.name.removesuffix(".braid.yaml") for path in FILES}

    assert names - COUNTED_ELSEWHERE == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_example_gives_what_stands_beside_it(name: str, folder: Path) -> None:
    result = braid.run(folder / f"{name}.braid.yaml", raise_on_failure=True)

    assert result.output == json.loads((folder / f"{name}.expected.json").read_text(encoding="utf-8"))
    assert not result.leftovers


@pytest.mark.parametrize("name", NAMES)
def test_example_gives_the_same_one_branch_at_a_time(name: str, folder: Path) -> None:
    result = braid.run(folder / f"{name}.braid.yaml", max_concurrency=1, raise_on_failure=True)

    assert result.output == json.loads((folder / f"{name}.expected.json").read_text(encoding="utf-8"))


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="processes are looked up in /proc")
@pytest.mark.parametrize("name", NAMES)
def test_example_leaves_nothing_behind_but_what_it_wrote_to_out(name: str, folder: Path) -> None:
    before = files(folder)
    threads = set(threading.enumerate())
    processes = children()
    directory = set(os.listdir())

    braid.run(folder / f"{name}.braid.yaml", raise_on_failure=True)

    after = files(folder)
    written = {path for path in after if not path.startswith("out" + os.sep)}
    assert {path: after[path] for path in written} == before
    assert set(threading.enumerate()) - threads == set()
    assert children() - processes == set()
    assert set(os.listdir()) == directory


def test_every_control_runs_every_control_kind() -> None:
    result = braid.run(EXAMPLES / "every_control.braid.yaml", raise_on_failure=True)

    assert {step.kind for step in result.steps.values()} >= CONTROL_KINDS


def test_readme_lists_every_example() -> None:
    text = (EXAMPLES / "README.md").read_text(encoding="utf-8")

    assert [path.name for path in FILES if f"`{path.name}`" not in text] == []
