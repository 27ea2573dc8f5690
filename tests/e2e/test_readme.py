"""What the pages show is what happens: every block of the README and of the hand-written reference is tried."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

import pytest
from doc_blocks import ROOT, Block, blocks_of

import braid
from braid.cli.main import COMMANDS as COMMAND_MODULES
from braid.diagnostics import render_text
from braid.language.task_kind import ActiveTask, TaskKind, registry
from braid.testing.tasks import check_cancelling, check_result

PAGES = ["README.md", "CONTRIBUTING.md", "docs/reference/language.md", "docs/reference/editors.md"]
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
            (folder / Path(block.file_name).name).write_text(block.text, encoding="utf-8")


def is_broken(block: Block) -> bool:
    """The page shows what is wrong with it."""
    return block.follows is not None and "\nerror[" in block.follows.text


@pytest.mark.parametrize("block", [block for block in WORKFLOWS if not is_broken(block)], ids=str)
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


def test_every_workflow_of_the_reference_says_what_it_gives() -> None:
    silent = [
        str(block) for block in blocks_of("docs/reference/language.md") if block.is_workflow and not block.follows
    ]

    assert silent == []


SESSIONS = [block for block in BLOCKS if block.language == "console"]


@pytest.mark.parametrize("block", SESSIONS, ids=str)
def test_commands_of_a_page_show_what_the_page_shows(block: Block, folder: Path) -> None:
    save((each for each in BLOCKS if each.page == block.page), folder)

    for line, output in re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", block.text, re.MULTILINE):
        assert timeless(shown(line, folder)) == timeless(output), line


def shown(line: str, folder: Path) -> str:
    """What a person sees of one command."""
    program, *arguments = shlex.split(line)
    assert program in ("braid", "echo")
    ended = subprocess.run(
        [sys.executable, "-m", "braid", *arguments] if program == "braid" else ["sh", "-c", line],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "NO_COLOR": "1"},
    )
    if "-q" in arguments:
        return ended.stderr + ended.stdout
    # A terminal keeps of the progress only its last line, which stands before the output.
    summary = ended.stderr.splitlines()[-1:] if arguments[0] == "run" else []
    return "\n".join([*summary, ended.stdout])


def timeless(text: str) -> str:
    """The text without what differs from run to run and from month to month: times, and words of our own files."""
    text = re.sub(r"; slowest: .*", "", text)
    text = re.sub(r"\b\d+(\.\d+)?s\b", "N s", text)
    return re.sub(r"^(Makefile|pyproject\.toml): \d+ words", r"\1: N words", text, flags=re.MULTILINE).strip()


@pytest.mark.parametrize(
    "block", [block for block in BLOCKS if block.language == "python" and not block.file_name], ids=str
)
def test_program_of_a_page_prints_what_the_page_says(block: Block, folder: Path) -> None:
    save((each for each in BLOCKS if each.page == block.page), folder)
    program = folder / "program.py"
    program.write_text(block.text, encoding="utf-8")

    ended = subprocess.run(
        [sys.executable, program], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )

    assert ended.stderr == ""
    assert block.follows is not None
    assert ended.stdout == block.follows.text


def test_readme_tells_the_kinds_and_commands_that_there_are() -> None:
    assert marked("kinds") == set(registry.names())
    assert not marked("planned kinds") & set(registry.names())
    assert not marked("planned commands") & set(COMMAND_MODULES)


def marked(mark: str) -> set[str]:
    """The words in backticks in the paragraph after `<!-- mark -->`."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    words = re.findall(r"`(\w+)`", text.partition(f"<!-- {mark} -->\n")[2].split("\n\n", 1)[0])
    assert words, f"the README has no words marked `<!-- {mark} -->`"
    return set(words)


def block_of(page: str, file_name: str) -> Block:
    return next(block for block in blocks_of(page) if block.file_name == file_name)


@pytest.fixture
def contributed(monkeypatch: pytest.MonkeyPatch) -> TaskKind:
    """The kind of CONTRIBUTING.md, as if it were installed."""
    block = block_of("CONTRIBUTING.md", "src/braid/tasks/checksum.py")
    module = ModuleType("checksum")
    monkeypatch.setitem(sys.modules, "checksum", module)  # its fields are found by the module's name
    exec(block.text, vars(module))
    kind: TaskKind = module.Checksum()
    monkeypatch.setitem(registry.added, kind.name, kind)
    return kind


def test_task_kind_of_the_contributors_page_runs_its_example(contributed: TaskKind, tmp_path: Path) -> None:
    file = tmp_path / "example.braid.yaml"
    file.write_text(contributed.example, encoding="utf-8")

    assert braid.check(file) == []
    assert braid.run(file).output == hashlib.sha256(b"").hexdigest()[:8]


async def test_task_kind_of_the_contributors_page_keeps_to_the_conformance_suite(
    contributed: TaskKind, tmp_path: Path
) -> None:
    exec(block_of("CONTRIBUTING.md", "tests/test_checksum.py").text, found := {"__name__": "page"})
    suite = found["TestChecksum"]()
    for name in dir(suite):
        if name.startswith("test_"):
            getattr(suite, name)()

    assert isinstance(contributed, ActiveTask)
    (tmp_path / "data.bin").write_bytes(bytes(5_000_000))
    await check_result(contributed, {"path": "data.bin"}, tmp_path)
    await check_cancelling(contributed, {"path": "data.bin"}, tmp_path)


def test_entry_point_of_the_contributors_page_has_the_form_of_the_built_in_ones() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]
    (page,) = (tomllib.loads(block.text) for block in blocks_of("CONTRIBUTING.md") if block.language == "toml")

    assert page["project"]["entry-points"] == {"braid.tasks": {"checksum": "braid.tasks.checksum:Checksum"}}
    assert project["braid.tasks"]["read_file"] == "braid.tasks.read_file:ReadFile"
