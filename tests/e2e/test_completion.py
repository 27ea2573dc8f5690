"""What a shell is told when a person presses Tab, over the protocol that the printed scripts speak."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import braid
from braid.cli.completers import ENTRIES_MAX
from braid.cli.completion import SHELLS
from braid.cli.main import COMMANDS
from braid.cli.new import TEMPLATES
from braid.journal import recent_runs, sqlite_file
from braid.language.task_kind import registry

WORKFLOW = (
    "name: one\ninputs: {city: {type: string, default: Lima}, count: {type: integer, default: 1}}\nsteps: [{set: 1}]\n"
)
HEAVY = {"yaml", "jinja2", "aiohttp", "asyncio", "msgspec", "jsonschema_rs", "sqlite3", "importlib.metadata", "rich"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BRAID_STATE", raising=False)
    return tmp_path


def asked(*words: str, shell: str = "bash") -> str:
    """What is printed when the last word is being typed."""
    last = words[-1] if shell == "fish" else str(len(words))
    told = {"_BRAID_COMPLETE": f"{shell}_complete", "COMP_WORDS": " ".join(("braid", *words)), "COMP_CWORD": last}
    ran = subprocess.run(
        [sys.executable, "-m", "braid"],
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout


def completed(*words: str) -> list[str]:
    return [line.partition(",")[2] for line in asked(*words).splitlines() if line]


def test_commands_and_options() -> None:
    assert completed("") == list(COMMANDS)
    assert completed("f") == ["fmt", "forget"]
    assert {"--check", "--diff", "--help"} <= set(completed("fmt", "--"))
    assert completed("nothing-of-the-kind", "") == list(COMMANDS)


def test_each_shell_is_answered_in_its_own_way() -> None:
    assert asked("fm") == "plain,fmt\n"
    assert asked("fm", shell="zsh") == f"plain\nfmt\n{COMMANDS['fmt']}\n"
    assert "fmt" in asked("fm", shell="fish")


def test_workflow_files_here_and_below(folder: Path) -> None:
    for name in ("a.braid.yaml", "b.braid.yaml", "notes.yaml", "deep/c.braid.yaml", ".hidden/d.braid.yaml"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(WORKFLOW)

    for command in ("run", "check", "plan", "fmt", "prove"):
        assert completed(command, "") == ["a.braid.yaml", "b.braid.yaml", "deep/c.braid.yaml"]
    assert completed("run", "deep/") == ["deep/c.braid.yaml"]
    assert completed("check", "a.braid.yaml", "") == ["b.braid.yaml", "deep/c.braid.yaml"]
    assert asked("run", "not") == "file,not\n"


def test_a_huge_folder_costs_no_more_than_the_bound(folder: Path) -> None:
    for index in range(ENTRIES_MAX + 10):
        (folder / f"{index:05}").touch()
    (folder / "z.braid.yaml").touch()

    assert asked("run", "") == "file,\n"


def test_runs_of_the_nearest_journal(folder: Path) -> None:
    (folder / "one.braid.yaml").write_text(WORKFLOW)
    (folder / "below").mkdir()
    for run_id in ("first", "second", "third"):
        braid.run(folder / "one.braid.yaml", run_id=run_id)
    os.chdir(folder / "below")

    assert completed("show", "") == ["last", "third", "second", "first"]
    assert completed("resume", "s") == ["second"]
    assert completed("why", "x") == []
    assert completed("forget", "first", "t") == ["third"]


@pytest.mark.parametrize("damage", [b"", b"no database", b"SQLite format 3\0" + b"\1" * 5000, None])
def test_a_journal_that_cannot_be_read_gives_no_runs_and_no_error(folder: Path, damage: bytes | None) -> None:
    (folder / ".braid").mkdir()
    if damage is None:
        (folder / ".braid" / sqlite_file.FILE_NAME).mkdir()
    else:
        (folder / ".braid" / sqlite_file.FILE_NAME).write_bytes(damage)

    assert completed("show", "") == ["last"]
    assert completed("show", "x") == []


def test_the_journal_has_the_name_that_completion_looks_for() -> None:
    assert recent_runs.FILE_NAME == sqlite_file.FILE_NAME


def test_kinds_templates_codes_and_inputs(folder: Path) -> None:
    (folder / "one.braid.yaml").write_text(WORKFLOW)

    assert completed("tasks", "") == registry.names()
    assert completed("tasks", "wri") == ["write_file"]
    assert completed("new", "--template", "") == list(TEMPLATES)
    assert "unknown-step" in completed("explain", "unknown-s")
    assert completed("run", "one.braid.yaml", "-i", "c") == ["city=", "count="]
    assert completed("run", "missing.braid.yaml", "-i", "") == []


@pytest.mark.parametrize(("words", "imported"), [(("",), set()), (("run", ""), set()), (("show", ""), {"sqlite3"})])
def test_little_is_imported(words: tuple[str, ...], imported: set[str], folder: Path) -> None:
    (folder / ".braid").mkdir()
    (folder / ".braid" / sqlite_file.FILE_NAME).touch()
    code = (
        "import json, sys\nfrom braid.cli.main import main\n"
        "try:\n    main()\nfinally:\n    print(json.dumps(sorted(sys.modules)), file=sys.stderr)\n"
    )
    told = {
        "_BRAID_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(("braid", *words)),
        "COMP_CWORD": str(len(words)),
    }
    ran = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **told}, capture_output=True, text=True, timeout=60, check=True
    )

    assert set(json.loads(ran.stderr)) & HEAVY == imported


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_is_one_of_its_shell(shell: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "braid", "completion", shell], capture_output=True, text=True, timeout=60, check=True
    )

    assert f"_BRAID_COMPLETE={shell}_complete" in ran.stdout
    program = shutil.which(shell)
    if program:
        subprocess.run([program, "-n"], input=ran.stdout, text=True, check=True)


@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash")
def test_bash_completes_by_its_script(folder: Path) -> None:
    (folder / "one.braid.yaml").write_text(WORKFLOW)
    ran = subprocess.run(
        [
            "bash",
            "--norc",
            "-c",
            'eval "$(braid completion bash)"; COMP_WORDS=(braid run on); COMP_CWORD=2; _braid_completion braid; '
            'echo "${COMPREPLY[@]}"',
        ],
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert ran.stdout.split() == ["one.braid.yaml"]
