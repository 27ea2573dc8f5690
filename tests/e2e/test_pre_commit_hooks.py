"""The hooks for pre-commit, run as it runs them: the entry, its arguments, and the files that match."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from braid.cli.folders import PATTERN
from braid.cli.main import COMMANDS

ROOT = Path(__file__).parents[2]
HOOKS: dict[str, dict[str, Any]] = {  # Any: values of YAML
    hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
}
RIGHT = "name: right\nsteps:\n  - set: 1\n"
UNTIDY = "name: right\nsteps:\n- set:  1\n"
WRONG = "name: wrong\nsteps:\n  - sett: 1\n"


def run(hook_id: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    hook = HOOKS[hook_id]
    command, *words = shlex.split(hook["entry"])
    files = sorted(path.name for path in folder.iterdir() if re.search(hook["files"], path.name))
    return subprocess.run(
        [str(Path(sys.executable).parent / command), *words, *arguments, *files],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def test_hooks_have_what_pre_commit_asks_for() -> None:
    assert set(HOOKS) == {"braid-check", "braid-fmt"}
    for hook in HOOKS.values():
        program, command = shlex.split(hook["entry"])
        assert (program, hook["language"]) == ("braid", "python")
        assert hook["description"].startswith(COMMANDS[command].rstrip("."))


@pytest.mark.parametrize("hook", HOOKS.values(), ids=HOOKS)
def test_hooks_take_the_files_that_the_commands_take(hook: dict[str, Any]) -> None:
    names = ["a.braid.yaml", "deep/b.braid.yaml", "a.yaml", "a.braid.yaml.txt", "abraid.yaml"]

    assert [bool(re.search(hook["files"], name)) for name in names] == [Path(name).match(PATTERN) for name in names]


def test_check_passes_right_files_and_fails_wrong_ones(tmp_path: Path) -> None:
    (tmp_path / "a.braid.yaml").write_text(RIGHT)
    (tmp_path / "notes.yaml").write_text("a: [")

    assert run("braid-check", tmp_path).returncode == 0
    (tmp_path / "b.braid.yaml").write_text(WRONG)
    told = run("braid-check", tmp_path)
    assert told.returncode == 1
    assert "--> b.braid.yaml:3:5" in told.stdout


def test_fmt_changes_files_which_pre_commit_takes_for_a_failure(tmp_path: Path) -> None:
    (tmp_path / "a.braid.yaml").write_text(UNTIDY)

    assert run("braid-fmt", tmp_path, "--check").returncode == 1
    assert run("braid-fmt", tmp_path).returncode == 0
    assert (tmp_path / "a.braid.yaml").read_text() == RIGHT
    assert run("braid-fmt", tmp_path, "--check").returncode == 0
