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

TEMPLATE = """\
# A workflow: steps, run in order. Run it:  braid run {file}
name: "{name}"
description: Greets a few people at the same time and writes the greetings to a file.

inputs:                       # change one:  braid run {file} -i 'people=["Ada"]'
  people: {{type: array, items: {{type: string}}, default: [Ada, Grace, Katherine]}}

steps:
  - id: greetings             # the id is the name of the step's output
    foreach:
      items: "{{{{ inputs.people }}}}"
      as: person
      max_concurrency: 2      # so many at the same time; the results keep their order
      steps:
        - shell: echo Hello, {{{{ person }}}}!
          output: "{{{{ result.stdout | trim }}}}"
          timeout: 10s
          retry: 3            # attempts in all

  - id: page
    template: |
      {{% for greeting in greetings %}}- {{{{ greeting }}}}
      {{% endfor %}}

  - write_file: {{path: {name}.md, content: "{{{{ page }}}}"}}

output: "{{{{ greetings }}}}"
"""


@click.command(epilog="Example: braid new city-brief")
@click.argument("name", default="hello", metavar="[NAME]")
def new(name: str) -> int:
    """Write a small, commented workflow that runs.

    It is written to NAME.braid.yaml in the current folder (or to the folder of NAME, if that is a path); NAME is
    `hello` when absent. An existing file is never overwritten.
    """
    folder, title = _target(name)
    path = folder / f"{title}{SUFFIX}"
    try:
        # "x": fails when there is something of this name, dangling symbolic links included.
        with path.open("x", encoding="utf-8") as file:
            file.write(TEMPLATE.format(name=title, file=path.name))
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
