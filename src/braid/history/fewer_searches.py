"""Python's search for garbage, put off while a run is replayed."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator
from typing import Final

_NEW_OBJECTS: Final = 500_000
"""As many new objects begin a search meanwhile: memory stays bounded, whatever is left in circles."""


@contextlib.contextmanager
def fewer_searches() -> Iterator[None]:
    """What a replay makes is kept or freed at once, hardly ever garbage, and a search goes through all of it: with
    Python's own thresholds that is a tenth of the time in which 100,000 steps are replayed.
    """
    usual = gc.get_threshold()
    if not 0 < usual[0] < _NEW_OBJECTS:
        # Put off already, or turned off.
        yield
        return
    gc.set_threshold(_NEW_OBJECTS, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
