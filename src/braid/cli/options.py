"""Options that several commands have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])  # Any: a command's own parameters

allow_path_option = click.option("--allow-path", is_flag=True, help="Let paths of the workflow leave its folder.")

max_concurrency_option = click.option(
    "--max-concurrency",
    type=click.IntRange(min=1),
    metavar="N",
    help="Default limit of blocks that have none of their own, instead of the file's.",
)


def input_options(command: Command) -> Command:
    """`-i NAME=VALUE` as `given`, and `--inputs FILE.json` as `inputs_file`: see `braid.cli.inputs.read_inputs`."""
    # From the last to the first, as decorators are applied.
    command = click.option(
        "--inputs", "inputs_file", metavar="FILE.json", help="A JSON object of inputs; -i wins over it."
    )(command)
    return click.option(
        "-i",
        "--input",
        "given",
        multiple=True,
        metavar="NAME=VALUE",
        help="An input: JSON if it parses, else text; NAME=@FILE reads a file. May be given several times.",
    )(command)
