"""Where the journal lies: `.braid/` beside the workflow, unless a person says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

STATE_FOLDER: Final = ".braid"
STATE_VARIABLE: Final = "BRAID_STATE"
"""The environment variable that names another folder; a relative one starts at the current folder."""

_IGNORED = "# Runs of Braid: kept on this machine, not in git.\n*\n"


def state_folder(workflow_folder: Path, given: Path | None, environment: Mapping[str, str]) -> Path:
    """The state folder of a workflow: the one that is given, else `BRAID_STATE`, else `.braid` in its folder."""
    return _chosen(given, environment) or workflow_folder / STATE_FOLDER


def nearest_state_folder(start: Path, given: Path | None, environment: Mapping[str, str]) -> Path | None:
    """The state folder for a command without a file: as above, else the nearest `.braid` in `start` or upwards."""
    chosen = _chosen(given, environment)
    if chosen is not None:
        return chosen
    start = start.absolute()
    return next((path for folder in (start, *start.parents) if (path := folder / STATE_FOLDER).is_dir()), None)


def make_state_folder(folder: Path) -> None:
    """Make the folder, with a `.gitignore` in it, as a run's inputs and results are no source.

    Raises:
        OSError: It can't be made.
    """
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".gitignore").write_text(_IGNORED, "utf-8")


def _chosen(given: Path | None, environment: Mapping[str, str]) -> Path | None:
    if given is not None:
        return given
    variable = environment.get(STATE_VARIABLE)
    return Path(variable) if variable else None
