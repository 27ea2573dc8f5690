"""`fmt`: what it writes, prints and leaves alone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from braid.cli.main import cli

TIDY = "name: good\nsteps:\n  - set: 1\n"
UNTIDY = "name:   good\nsteps:\n- set: 1   # one\n"
TIDIED = "name: good\nsteps:\n  - set: 1   # one\n"
BROKEN = "name:   good\nsteps: [\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def fmt(*arguments: str, stdin: str | bytes | None = None) -> tuple[int, Result]:
    result = CliRunner().invoke(cli, ["fmt", *arguments], input=stdin, standalone_mode=False)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.return_value, result


def test_files_are_written_and_the_changed_ones_named(folder: Path) -> None:
    (folder / "a.braid.yaml").write_text(UNTIDY)
    (folder / "b.braid.yaml").write_text(TIDY)

    code, result = fmt(".")

    assert (code, result.stdout, result.stderr) == (0, "a.braid.yaml\n", "1 of 2 files changed\n")
    assert (folder / "a.braid.yaml").read_text() == TIDIED
    assert fmt(".")[1].stderr == "none of 2 files changed\n"


def test_check_writes_nothing_and_fails_where_something_would_change(folder: Path) -> None:
    (folder / "a.braid.yaml").write_text(UNTIDY)

    code, result = fmt("--check", "a.braid.yaml")

    assert (code, result.stdout, result.stderr) == (1, "a.braid.yaml\n", "the file would change\n")
    assert (folder / "a.braid.yaml").read_text() == UNTIDY
    (folder / "a.braid.yaml").write_text(TIDY)
    assert fmt("--check", "a.braid.yaml")[0] == 0


def test_diff_shows_what_would_change(folder: Path) -> None:
    (folder / "a.braid.yaml").write_text(UNTIDY)

    code, result = fmt("--diff", "a.braid.yaml")

    assert code == 0
    assert "-name:   good\n" in result.stdout
    assert "+name: good\n" in result.stdout
    assert (folder / "a.braid.yaml").read_text() == UNTIDY
    assert fmt("--diff", "--check", "a.braid.yaml")[0] == 1


def test_only_line_ends_make_a_difference_too(folder: Path) -> None:
    (folder / "a.braid.yaml").write_bytes(TIDY.replace("\n", "\r\n").encode())

    assert "only line ends differ" in fmt("--diff", "a.braid.yaml")[1].stdout
    fmt("a.braid.yaml")
    assert (folder / "a.braid.yaml").read_bytes() == TIDY.encode()


def test_standard_input_is_printed() -> None:
    assert fmt("-", stdin=UNTIDY)[1].stdout == TIDIED
    assert fmt("--check", "-", stdin=UNTIDY)[0] == 1
    code, result = fmt("-", stdin=BROKEN)
    assert (code, result.stdout) == (2, "")
    assert "--> <stdin>:" in result.stderr


def test_a_file_with_errors_of_syntax_is_left_as_it_is_and_the_others_are_written(folder: Path) -> None:
    (folder / "a.braid.yaml").write_text(BROKEN)
    (folder / "b.braid.yaml").write_text(UNTIDY)

    code, result = fmt(".")

    assert code == 2
    assert "--> a.braid.yaml:" in result.stderr
    assert (folder / "a.braid.yaml").read_text() == BROKEN
    assert (folder / "b.braid.yaml").read_text() == TIDIED


def test_a_file_that_is_wrong_in_its_meaning_is_formatted(folder: Path) -> None:
    (folder / "a.braid.yaml").write_text("name:  x\nsteps:\n- unheard: '{{ of }}'\n")

    assert fmt("a.braid.yaml")[0] == 0
    assert (folder / "a.braid.yaml").read_text() == "name: x\nsteps:\n  - unheard: '{{ of }}'\n"


def test_rights_and_links_stay_and_nothing_is_left_beside(folder: Path) -> None:
    (folder / "a.braid.yaml").write_text(UNTIDY)
    (folder / "a.braid.yaml").chmod(0o640)
    (folder / "link.braid.yaml").symlink_to("a.braid.yaml")

    fmt("link.braid.yaml")

    assert stat.S_IMODE((folder / "a.braid.yaml").stat().st_mode) == 0o640
    assert (folder / "link.braid.yaml").is_symlink()
    assert (folder / "a.braid.yaml").read_text() == TIDIED
    assert sorted(os.listdir(folder)) == ["a.braid.yaml", "link.braid.yaml"]


def test_a_write_that_fails_leaves_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "a.braid.yaml").write_text(UNTIDY)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(click.UsageError, match="no space left on device"):
        fmt("a.braid.yaml")
    assert (folder / "a.braid.yaml").read_text() == UNTIDY
    assert os.listdir(folder) == ["a.braid.yaml"]


def test_no_file_is_told() -> None:
    code, result = fmt("nowhere.braid.yaml")

    assert code == 2
    assert "there is no file `nowhere.braid.yaml`" in result.stderr
