"""The command itself: what it lists, what it imports, what it says to a slip."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from braid.cli.main import COMMANDS, cli

HEAVY = ("asyncio", "jinja2", "yaml", "aiohttp", "rich", "msgspec", "jsonschema_rs", "sqlite3", "braid.language")

UNUSED = (
    *("aiohttp", "jinja2", "jsonschema_rs", "rich", "dotenv", "multiprocessing", "http.client", "braid.testing"),
    *("ctypes", "email", "importlib.metadata", "random", "shutil", "tempfile", "zipfile"),
    *("braid.diagnostics.rendering", "braid.language.document_offsets", "braid.execution.runners.processes"),
    *("braid.diagnostics.excerpts", "braid.diagnostics.pages", "braid.diagnostics.fix", "braid.diagnostics.sarif"),
    *("braid.language.formatting", "braid.language.schema", "braid.cli.completers", "click.shell_completion"),
    *("braid.language.slips", "braid.language.renaming", "braid.language.seen", "braid.cli.fix"),
)
"""By a file of plain paths without problems, without schemas, secrets, requests and processes."""


def command(name: str) -> click.Command:
    found = cli.get_command(click.Context(cli), name)
    assert found is not None
    return found


def test_without_arguments_five_commands_are_shown_and_no_others() -> None:
    shown = CliRunner().invoke(cli, []).output

    commands = [line.split()[1] for line in shown.splitlines() if line.startswith("  braid ")]
    assert commands == ["new", "check", "plan", "run", "tasks"]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_of_a_command_what_the_command_says_of_itself(name: str) -> None:
    assert (command(name).help or "").startswith(COMMANDS[name].removesuffix("."))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_help_has_an_example(name: str) -> None:
    shown = CliRunner().invoke(cli, [name, "--help"])

    assert shown.exit_code == 0
    assert f"Example: braid {name}" in shown.output


def test_the_list_of_commands_is_that_of_the_table() -> None:
    shown = CliRunner().invoke(cli, ["--help"]).output

    listed = [line.split()[0] for line in shown.partition("Commands:")[2].splitlines() if line.startswith("  ")]
    assert listed[: len(COMMANDS)] == list(COMMANDS)


@pytest.mark.parametrize("arguments", ["['--help']", "[]", "['run', '--help']", "['check', '--help']"])
def test_help_imports_nothing_heavy(arguments: str) -> None:
    code = (
        "import sys\nfrom braid.cli.main import main\n"
        f"try:\n    main({arguments})\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("command", "absent"),
    [
        ("check", (*UNUSED, "asyncio", "subprocess", "sqlite3", "logging")),
        ("plan", (*UNUSED, "asyncio", "subprocess", "sqlite3", "logging")),
        ("run", UNUSED),
    ],
)
def test_a_simple_file_imports_only_what_it_uses(tmp_path: Path, command: str, absent: tuple[str, ...]) -> None:
    file = tmp_path / "simple.braid.yaml"
    file.write_text("name: simple\nsteps:\n  - {id: a, set: {x: 1}}\n  - set: '{{ a.x }}'\n")
    code = (
        "import sys\nfrom braid.cli.main import main\n"
        f"try:\n    main([{command!r}, {str(file)!r}])\nexcept SystemExit as end:\n    assert end.code == 0\n"
        f"print([name for name in {absent!r} if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_mistyped_command_is_answered_with_the_nearest_one() -> None:
    shown = CliRunner().invoke(cli, ["chekc"])

    assert shown.exit_code == 2
    assert "did you mean `check`?" in shown.output


def test_a_file_in_place_of_a_command_is_answered_with_run() -> None:
    assert "braid run brief.braid.yaml" in CliRunner().invoke(cli, ["brief.braid.yaml"]).output


def test_the_version_is_that_of_the_distribution() -> None:
    from importlib.metadata import version

    assert CliRunner().invoke(cli, ["--version"]).output == f"braid {version('braidflow')}\n"
