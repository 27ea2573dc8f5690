"""One life of a run that is proven: what a process is told, and what it leaves behind when it is gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import msgspec

from braid.testing.prove_points import CrashPoint

Json = Any  # Any: a JSON value

RUN_ID = "proof"
"""Of every life, so that `uuid()` and `random()` draw the same."""


class Instructions(msgspec.Struct, frozen=True, kw_only=True):
    """What one life is for.

    Attributes:
        workflow: The file, in this life's copy of the folder.
        shown: How diagnostics name the file.
        cwd: Where the process is.
        state: The folder of the journal.
        log: Where what it executes is written down, line by line.
        report: Where its end is told.
        crash: Where the process ends, without any cleanup.
        resumes: It goes on with the run that an earlier life began.
        mocks: The text of a mocks file; None without one.
    """

    workflow: Path
    shown: str
    cwd: Path
    state: Path
    log: Path
    report: Path
    inputs: dict[str, Json] = {}
    max_concurrency: int | None = None
    allow_path: bool = False
    crash: CrashPoint | None = None
    resumes: bool = False
    mocks: str | None = None


class Step(msgspec.Struct, frozen=True):
    """The place of a step in its file: how diagnostics name the file, and offsets of characters."""

    file: str
    start: int
    end: int


class Executing(msgspec.Struct, frozen=True, kw_only=True, tag_field="did", tag="executing"):
    """The code of a task is about to run.

    Attributes:
        writes: Its kind acts on the outside.
        repeatable: What its step, else its kind, says of acting twice; None where neither knows.
    """

    address: str
    attempt: int
    kind: str
    writes: bool
    repeatable: bool | None
    step: Step | None = None


class Executed(msgspec.Struct, frozen=True, kw_only=True, tag_field="did", tag="executed"):
    """It returned."""

    address: str
    attempt: int
    succeeded: bool


class Died(msgspec.Struct, frozen=True, kw_only=True, tag_field="did", tag="died"):
    """The process ends here, as it was told to.

    Attributes:
        what: What the write was to keep, such as `the answer of fetch`.
        promised: How many events the journal had said it kept.
    """

    what: str
    promised: int


LogLine = Executing | Executed | Died

Execution = tuple[str, int]
"""Address and attempt."""


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """What the journal knew when a life went on with it; `events` is how many it had."""

    events: int = 0
    started: tuple[Execution, ...] = ()
    answered: tuple[Execution, ...] = ()


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """How a life ended that came to its end.

    Attributes:
        result: `{status, output, error}`; None when nothing could run.
        refused: Why it could not go on, for people; "" when it could.
        writes: How often it wrote to the journal.
        seconds: That the run took.
        recorded: Of a life that resumes.
    """

    result: Json = None
    refused: str = ""
    writes: int = 0
    seconds: float = 0.0
    recorded: Recorded = Recorded()


class Life(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a process.

    Attributes:
        lines: What it wrote down, in order.
        report: None when it didn't come to its end.
        code: Its exit code, negative for a signal.
        overdue: It was killed because it took too long.
        printed: The end of what it printed to standard error.
    """

    lines: tuple[LogLine, ...]
    report: Report | None
    code: int
    overdue: bool
    printed: str

    @property
    def death(self) -> Died | None:
        """That it died as it was told to."""
        return next((line for line in self.lines if isinstance(line, Died)), None)

    @property
    def executing(self) -> dict[Execution, Executing]:
        """What it began to execute."""
        return {(line.address, line.attempt): line for line in self.lines if isinstance(line, Executing)}

    @property
    def cut_off(self) -> Executing | None:
        """What it executed when it ended; the first to begin, if there are several."""
        returned = {(line.address, line.attempt) for line in self.lines if isinstance(line, Executed)}
        return next((line for execution, line in self.executing.items() if execution not in returned), None)

    @property
    def succeeded(self) -> frozenset[Execution]:
        """What it executed with success."""
        return frozenset(
            (line.address, line.attempt) for line in self.lines if isinstance(line, Executed) and line.succeeded
        )


PRINTED_CHARS_MAX = 2_000

T = TypeVar("T")


def encoded(message: msgspec.Struct) -> bytes:
    """A message between our processes."""
    return msgspec.json.encode(message, enc_hook=str)


def decoded(data: bytes, cls: type[T]) -> T:
    """As above, read again."""
    return msgspec.json.decode(data, type=cls, dec_hook=lambda asked, value: asked(value))


_lines = msgspec.json.Decoder(LogLine)
_reports = msgspec.json.Decoder(Report)


def read_life(instructions: Instructions, code: int, overdue: bool, printed: Path) -> Life:
    """What a process that is gone has left."""
    lines = _existing(instructions.log).splitlines()
    report = _existing(instructions.report)
    return Life(
        lines=tuple(_lines.decode(line) for line in lines),
        report=_reports.decode(report) if report else None,
        code=code,
        overdue=overdue,
        printed=_existing(printed).decode("utf-8", "replace")[-PRINTED_CHARS_MAX:].strip(),
    )


def _existing(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
