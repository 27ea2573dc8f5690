"""Programs in processes of their own: how long they take, and how much memory they need at most."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from suite.measuring import Seconds

BRAID = str(Path(sys.executable).with_name("braid"))

# The peak of a child begins with what its parent had when it was forked: that has to be a small program.
_PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform == "darwin" else 1024))
"""

_IN_MEMORY = """
import sys, braid
braid.run(sys.argv[1], env={}, no_journal=True, raise_on_failure=True)
"""


def in_memory(file: Path) -> list[str]:
    """The command that runs a file without a journal and keeps its result in memory."""
    return [sys.executable, "-c", _IN_MEMORY, str(file)]


def as_installed(folder: Path) -> dict[str, str]:
    """The environment in which Python finds modules compiled, as an installer leaves them.

    Args:
        folder: Where the first call puts what is compiled, whatever may be written elsewhere.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**environment, "PYTHONPYCACHEPREFIX": str(folder)}


def timed_command(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Seconds:
    """One call, as a person waits for it.

    Raises:
        CalledProcessError: It failed.
    """
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=environment)
    return Seconds(time.perf_counter() - began)


def peak_of(command: Sequence[str], environment: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """Start a program; `bytes_of` gives its peak."""
    peak = [sys.executable, "-S", "-c", _PEAK, *command]
    return subprocess.Popen(peak, stdout=subprocess.PIPE, text=True, env=environment)


def bytes_of(process: subprocess.Popen[str]) -> int:
    """Of resident memory, at most.

    Raises:
        CalledProcessError: It failed.
    """
    found, _ = process.communicate()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    return int(found)


def mega(count: float) -> str:
    """As MB."""
    return f"{count / 1e6:.1f} MB"
