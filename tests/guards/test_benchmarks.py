"""The benchmarks run, and their floor for graphs is what it says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))


def test_rows_tell_ratio_figure_floor_and_target() -> None:
    command = [sys.executable, BENCHMARKS / "bench.py", "--quick", "--repetitions", "1", "--only", "W3", "W5"]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    first, *_, last = ended.stdout.strip().splitlines()

    assert first.startswith("W3 ")
    assert all(word in first for word in ("µs a step", "floor", "target ≤ 20 µs"))
    assert last.endswith("targets are met")


def test_list_scheduling_takes_the_first_ready_step_and_leaves_no_worker_idle() -> None:
    from suite.traces import Trace, list_schedule

    trace = Trace(
        "t", {"short": 1, "long": 3, "after": 2, "other": 2}, {"short": [], "long": [], "after": ["short"], "other": []}
    )

    assert list_schedule(trace, 1) == 8
    assert list_schedule(trace, 2) == 5
    assert list_schedule(trace, 4) == 3


def test_longest_path_first_puts_the_critical_path_first() -> None:
    from suite.traces import Trace, list_schedule

    trace = Trace("t", {"a": 1, "b": 1, "c": 2, "d": 4}, {"a": [], "b": [], "c": [], "d": ["c"]})

    assert list(trace.longest_path_first().seconds)[:2] == ["c", "d"]
    assert list_schedule(trace, 2) == 7
    assert list_schedule(trace.longest_path_first(), 2) == 6


def test_a_section_of_the_page_is_replaced_and_others_stay(tmp_path: Path) -> None:
    from suite.table import write_section

    page = tmp_path / "RESULTS.md"
    for heading, text in (("One", "1\n"), ("Two", "2\n"), ("One", "3\n")):
        write_section(page, heading, text)

    assert page.read_text() == "# Results of the benchmarks\n\n## One\n\n3\n\n## Two\n\n2\n"
