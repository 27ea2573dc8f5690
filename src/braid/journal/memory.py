"""The journal that ends with the process: for tests and `--no-journal`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from braid.journal.errors import RunExistsError, RunOwnedError, RunUnknownError
from braid.journal.owner import Owner
from braid.journal.records import Request, RunEnding, RunHead, RunRecord
from braid.machine.events import Event, RunEdited, RunStarted


class _Run(msgspec.Struct, eq=False):
    head: RunHead
    owner: Owner | None
    ending: RunEnding | None = None
    events: list[Event] = msgspec.field(default_factory=list)
    requests: list[Request] = msgspec.field(default_factory=list)


class MemoryJournal:
    """Keeps events in lists, or, with `keep=False`, takes note of nothing.

    Args:
        keep: False where nobody will read the events: a run over a million items then doesn't hold a million of them.
    """

    def __init__(self, *, keep: bool = True) -> None:
        self._keep = keep
        self._runs: dict[str, _Run] = {}
        self._closed = False

    async def begin(self, head: RunHead, owner: Owner, events: Sequence[Event] = ()) -> None:
        if head.id in self._runs:
            raise RunExistsError(head.id)
        if self._keep:
            self._runs[head.id] = _Run(head, owner, events=list(events))

    async def append(self, run_id: str, events: Sequence[Event]) -> None:
        assert not self._closed, "appended to a closed journal"
        if not self._keep or not events:
            return
        run = self._runs.get(run_id)
        if run is None:
            run = self._runs[run_id] = _Run(head_of(run_id, events[0]), None)
        elif run.owner is None and run.ending is not None:
            raise RunOwnedError(run_id, None)
        run.events.extend(events)

    def append_now(self, run_id: str, events: Sequence[Event]) -> bool:
        assert not self._closed, "appended to a closed journal"
        return not self._keep

    async def claim(self, run_id: str, owner: Owner, *, take: bool = False) -> None:
        if not self._keep:
            return
        run = self._known(run_id)
        if not take and run.owner not in (None, owner) and run.owner.alive() is not False:
            raise RunOwnedError(run_id, run.owner)
        run.owner, run.ending = owner, None

    async def release(self, run_id: str, owner: Owner, ending: RunEnding) -> None:
        if not self._keep:
            return
        run = self._known(run_id)
        if run.owner != owner:
            raise RunOwnedError(run_id, run.owner)
        run.owner, run.ending = None, ending

    async def forget(self, run_ids: Sequence[str]) -> None:
        for run_id in run_ids:
            run = self._runs.get(run_id)
            if run is not None and run.owner is not None and run.owner.alive() is not False:
                raise RunOwnedError(run_id, run.owner)
        for run_id in run_ids:
            self._runs.pop(run_id, None)

    async def ask(self, run_id: str, request: Request) -> None:
        self._known(run_id).requests.append(request)

    def asked(self, run_id: str) -> Sequence[Request]:
        requests = self._runs[run_id].requests if run_id in self._runs else ()
        return sorted(requests, key=lambda request: (request.time, request.id))

    def answered(self, run_id: str, request: Request) -> None:
        if run_id in self._runs and request in self._runs[run_id].requests:
            self._runs[run_id].requests.remove(request)

    def events(self, run_id: str) -> Iterable[Event]:
        return tuple(self._runs[run_id].events) if run_id in self._runs else ()

    def last_edit(self, run_id: str) -> tuple[int, RunEdited] | None:
        events = self._runs[run_id].events if run_id in self._runs else []
        edits = [(place, event) for place, event in enumerate(events) if isinstance(event, RunEdited)]
        return edits[-1] if edits else None

    def runs(self) -> Iterable[RunRecord]:
        return [_record(run) for run in reversed(self._runs.values())]

    def run(self, run_id: str) -> RunRecord | None:
        return _record(self._runs[run_id]) if run_id in self._runs else None

    def head(self, run_id: str) -> RunHead | None:
        return self._runs[run_id].head if run_id in self._runs else None

    async def close(self) -> None:
        self._closed = True

    def _known(self, run_id: str) -> _Run:
        if run_id not in self._runs:
            raise RunUnknownError(run_id)
        return self._runs[run_id]


def head_of(run_id: str, first: Event) -> RunHead:
    """What the first event of a run tells about it, where nobody began it."""
    workflow = first.workflow if isinstance(first, RunStarted) else ""
    return RunHead(id=run_id, workflow=workflow, started=first.time)


def _record(run: _Run) -> RunRecord:
    head = run.head
    return RunRecord(
        id=head.id,
        workflow=head.workflow,
        started=head.started,
        ending=run.ending,
        owner=run.owner,
        events=len(run.events),
    )
