"""`braid new`: a first workflow."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import click

from braid.cli import exit_codes
from braid.cli.terminal import err, out

SUFFIX = ".braid.yaml"

NAME_CHARS_MAX = 100

TEMPLATES = {
    "hello": "greets a few people at the same time: the language in twenty lines",
    "api": "asks an API about each item of a list, with limits, retries and time limits",
    "batch": "computes something for each item on every core, and goes on after an interrupt",
    "etl": "reads CSV and JSON, cleans, joins and sums them, writes both",
    "graph": "steps that start as soon as what they need is done",
    "release": "checks, builds and publishes a project with shell steps",
    "report": "looks at something and writes a dated report, started by cron",
}
"""Template → what it shows. Its file is in `templates`, where the workflow's name stands as `PLACEHOLDER`."""

PLACEHOLDER = "my-workflow"
FOLDER = Path(__file__).parent / "templates"


@click.command(epilog="Example: braid new city-brief --template api")
@click.argument("name", required=False)
@click.option(
    "--template",
    "-t",
    type=click.Choice(list(TEMPLATES)),
    default="hello",
    metavar="TEMPLATE",
    help="What to start from; `hello` when absent.",
)
@click.option("--list", "listed", is_flag=True, help="Show the templates and write nothing.")
def new(name: str | None, template: str, listed: bool) -> int:
    """Write a small, commented workflow that runs.

    It is written to NAME.braid.yaml in the current folder (or to the folder of NAME, if that is a path); NAME is that
    of the template when absent. An existing file is never overwritten.
    """
    if listed:
        width = max(map(len, TEMPLATES))
        out("\n".join(f"{each:<{width}}  {line}" for each, line in TEMPLATES.items()))
        return exit_codes.SUCCESS
    folder, title = _target(template if name is None else name)
    path = folder / f"{title}{SUFFIX}"
    text = (FOLDER / f"{template}{SUFFIX}").read_text(encoding="utf-8").replace(PLACEHOLDER, title)
    try:
        # "x": fails when there is something of this name, dangling symbolic links included.
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise click.UsageError(f"`{path}` exists already and is not overwritten; choose another name") from None
    except OSError as error:
        raise click.UsageError(f"can't write `{path}`: {(error.strerror or str(error)).lower()}") from None
    out(str(path))
    err(f"Next:  braid check {path}   then   braid run {path}")
    return exit_codes.SUCCESS


def _target(name: str) -> tuple[Path, str]:
    path = Path(name)
    title = path.name.removesuffix(SUFFIX).removesuffix(".yaml").removesuffix(".yml")
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"[^a-z0-9_]+", "-", plain).strip("-")[:NAME_CHARS_MAX]
    if not plain:
        raise click.UsageError(f"`{name}` leaves no name for a file; use letters and digits, such as `city-brief`")
    return path.parent, plain
