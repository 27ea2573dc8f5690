"""What can go wrong with a journal. Each message names the journal or the run, and the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from braid.journal.owner import Owner


class JournalError(Exception):
    """A journal can't do what it was asked.

    Attributes:
        stopped: The run that was stopped by it, and can be resumed; "" where none was going on.
    """

    stopped: str = ""


class JournalFullError(JournalError):
    """Nothing was written, for want of room; the run can go on once there is some."""


class JournalLostError(JournalError):
    """Unknown what was written. End the process and resume."""


class JournalLockedError(JournalError):
    """Another process held the journal for too long. Nothing was written; it can be tried again."""


class JournalAccessError(JournalError):
    """The journal's place can't be used: not a folder, no permission, read-only."""


class JournalVersionError(JournalError):
    """The journal was written by a later Braid, or is no journal of Braid."""


class JournalCorruptError(JournalError):
    """What is in the journal isn't what was written.

    Attributes:
        run_id: The run whose events are damaged; None where the journal as a whole is.
        readable: How many events of that run, from its first on, can still be read.
    """

    def __init__(self, message: str, run_id: str | None = None, readable: int = 0) -> None:
        super().__init__(message)
        self.run_id = run_id
        self.readable = readable


class ValueTooLargeError(JournalError):
    """A step's value is larger than a journal takes. Nothing was written.

    Attributes:
        address: Of the step; "" for the inputs of the run.
        size: Of the encoded value, in bytes.
    """

    def __init__(self, address: str, size: int, most: int) -> None:
        owner = f"the value of step `{address}` takes" if address else "the inputs of the run take"
        super().__init__(f"{owner} {size:,} bytes; at most {most:,} are kept: write it to a file and return the path")
        self.address = address
        self.size = size


class RunUnknownError(JournalError):
    """There is no such run in this journal."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"there is no run `{run_id}` in this journal")
        self.run_id = run_id


class RunExistsError(JournalError):
    """A run with this id is there already."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"there is a run `{run_id}` in this journal already")
        self.run_id = run_id


class RunOwnedError(JournalError):
    """Another process, or another part of this one, runs this run. Nothing was written.

    Attributes:
        owner: Whose it is; None when it was given up, and the caller hasn't claimed it.
    """

    def __init__(self, run_id: str, owner: Owner | None) -> None:
        whose = f"belongs to {owner}" if owner else "has no owner; it must be claimed before it can go on"
        super().__init__(f"run `{run_id}` {whose}")
        self.run_id = run_id
        self.owner = owner
