"""What is counted, whatever the speed of the machine: calls, bytecode instructions, commits, imports, bytes.

    python tests/guards/guard_counts.py [--update]

prints what is counted today beside the figures of `figures.json`, or writes them there. A change that makes a step
dearer for a reason updates them in the same commit.
"""

from __future__ import annotations

import contextlib
import cProfile
import json
import platform
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any
from unittest import mock

from guard_workflows import Shape, chain, foreach, graph, parallel, run, written

import braid

TABLE = Path(__file__).with_name("figures.json")
PYTHON = ".".join(platform.python_version_tuple()[:2])
STEPS_FEW, STEPS_MORE = 200, 700
"""What a step costs is what five hundred more cost: the start and end of a run don't count."""

_PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform == "darwin" else 1024))
"""
_RUN = """
import sys, braid
braid.run(sys.argv[1], env={}, no_journal=True, raise_on_failure=True)
"""
_COMMAND = """
import contextlib, io, sys
before = set(sys.modules)
from braid.cli.main import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    sys.argv[0] = "braid"
    main()
"""
_MODULES = """
print("\\n".join(sorted(set(sys.modules) - before)))
"""
_DATACLASSES = """
ours = {each for name, module in sys.modules.items() if name.startswith("braid") for each in vars(module).values()
        if isinstance(each, type) and each.__module__ == name and "__dataclass_fields__" in vars(each)}
print("\\n".join(sorted(f"{each.__module__}.{each.__qualname__}" for each in ours)))
"""


# Calls and instructions.


def calls(work: Callable[[], object]) -> int:
    """How often this thread enters functions, of Python or C, and goes on in coroutines."""
    profile = cProfile.Profile()
    profile.runcall(work)
    return sum(entry.callcount for entry in profile.getstats())


def instructions(work: Callable[[], object]) -> int:
    """How many bytecode instructions this thread executes."""
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        if event == "call":
            frame.f_trace_opcodes, frame.f_trace_lines = True, False
        elif event == "opcode":
            count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def each_step(
    count: Callable[[Callable[[], object]], int],
    shape: Shape,
    folder: Path,
    few: int = STEPS_FEW,
    more: int = STEPS_MORE,
    **named: str,
) -> float:
    """Of a step of the first run of a plan, in memory."""
    found = {}
    for steps in (few, more):
        # Imports, and what is kept from one run to the next, as compiled expressions are.
        run(braid.load(written(folder, shape(steps, **named))))
    for steps in (few, more):
        plan = braid.load(written(folder, shape(steps, **named)))
        found[steps] = count(partial(run, plan))
    return (found[more] - found[few]) / (more - few)


def growth(shape: Shape, folder: Path, few: int, more: int, **named: str) -> float:
    """How many times the calls of a step there are among so many more."""
    base = each_step(calls, shape, folder, few // 10, few, **named)
    return each_step(calls, shape, folder, few, more, **named) / base


def growth_of_loading(shape: Shape, folder: Path, few: int = 1_000, more: int = 4_000) -> float:
    """How many times the calls for a step there are in a larger file."""
    found = {}
    braid.load(written(folder, shape(few // 10)))  # imports
    for steps in (few, more):
        path = written(folder, shape(steps))
        found[steps] = calls(partial(braid.load, path)) / steps
    return found[more] / found[few]


# The journal.


@contextlib.contextmanager
def statements() -> Iterator[list[str]]:
    """What SQLite is told meanwhile, whoever tells it, in capitals."""
    told: list[str] = []
    connect = sqlite3.connect

    # Whatever `sqlite3.connect` takes.
    def traced(*given: Any, **named: Any) -> sqlite3.Connection:
        connection = connect(*given, **named)
        connection.set_trace_callback(lambda statement: told.append(statement.strip().upper()))
        return connection

    with mock.patch("sqlite3.connect", traced):
        yield told


def durable(folder: Path, lines: Sequence[str], durability: str = "full") -> list[str]:
    """What SQLite is told in a run with a new journal."""
    shutil.rmtree(folder / "state", ignore_errors=True)
    plan = braid.load(written(folder, lines))
    with statements() as told:
        braid.run(plan, env={}, state=folder / "state", durability=durability, raise_on_failure=True)
    return told


def commits_a_step(shape: Shape, folder: Path, steps: int, **named: int) -> float:
    """Of a run that is kept as by default."""
    told = durable(folder, shape(steps, **named))
    return sum(statement.startswith("COMMIT") for statement in told) / steps


def journal_bytes_a_step(shape: Shape, folder: Path, steps: int, **named: str) -> float:
    """Of what a run leaves on the disk."""
    durable(folder, shape(steps, **named), "normal")
    return sum(path.stat().st_size for path in (folder / "state").rglob("*") if path.is_file()) / steps


# Processes of their own.


def modules(arguments: Sequence[str], first: str = "") -> set[str]:
    """What the command imports."""
    command = [sys.executable, "-c", first + _COMMAND + _MODULES, *arguments]
    return set(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())


def dataclasses_made(arguments: Sequence[str], first: str = "") -> set[str]:
    """Classes of ours for which the command compiles methods: 0.7 ms each, at each start; a struct takes 0.03 ms."""
    command = [sys.executable, "-c", first + _COMMAND + _DATACLASSES, *arguments]
    return set(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())


def run_command(folder: Path) -> list[str]:
    """`braid run` of a simple file, as people call it."""
    return ["run", "--quiet", "--state", str(folder / "state"), str(written(folder, chain(3)))]


def packages(names: set[str]) -> set[str]:
    """Whose modules these are, where they are neither ours nor the standard library's."""
    tops = {name.partition(".")[0] for name in names}
    built = {top for top in tops if "cython" in top}  # what compiled packages share
    return tops - set(sys.stdlib_module_names) - built - {"braid", "guarded"}


