"""A workflow file as a run keeps it."""

from __future__ import annotations

import hashlib

import msgspec


class WorkflowFile(msgspec.Struct, frozen=True):
    """A workflow file as it was when a run took it, so that going on needs no file.

    Attributes:
        name: As diagnostics show it.
        folder: Where relative paths in it start; absolute.
        path: The file itself, symbolic links resolved; "" for a text that came from no file.
    """

    name: str
    folder: str
    text: str
    path: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 of the text in UTF-8, in hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()
