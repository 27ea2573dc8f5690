"""The search for garbage, put off while a command starts.

What a start imports and reads is hardly ever garbage. To search it again and again takes 10 ms of a start, and 20 ms
once more when Python ends.
"""

from __future__ import annotations

import gc

_STARTING_OBJECTS = 100_000
"""As many new objects begin a search meanwhile; a start makes fewer, and a command that reads a lot stays bounded."""

_usual = gc.get_threshold()
_searching = False


def put_off() -> None:
    """Hardly search from here on."""
    gc.set_threshold(_STARTING_OBJECTS, *_usual[1:])


def search_from_here() -> None:
    """Search as ever, but not through what there is already. To be called before the steps of an author run."""
    global _searching  # noqa: PLW0603  # of the process, as the collector is
    _searching = True
    gc.freeze()
    gc.set_threshold(*_usual)


def leave_be() -> None:
    """Search no more; the process ends. What steps have left is searched as ever: that may be files to flush."""
    if not _searching:
        gc.freeze()