def peak_bytes(folder: Path, lines: Sequence[str]) -> int:
    """Resident memory of a process that runs this without a journal."""
    # The peak of a child begins with what its parent had when it was forked: that has to be a small program.
    command = [sys.executable, "-S", "-c", _PEAK, sys.executable, "-c", _RUN, str(written(folder, lines))]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def bytes_an_item(folder: Path, few: int = 10_000, more: int = 50_000, function: str = "noop") -> float:
    """Of a foreach that collects its results."""
    return (peak_bytes(folder, foreach(more, function)) - peak_bytes(folder, foreach(few, function))) / (more - few)


# The table.

FIGURES: dict[str, Callable[[Path], float]] = {
    **{
        f"{count.__name__} a step, {shape.__name__}": partial(each_step, count, shape)
        for count in (calls, instructions)
        for shape in (chain, parallel, graph)
    },
    # From where on items are reported together.
    **{
        f"{count.__name__} a step, foreach": partial(each_step, count, foreach, few=1_500, more=2_000)
        for count in (calls, instructions)
    },
    "modules, braid --help": lambda folder: len(modules(["--help"])),
    "modules, braid run": lambda folder: len(modules(run_command(folder))),
    "dataclasses, braid run": lambda folder: len(dataclasses_made(run_command(folder))),
    "journal bytes a step, foreach": lambda folder: journal_bytes_a_step(foreach, folder, 2_000),
    "journal bytes a step, chain": lambda folder: journal_bytes_a_step(chain, folder, 500),
}
"""What is held to a figure of the table. What has a bound of its own stands in the tests."""


def table() -> dict[str, Any]:
    """The figures."""
    found: dict[str, Any] = json.loads(TABLE.read_text())
    return found


def main() -> None:
    """Count all, and show or write it."""
    update = "--update" in sys.argv
    before = table()["figures"] if TABLE.exists() else {}
    found = {}
    for name, count in FIGURES.items():
        with tempfile.TemporaryDirectory() as folder:
            found[name] = round(count(Path(folder)), 1)
        print(f"{name:34}{found[name]:>10}{before.get(name, ''):>10}")
    if update:
        with tempfile.TemporaryDirectory() as folder:
            imported = sorted(packages(modules(run_command(Path(folder)))))
        TABLE.write_text(json.dumps({"python": PYTHON, "packages": imported, "figures": found}, indent=2) + "\n")


if __name__ == "__main__":
    main()
