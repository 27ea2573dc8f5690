"""`braid schema`: the JSON Schema of the workflow file."""

from __future__ import annotations

import click

from braid.cli import exit_codes
from braid.cli.terminal import out_json


@click.command(epilog="Example: braid schema > braid.schema.json")
def schema() -> int:
    """Print the JSON Schema of the workflow file, for editors.

    With the YAML extension of an editor, this first line of a workflow file turns completion and checks on:

    \b
      # yaml-language-server: $schema=braid.schema.json
    """
    from braid.language.schema import workflow_json_schema
    from braid.language.task_kind import registry

    out_json(workflow_json_schema(registry))
    return exit_codes.SUCCESS
