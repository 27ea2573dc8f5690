"""`braid runs`: a table that fits."""

from __future__ import annotations

import pytest
from histories import OWNER, texts

from braid.diagnostics.terminal_text import columns
from braid.report.run_facts import RunFacts
from braid.report.runs_view import runs_lines
from braid.testing.driver import START_TIME

RUNS = [
    RunFacts(
        id="20270115-100000-x7k2p",
        workflow="city-brief",
        status="running",
        started=START_TIME + 7200,
        ended=None,
        owner=OWNER,
        events=34,
    ),
    RunFacts(
        id="20270115-080000-aaaaa",
        workflow="a-workflow-with-a-long-name",
        status="interrupted",
        started=START_TIME,
        ended=None,
        owner=None,
        events=1234,
    ),
]


def table(width: int) -> list[str]:
    return texts(runs_lines(RUNS, START_TIME + 7212, width))


@pytest.mark.parametrize("width", [60, 70, 80, 100, 140])
def test_no_line_is_wider_than_the_terminal_and_no_id_is_cut(width: int) -> None:
    lines = table(width)

    assert max(columns(line) for line in lines) <= width
    assert [line.split()[0] for line in lines[1:]] == [run.id for run in RUNS]


def test_what_tells_the_least_is_left_out_first() -> None:
    titles = {width: table(width)[0].split() for width in (60, 100, 140)}

    assert titles[60] == ["RUN", "WORKFLOW", "STATUS", "AGE", "TOOK"]
    assert titles[100] == ["RUN", "WORKFLOW", "STATUS", "STARTED", "AGE", "TOOK"]
    assert titles[140] == ["RUN", "WORKFLOW", "STATUS", "STARTED", "AGE", "TOOK", "EVENTS", "OWNER"]


def test_a_running_run_names_its_owner_and_counts_on() -> None:
    row = table(140)[1]

    assert row.endswith("12.0s      34  process 4711 on box")


def test_nobody_knows_how_long_a_run_took_whose_owner_died() -> None:
    assert RUNS[1].duration(START_TIME + 7212) is None
    assert RUNS[1].to_json(START_TIME + 7212)["duration"] is None
