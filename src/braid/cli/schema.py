"""`braid schema`: the JSON Schema of the workflow file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from braid.cli import exit_codes
from braid.cli.terminal import err, json_text, out, out_json

FOLDER = Path(".vscode")
FILE = FOLDER / "braid.schema.json"
SETTINGS = FOLDER / "settings.json"
ASSOCIATION = {f"./{FILE.as_posix()}": "*.braid.yaml"}


@click.command(epilog="Example: braid schema > braid.schema.json")
@click.option("--install", is_flag=True, help=f"Write it to {FILE} here, for VS Code; again after a plug-in came.")
def schema(install: bool) -> int:
    """Print the JSON Schema of the workflow file, for editors.

    It has all task kinds that are installed, those of plug-ins too. With the YAML extension of an editor, this first
    line of a workflow file turns completion and checks on, where braid.schema.json lies beside it:

    \b
      # yaml-language-server: $schema=braid.schema.json
    """
    from braid.language.schema import workflow_json_schema
    from braid.language.task_kind import registry

    found = workflow_json_schema(registry)
    if install:
        try:
            _install(found)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise click.UsageError(f"can't write `{error.filename}`: {reason}") from None
    else:
        out_json(found)
    return exit_codes.SUCCESS


def _install(schema: dict[str, Any]) -> None:  # Any: a JSON Schema
    if FILE.exists() and not _is_ours(FILE, schema["$id"]):
        raise click.UsageError(f"`{FILE}` is another file and is not overwritten")
    FOLDER.mkdir(exist_ok=True)
    FILE.write_text(json_text(schema) + "\n", encoding="utf-8")
    out(str(FILE))
    try:
        # "x": settings are never changed. They may hold comments, and belong to a person.
        with SETTINGS.open("x", encoding="utf-8") as file:
            file.write(json_text({"yaml.schemas": ASSOCIATION}) + "\n")
        out(str(SETTINGS))
    except FileExistsError:
        if FILE.as_posix() not in SETTINGS.read_text(encoding="utf-8", errors="replace"):
            err(f'{SETTINGS} is yours and stays as it is; add to it:  "yaml.schemas": {json.dumps(ASSOCIATION)}')
    err("VS Code uses it with the extension redhat.vscode-yaml.")


def _is_ours(file: Path, own_id: str) -> bool:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return isinstance(found, dict) and found.get("$id") == own_id
