"""W11: what a run of 100,000 steps leaves behind, and how long it takes to look at it and to go on with it."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import braid
from suite import shapes
from suite.fresh import BRAID, timed_command
from suite.measuring import Measure, Row, Seconds, at_least, at_most, interleaved, median, median_ratio, timed
from suite.setting import Setting

STEPS = 100_000
BYTES_A_STEP_MAX = 300
STEPS_A_SECOND_MIN = 50_000

_RUN = """
import sys, braid
braid.run(sys.argv[1], env={}, state=sys.argv[2], durability="normal", raise_on_failure=True)
"""


def large_run(setting: Setting) -> Iterator[Row]:
    """A run whose last step kills its process, so that all but that is there to go on with."""
    steps = STEPS // 10 if setting.quick else STEPS
    file = setting.folder / "large.braid.yaml"
    file.write_text(shapes.foreach(steps, then='python: {call: "bench_steps:last", isolation: thread}'))
    _die(file, setting.state)
    size = sum(path.stat().st_size for path in setting.state.rglob("*") if path.is_file())
    database = next(path for path in setting.state.rglob("*") if path.name.endswith((".sqlite", ".db")))
    yield Row(
        workload="W11",
        what=f"journal of {steps:,} steps that do nothing",
        ratio=None,
        figure=f"{size / steps:.0f} bytes a step",
        targets=[at_most(size / steps, BYTES_A_STEP_MAX, "≤ 300 bytes a step")],
    )
    measures: dict[str, Measure] = {
        "rows": lambda: timed(lambda: _rows(database)),
        "show": lambda: timed_command([BRAID, "show", "--state", str(setting.state), "last"]),
        "resume": lambda: _resumed(file, setting.state),
    }
    rounds = interleaved(measures, setting.repetitions_of_long)
    floor = f"{median(rounds['rows']):.3f} s: reading the rows"
    speed = steps / median(rounds["resume"])
    yield Row(
        workload="W11",
        what=f"`braid show` of {steps:,} steps",
        ratio=median_ratio(rounds["show"], rounds["rows"]),
        figure=f"{median(rounds['show']):.2f} s",
        floor=floor,
        repetitions=setting.repetitions_of_long,
    )
    yield Row(
        workload="W11",
        what=f"resuming after {steps:,} steps",
        ratio=median_ratio(rounds["resume"], rounds["rows"]),
        figure=f"{median(rounds['resume']):.2f} s, {speed:,.0f} steps a second",
        floor=floor,
        repetitions=setting.repetitions_of_long,
        targets=[at_least(speed, STEPS_A_SECOND_MIN, "≥ 50,000 steps a second")],
    )
    setting.forget()


def _die(file: Path, state: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _RUN, file, state], env={**os.environ, "BENCH_DIES": "1"}, check=False
    )
    assert ended.returncode == 9, "the last step should have ended the process"
    # Taken into the file, as closing the journal does.
    database = next(path for path in state.rglob("*") if path.name.endswith((".sqlite", ".db")))
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _resumed(file: Path, state: Path) -> Seconds:
    copy = state.with_name("copy")
    shutil.copytree(state, copy)
    seconds = timed(lambda: braid.resume("last", state=copy, durability="normal", raise_on_failure=True))
    shutil.rmtree(copy)
    return seconds


def _rows(database: Path) -> None:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("SELECT * FROM events ORDER BY run, seq").fetchall()
