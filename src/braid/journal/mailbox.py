"""What other processes ask of a run's owner: a file each, in `requests/RUN/` beside the journal.

Files, not a table: the owner looks several times a second, and a look at a folder that isn't there costs microseconds.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from braid.journal.records import Request

_SUFFIX: Final = ".json"


class Mailbox:
    """Requests in a folder, which is made when the first one is left. For any thread and process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, run_id: str, request: Request) -> None:
        """Leave a request; it is there wholly or not at all.

        Raises:
            OSError: There is no room, or no permission.
        """
        folder = self._folder / run_id
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = folder / f".{request.id}.unfinished"
        try:
            unfinished.write_bytes(msgspec.json.encode(request))
            unfinished.replace(folder / f"{request.id}{_SUFFIX}")
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise

    def waiting(self, run_id: str) -> Sequence[Request]:
        """The requests that are there, in the order in which they were left; one that can't be read is passed over."""
        try:
            names = [name for name in os.listdir(self._folder / run_id) if name.endswith(_SUFFIX)]
        except OSError:
            return ()
        found = []
        for name in names:
            with contextlib.suppress(OSError, msgspec.MsgspecError):
                found.append(msgspec.json.decode((self._folder / run_id / name).read_bytes(), type=Request))
        return sorted(found, key=lambda request: (request.time, request.id))

    def drop(self, run_id: str, request: Request) -> None:
        """It was seen to."""
        with contextlib.suppress(OSError):
            (self._folder / run_id / f"{request.id}{_SUFFIX}").unlink(missing_ok=True)
            (self._folder / run_id).rmdir()  # fails while others wait in it

    def forget(self, run_ids: Sequence[str]) -> None:
        """Delete what was asked of these runs."""
        import shutil  # 3 ms

        for run_id in run_ids:
            shutil.rmtree(self._folder / run_id, ignore_errors=True)
