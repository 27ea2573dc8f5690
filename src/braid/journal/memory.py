"""The journal that ends with the process: for tests and `--no-journal`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from braid.machine.events import Event


class MemoryJournal:
    """Keeps events in lists, or, with `keep=False`, takes note of nothing.

    Args:
        keep: False where nobody will read the events: a run over a million items then doesn't hold a million of them.
    """

    def __init__(self, *, keep: bool = True) -> None:
        self._keep = keep
        self._runs: dict[str, list[Event]] = {}
        self._closed = False

    async def append(self, run_id: str, events: Sequence[Event]) -> None:
        assert not self._closed, "appended to a closed journal"
        if self._keep:
            self._runs.setdefault(run_id, []).extend(events)

    def events(self, run_id: str) -> Iterable[Event]:
        return tuple(self._runs.get(run_id, ()))

    async def close(self) -> None:
        self._closed = True
