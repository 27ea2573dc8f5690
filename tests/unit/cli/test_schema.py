"""`schema`: the schema, and where an editor finds it."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from braid.cli.main import cli

SCHEMA = Path(".vscode/braid.schema.json")
SETTINGS = Path(".vscode/settings.json")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def schema(*arguments: str) -> Result:
    result = CliRunner().invoke(cli, ["schema", *arguments], standalone_mode=False)
    if result.exception:
        raise result.exception
    return result


def test_it_is_printed_as_one_document() -> None:
    assert json.loads(schema().stdout)["$id"] == "urn:braid:workflow"


def test_it_is_installed_for_vs_code() -> None:
    result = schema("--install")

    assert result.stdout.split() == [str(SCHEMA), str(SETTINGS)]
    assert json.loads(SCHEMA.read_text()) == json.loads(schema().stdout)
    assert json.loads(SETTINGS.read_text()) == {"yaml.schemas": {"./.vscode/braid.schema.json": "*.braid.yaml"}}
    assert schema("--install").stdout.split() == [str(SCHEMA)]


def test_settings_that_exist_are_left_and_the_line_is_told() -> None:
    SETTINGS.parent.mkdir()
    SETTINGS.write_text('{\n  // mine\n  "editor.tabSize": 2,\n}\n')

    result = schema("--install")

    assert SETTINGS.read_text() == '{\n  // mine\n  "editor.tabSize": 2,\n}\n'
    assert '"yaml.schemas": {"./.vscode/braid.schema.json": "*.braid.yaml"}' in result.stderr


@pytest.mark.parametrize("text", ['{"$id": "other"}', "[]", "no JSON"])
def test_another_file_of_the_name_is_not_overwritten(text: str) -> None:
    SCHEMA.parent.mkdir()
    SCHEMA.write_text(text)

    with pytest.raises(click.UsageError, match="another file"):
        schema("--install")
    assert SCHEMA.read_text() == text
    assert not SETTINGS.exists()
