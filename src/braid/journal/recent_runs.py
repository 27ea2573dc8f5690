"""The ids of recent runs, for a shell that completes one: quick, and never an error."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

FILE_NAME: Final = "journal.sqlite"
"""As in `sqlite_file`, whose imports a key press can't wait for; a test compares."""

_BUSY_SECONDS: Final = 0.05


def recent_runs(folder: Path, beginning: str, most: int) -> list[str]:
    """Ids of the runs in a state folder that begin so, the latest first; none if the journal can't be read at once."""
    path = folder / FILE_NAME
    if not path.is_file():
        return []
    # Read only: a journal of another version, or one that needs recovering, is left to the commands.
    address = f"{path.absolute().as_uri()}?mode=ro"
    query = "SELECT id FROM runs WHERE substr(id, 1, ?) = ? ORDER BY key DESC LIMIT ?"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=_BUSY_SECONDS)) as connection:
            return [str(row[0]) for row in connection.execute(query, (len(beginning), beginning, most))]
    except sqlite3.Error:
        return []
