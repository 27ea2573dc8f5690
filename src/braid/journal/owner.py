"""Who runs a run: a process, told apart from a later one with the same number by when it started."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

_PROC = Path("/proc")
_ENDED_STATES = ("Z", "X")
"""A zombie has ended; only its parent hasn't asked how."""


class Owner(msgspec.Struct, frozen=True):
    """One claim on a run, by one process.

    Attributes:
        boot: Names the time since the machine's last start; "" where the system has no such name.
        started: Clock ticks from that start to the process's own; "" where the system doesn't tell.
        token: Tells two claims of one process apart.
    """

    host: str
    pid: int
    boot: str
    started: str
    token: str

    @classmethod
    def here(cls) -> Owner:
        """A new claim by this process."""
        return cls(os.uname().nodename, os.getpid(), _boot(), _state(os.getpid())[1], os.urandom(8).hex())

    def alive(self) -> bool | None:
        """Whether the process still runs; None for a process of another machine, of which nothing is known here.

        A process that can't be seen from here, such as one in a container that has the same host name, counts as dead.
        A journal refuses what such a process appends after somebody else claimed its run.
        """
        if not self._on_this_machine():
            return None
        if self.boot != _boot():
            return False
        try:
            state, started = _state(self.pid)
        except OSError:
            return exists(self.pid)
        return state not in _ENDED_STATES and started == self.started

    def _on_this_machine(self) -> bool:
        # A laptop gets another name from another network, but not another boot.
        return self.host == os.uname().nodename or (self.boot != "" and self.boot == _boot())

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"


def _boot() -> str:
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _state(pid: int) -> tuple[str, str]:
    """Its state's letter and its start, from proc(5); two empty texts where there is no /proc.

    Raises:
        OSError: There is a /proc, but no such process can be seen in it.
    """
    if not (_PROC / "self").exists():
        if not exists(pid):
            raise ProcessLookupError(pid)
        return "", ""
    # The name, second field, is in brackets and may itself hold brackets and spaces.
    fields = (_PROC / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()
    return fields[0].decode(), fields[19].decode()


def exists(pid: int) -> bool:
    """Whether there is a process with this number that can be seen from here."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        # It is somebody else's.
        return True
    return True
