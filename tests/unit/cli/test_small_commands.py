"""`new`, `check`, `plan` and `tasks`, called in this process."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from braid.cli.main import cli
from braid.cli.new import TEMPLATES
from braid.language.task_kind import registry

GOOD = "name: good\nsteps:\n  - id: a\n    set: 1\n"
BROKEN = "name: broken\nsteps:\n  - id: a\n    set: '{{ b }}'\n"
NOISY = "name: noisy\nsteps:\n  - id: a\n    set: {stdout: 1}\n    output: result.stdout\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def braid(*arguments: str, stdin: str | None = None) -> tuple[int, Result]:
    # A command's exit code is what it returns; `main` hands it to the shell.
    result = CliRunner().invoke(cli, arguments, input=stdin, standalone_mode=False)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.return_value, result


class TestCheck:
    def test_a_good_file_has_no_problems(self, folder: Path) -> None:
        (folder / "good.braid.yaml").write_text(GOOD)

        code, result = braid("check", "good.braid.yaml")
        assert (code, result.stdout) == (0, "no problems in good.braid.yaml\n")

    def test_all_problems_of_all_files_are_shown_and_counted(self, folder: Path) -> None:
        (folder / "a.braid.yaml").write_text(BROKEN)
        (folder / "b.braid.yaml").write_text(BROKEN + "  - set: '{{ c }}'\n")

        code, result = braid("check", "a.braid.yaml", "b.braid.yaml")
        assert code == 1
        assert "--> a.braid.yaml:4:14" in result.stdout
        assert "--> b.braid.yaml:5:14" in result.stdout
        assert result.stdout.endswith("\n\n3 errors in 2 files\nfor more: braid explain unknown-step\n")

    def test_a_folder_stands_for_the_workflows_in_it(self, folder: Path) -> None:
        (folder / "deep").mkdir()
        (folder / ".hidden").mkdir()
        for name in ("a.braid.yaml", "deep/b.braid.yaml", "deep/other.yaml", ".hidden/c.braid.yaml"):
            (folder / name).write_text(GOOD)

        _, result = braid("check", ".")
        assert result.stdout == "no problems in 2 files\n"

    def test_json_is_one_document(self, folder: Path) -> None:
        (folder / "a.braid.yaml").write_text(BROKEN)

        code, result = braid("check", "--json", "a.braid.yaml")
        (found,) = json.loads(result.stdout)["diagnostics"]
        assert code == 1
        assert (found["file"], found["line"], found["column"]) == ("a.braid.yaml", 4, 14)

    def test_strict_turns_warnings_into_errors(self, folder: Path) -> None:
        (folder / "noisy.braid.yaml").write_text(NOISY)

        code, result = braid("check", "noisy.braid.yaml")
        assert code == 0
        assert result.stdout.endswith("1 warning in noisy.braid.yaml\nfor more: braid explain constant-text\n")
        assert braid("check", "--strict", "noisy.braid.yaml")[0] == 1

    def test_standard_input_is_read_for_a_dash(self) -> None:
        code, result = braid("check", "-", stdin=BROKEN)
        assert code == 1
        assert "--> <stdin>:4:14" in result.stdout

    def test_a_missing_file_is_answered_with_the_nearest_name(self, folder: Path) -> None:
        (folder / "brief.braid.yaml").write_text(GOOD)

        code, result = braid("check", "breif.braid.yaml")
        assert code == 1
        assert "did you mean `brief.braid.yaml`?" in result.stdout

    def test_a_link_that_leads_to_itself_is_a_problem_of_the_file(self, folder: Path) -> None:
        (folder / "loop.yaml").symlink_to("loop.yaml")

        code, result = braid("check", "loop.yaml")
        assert code == 1
        assert "`loop.yaml` can't be read" in result.stdout

    def test_a_name_cannot_forge_the_last_line(self, folder: Path) -> None:
        code, result = braid("check", "x\n\x1b[32mno problems in y")

        assert code == 1
        more = "for more: braid explain no-such-file\n"
        assert result.stdout.endswith(f"\n1 error in x\\x0a\\x1b[32mno problems in y\n{more}")

    @pytest.mark.parametrize("command", ["check", "plan", "run"])
    def test_an_empty_name_is_not_the_current_folder(self, folder: Path, command: str) -> None:
        (folder / "good.braid.yaml").write_text(GOOD)

        with pytest.raises(click.UsageError, match="empty"):
            braid(command, "")

    def test_a_problem_of_a_called_file_is_shown_once(self, folder: Path) -> None:
        (folder / "called.braid.yaml").write_text(BROKEN)
        (folder / "calls.braid.yaml").write_text("name: calls\nsteps:\n  - call: {workflow: called.braid.yaml}\n")

        _, result = braid("check", "called.braid.yaml", "calls.braid.yaml")
        assert result.stdout.count("error[") == 1


class TestNew:
    def test_the_workflow_checks_without_a_problem(self, folder: Path) -> None:
        _, result = braid("new")
        assert result.stdout == "hello.braid.yaml\n"
        assert braid("check", "--strict", "hello.braid.yaml")[0] == 0

    def test_nothing_is_ever_overwritten(self, folder: Path) -> None:
        (folder / "hello.braid.yaml").symlink_to("nowhere")

        with pytest.raises(Exception, match="exists already"):
            braid("new")
        assert not (folder / "nowhere").exists()

    @pytest.mark.parametrize(
        ("name", "file"),
        [
            ("City Brief", "city-brief"),
            ("brief.braid.yaml", "brief"),
            ("brief.yaml", "brief"),
            ("Übersicht", "ubersicht"),
            ("true", "true"),
            ("2024", "2024"),
            ('x"; rm -rf $HOME #', "x-rm-rf-home"),
            ("..", None),
            ("城市", None),
            ("---", None),
        ],
    )
    def test_the_name_is_made_fit_for_a_file(self, folder: Path, name: str, file: str | None) -> None:
        if file is None:
            with pytest.raises(Exception, match="leaves no name"):
                braid("new", "--", name)
            return
        braid("new", "--", name)
        assert braid("check", f"{file}.braid.yaml")[0] == 0

    def test_the_templates_are_listed_and_nothing_is_written(self, folder: Path) -> None:
        _, result = braid("new", "--list")
        assert [line.split()[0] for line in result.stdout.splitlines()] == list(TEMPLATES)
        assert not list(folder.iterdir())

    def test_a_template_gives_its_name_to_the_file(self, folder: Path) -> None:
        assert braid("new", "--template", "etl")[1].stdout == "etl.braid.yaml\n"
        assert braid("new", "sums", "-t", "etl")[1].stdout == "sums.braid.yaml\n"

    def test_an_unknown_template_is_answered_with_those_there_are(self) -> None:
        with pytest.raises(Exception, match="'release', 'report'"):
            braid("new", "--template", "etll")

    def test_a_folder_that_is_not_there_is_said(self, folder: Path) -> None:
        with pytest.raises(Exception, match="no such file or directory"):
            braid("new", "missing/hello")


class TestTasks:
    def test_every_installed_kind_is_listed(self) -> None:
        _, result = braid("tasks")
        listed = {line.split()[0] for line in result.stdout.splitlines() if line.startswith("  ") and line[2] != " "}
        assert listed == set(registry.names())

    @pytest.mark.parametrize("kind", registry.names())
    def test_a_kind_is_shown_with_all_its_fields_and_its_example(self, kind: str) -> None:
        _, result = braid("tasks", kind)
        (described,) = json.loads(braid("tasks", kind, "--json")[1].stdout)["kinds"]
        assert described["example"].strip().splitlines()[0] in result.stdout
        if not registry.get(kind).whole_body:
            assert described["fields"]
            assert all(f"  {field['name']}" in result.stdout for field in described["fields"])

    def test_an_unknown_kind_is_answered_with_the_nearest_one(self) -> None:
        with pytest.raises(Exception, match="did you mean `shell`"):
            braid("tasks", "shel")

    def test_a_control_kind_is_told_apart(self) -> None:
        with pytest.raises(Exception, match="controls other steps"):
            braid("tasks", "parallel")


def test_the_schema_is_one_json_document() -> None:
    assert json.loads(braid("schema")[1].stdout)["$schema"].startswith("https://json-schema.org/")
