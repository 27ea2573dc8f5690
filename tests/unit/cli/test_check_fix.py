"""`braid check --fix` and `--format`, called in this process."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from braid.cli.main import cli

BROKEN = """\
# orders
name: shop
steps:
  - id: old-orders
    set: {{ 1 + 2 }}  # three
  - log: "{{ old-orders }}"
"""
MENDED = """\
# orders
name: shop
steps:
  - id: old_orders
    set: "{{ 1 + 2 }}"  # three
  - log: "{{ old_orders }}"
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "shop.braid.yaml"
    path.write_text(BROKEN)
    return path


def check(*arguments: str, stdin: str | None = None) -> tuple[int, Result]:
    result = CliRunner().invoke(cli, ["check", *arguments], input=stdin, standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result.return_value, result


def test_the_file_is_written_and_what_was_done_is_said(file: Path) -> None:
    code, result = check("--fix", "shop.braid.yaml")

    assert code == 0
    assert file.read_text() == MENDED
    assert result.stderr == (
        "shop.braid.yaml:4: renamed `old-orders` to `old_orders`, at 2 places\n"
        "shop.braid.yaml:5: put quotes round `{{ 1 + 2 }}`\n"
        "mended 2 problems in 1 file\n"
    )
    assert result.stdout == "no problems in shop.braid.yaml\n"


def test_a_second_time_there_is_nothing_to_do(file: Path) -> None:
    check("--fix", "shop.braid.yaml")
    before = file.stat()

    code, result = check("--fix", "shop.braid.yaml")
    assert (code, result.stderr) == (0, "")
    assert file.stat() == before


def test_what_is_left_is_shown(file: Path) -> None:
    file.write_text(BROKEN + "  - log: '{{ nothing_here }}'\n")

    code, result = check("--fix", "shop.braid.yaml")
    assert code == 1
    assert "error[unknown-step]: no step `nothing_here`" in result.stdout
    assert "old_orders" in file.read_text()


def test_the_difference_is_shown_and_nothing_is_written(file: Path) -> None:
    code, result = check("--fix", "--diff", "shop.braid.yaml")

    assert code == 1
    assert file.read_text() == BROKEN
    assert "-  - id: old-orders\n" in result.stdout
    assert "+  - id: old_orders\n" in result.stdout
    assert "would mend 2 problems in 1 file" in result.stderr


def test_the_mended_text_of_standard_input_is_printed_and_nothing_else() -> None:
    code, result = check("--fix", "-", stdin=BROKEN + "  - lgo: 1\n")

    assert code == 1
    assert result.stdout == MENDED + "  - lgo: 1\n"
    assert "error[unknown-kind]" in result.stderr


def test_mode_and_link_of_the_file_are_kept(file: Path) -> None:
    file.chmod(0o640)
    os.symlink("shop.braid.yaml", "link.braid.yaml")

    check("--fix", "link.braid.yaml")

    assert Path("link.braid.yaml").is_symlink()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert file.read_text() == MENDED
    assert sorted(path.name for path in file.parent.iterdir()) == ["link.braid.yaml", "shop.braid.yaml"]


def test_a_file_that_cannot_be_read_is_told_as_always(file: Path) -> None:
    file.with_name("latin.braid.yaml").write_bytes("name: caf\xe9\n".encode("latin-1"))

    code, result = check("--fix", "gone.braid.yaml", "latin.braid.yaml", "shop.braid.yaml")
    assert code == 1
    assert "error[no-such-file]" in result.stdout
    assert "error[not-utf-8]" in result.stdout
    assert file.read_text() == MENDED


def test_a_called_file_is_mended_only_when_it_is_named(file: Path) -> None:
    file.with_name("main.braid.yaml").write_text("name: main\nsteps:\n  - call: shop.braid.yaml\n    timeuot: 5s\n")

    code, _ = check("--fix", "main.braid.yaml")
    assert code == 1
    assert "timeout" in file.with_name("main.braid.yaml").read_text()
    assert file.read_text() == BROKEN
    assert check("--fix", ".")[0] == 0


def test_check_without_fix_says_what_could_be_mended(file: Path) -> None:
    file.write_text("name: a\nsteps:\n  - log: a\n    timeuot: 5s\n")

    _, result = check("shop.braid.yaml")
    assert "\n1 can be mended by `braid check --fix`\n" in result.stdout


def test_formats_are_for_programs(file: Path) -> None:
    documents = [json.loads(check(*option, "shop.braid.yaml")[1].stdout) for option in (["--format=json"], ["--json"])]

    assert documents[0] == documents[1]
    sarif = json.loads(check("--format", "sarif", "shop.braid.yaml")[1].stdout)
    assert sarif["runs"][0]["results"][0]["ruleId"] == documents[0]["diagnostics"][0]["code"]
    code, result = check("--format", "github", "shop.braid.yaml")
    assert code == 1
    assert result.stdout.startswith("::error file=shop.braid.yaml,line=5,")


def test_a_correct_file_gives_no_annotations_and_an_empty_sarif_run(file: Path) -> None:
    file.write_text("name: a\nsteps:\n  - log: a\n")

    assert check("--format", "github", "shop.braid.yaml")[1].stdout == ""
    assert json.loads(check("--format", "sarif", "shop.braid.yaml")[1].stdout)["runs"][0]["results"] == []


def test_strict_counts_for_every_format(file: Path) -> None:
    file.write_text("name: a\nsteps:\n  - id: b\n    shell: ls\n    output: result.stdout\n")

    assert check("--format", "github", "shop.braid.yaml")[0] == 0
    code, result = check("--strict", "--format", "github", "shop.braid.yaml")
    assert (code, result.stdout[:7]) == (1, "::error")


def test_two_formats_at_once_are_refused(file: Path) -> None:
    shown = CliRunner().invoke(cli, ["check", "--json", "--format", "sarif", "shop.braid.yaml"])

    assert shown.exit_code == 2
    assert "exclude each other" in shown.output
