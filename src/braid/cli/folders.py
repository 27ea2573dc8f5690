"""Files and folders that a command is given: a folder stands for the workflow files in it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

PATTERN = "*.braid.yaml"


def workflow_files(names: Iterable[str]) -> list[str]:
    """The files, each once, in the order in which they are named; `-` stays what it is.

    Raises:
        click.UsageError: A name is empty, or a folder has no workflow file.
    """
    files: dict[str, None] = {}
    for name in names:
        if not name:
            raise click.UsageError("the file's name is empty")
        if name != "-" and Path(name).is_dir():
            inside = sorted(path for path in Path(name).rglob(PATTERN) if not _is_hidden(path.relative_to(name)))
            if not inside:
                raise click.UsageError(f"there is no {PATTERN} file in the folder `{name}`")
            files.update(dict.fromkeys(str(path) for path in inside))
        else:
            files[name] = None
    return list(files)


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
