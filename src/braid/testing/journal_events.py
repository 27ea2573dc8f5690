"""Events, heads and owners for tests of journals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec

from braid.journal.owner import Owner
from braid.journal.records import RunHead, WorkflowFile
from braid.machine.events import (
    CancelRequested,
    Event,
    ResultDropped,
    ResultKept,
    RunEdited,
    RunStarted,
    TaskCancelled,
    TaskFailed,
    TaskSucceeded,
    TimerFired,
)

VALUES: Sequence[Any] = (  # Any: values of a workflow
    None,
    True,
    0,
    -(2**63),
    2**64,
    -(10**4000),
    1.5,
    "",
    "ß日本\U0001f600",
    b"\x00\xff",
    Decimal("1.10"),
    dt.date(2026, 1, 5),
    dt.datetime(2026, 1, 5, 9, 0, 0, 1),
    dt.datetime(2026, 1, 5, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30))),
    [],
    {},
    {"rows": [{"price": Decimal("0.00"), "raw": b"x", "on": dt.date(1, 1, 1)}, None]},
)
"""One of each kind that a workflow can hold."""

FILE: Final = WorkflowFile("a.yaml", "/f", "name: ß\r\n\tsteps", "/f/really/a.yaml")


def all_events() -> list[Event]:
    """One of each event, and two results of each kind of value."""
    return [
        RunStarted(time=1.0, run_id="r", workflow="w", inputs={"n": 2**70}, env={"HOME": "/"}, max_concurrency=3),
        *(
            TaskSucceeded(time=2.0, address=f"a/{index}", attempt=1, value=value, started=1.5)
            for index, value in enumerate(VALUES)
        ),
        TaskFailed(
            time=3.0,
            address="b",
            attempt=2,
            type="http",
            message="503",
            started=2.5,
            details={"status": 503, "at": dt.date(2026, 1, 5)},
            retryable=False,
            retry_after=1.5,
        ),
        TaskCancelled(time=4.0, address="c", attempt=1, started=3.5),
        TimerFired(time=5.0, address="", name="timeout"),
        CancelRequested(time=6.0, reason="enough"),
        RunEdited(time=7.0, files=(FILE, WorkflowFile("b.yaml", "/f/g", "", "")), kinds=("http", "set")),
        *(
            ResultKept(
                time=8.0, address=f"a/{index}", attempt=2, value=value, started=7.5, place=index, fingerprint=b"\0\xff"
            )
            for index, value in enumerate(VALUES)
        ),
        ResultDropped(time=9.0, address="b", reason="argument 'url' changed"),
    ]


def head(run_id: str, *files: WorkflowFile) -> RunHead:
    """The head of a run that began at second 1."""
    return RunHead(id=run_id, workflow="w", started=1.0, files=files, notes={"allow_path": True})


def succeeded(address: str, value: Any = None) -> TaskSucceeded:  # Any: a value of a workflow
    """The answer of a task."""
    return TaskSucceeded(time=2.0, address=address, attempt=1, value=value, started=1.5)


def dead_owner() -> Owner:
    """A claim by a process of this machine that isn't there any more."""
    return msgspec.structs.replace(Owner.here(), started="1", token="dead")


def distant_owner() -> Owner:
    """A claim by a process of another machine."""
    return msgspec.structs.replace(Owner.here(), host="elsewhere.example", boot="another", token="distant")
