"""`braid timeline`: what ran when, in as many columns as there are."""

from __future__ import annotations

import pytest
from histories import ITEMS, failed_run, looked_back, texts, wide_run

from braid.diagnostics.terminal_text import columns
from braid.report.run_history import RunHistory
from braid.report.timeline import ROWS_MAX, timeline, timeline_json
from braid.report.timeline_view import timeline_lines
from braid.testing.driver import START_TIME
from braid.testing.past_run import PastRun

TIMELINE_FAILED_60 = """\
brief failed after 10.0s  run r1

                |0s              |5s
✗ gather        ─────────────────────────────────✗   10.0s
  ✓ left/first *████                                  1.0s
  ⊘ right/slow *█████████████████████████████████⊘   10.0s
  ✗ left/flaky *   ███████·············███████✗       8.0s

█ executing   · between attempts   ─ holds other steps
* critical path
"""

TIMELINE_FAILED_100 = """\
brief failed after 10.0s  run r1

                |0s           |2s            |4s            |6s            |8s
✗ gather        ─────────────────────────────────────────────────────────────────────────✗   10.0s
  ✓ left/first *████████                                                                      1.0s
  ⊘ right/slow *█████████████████████████████████████████████████████████████████████████⊘   10.0s
  ✗ left/flaky *       ███████████████·····························███████████████✗           8.0s

█ executing   · between attempts   ─ holds other steps   * critical path
"""

TIMELINE_WIDE_60 = """\
items succeeded in 20.0s  run r1

             |0s      |5s      |10s     |15s
✓ each      *██████████████████████████▆▅            15.0s
✓ pause     *                           ~~~~~         2.0s
✓ last_one  *                               ██████    3.0s

█ executing   ~ until its time   ▁█ steps at once
* critical path
"""

TIMELINE_RUNNING_60 = """\
items has been running for 5.0s in process 4711 on box  run r1

             |0s           |2s            |4s
▶ each       ─────────────────────────────────────    5.0s
  ✓ 0/fetch *███████████████                          2.0s
  ▶ 1/fetch  █████████████████████████████████████    5.0s
  ▶ 2/fetch  █████████████████████████████████████    5.0s
  … 3/fetch                ░░░░░░░░░░░░░░░░░░░░░░░    3.0s

█ executing   ░ waiting for a place   ─ holds other steps
* critical path
"""


def drawn(history: RunHistory, at: float, width: int, **options: bool) -> str:
    found = timeline(history, START_TIME + at, **options)
    return "\n".join(texts(timeline_lines(found, START_TIME + at, width))) + "\n"


@pytest.mark.parametrize(("width", "expected"), [(60, TIMELINE_FAILED_60), (100, TIMELINE_FAILED_100)])
def test_attempts_waits_and_ends_can_be_told_apart_without_colour(width: int, expected: str) -> None:
    assert drawn(looked_back(failed_run(), "failed", 10), 100, width) == expected


def test_a_wide_block_is_one_lane() -> None:
    assert drawn(looked_back(wide_run(), "succeeded", 20), 100, 60) == TIMELINE_WIDE_60


def test_who_waits_for_a_pool_is_not_drawn_as_executing() -> None:
    past = PastRun(ITEMS, {"n": 30})
    past.succeed(2, "0/fetch")

    assert drawn(looked_back(past, "running"), 5, 60) == TIMELINE_RUNNING_60


@pytest.mark.parametrize("width", [40, 60, 100, 200])
@pytest.mark.parametrize("unfold", [False, True])
def test_no_line_is_wider_than_the_terminal(width: int, unfold: bool) -> None:
    for history in (looked_back(failed_run(), "failed", 10), looked_back(wide_run(300), "succeeded", 155)):
        text = drawn(history, 100, width, unfold=unfold)
        assert max(columns(line) for line in text.splitlines()[2:]) <= width


def test_a_failure_in_a_lane_is_marked_where_it_happened() -> None:
    past = PastRun(
        "name: lane\nsteps:\n- id: each\n  foreach:\n    items: '{{ range(30) | list }}'\n    max_concurrency: 30\n"
        "    settle: true\n    steps: [{id: work, shell: 'true'}]\n"
    )
    past.fail(5, "7/work")
    for index in range(30):
        if index != 7:
            past.succeed(10, f"{index}/work")

    lane = drawn(looked_back(past, "succeeded", 10), 100, 60).splitlines()[3]
    cells = lane[lane.index("*") + 1 : lane.rindex("10.0s") - 1].strip()
    assert cells.index("✗") == pytest.approx(len(cells) / 2, abs=1)


def test_the_height_of_a_lane_is_the_number_of_steps_at_once() -> None:
    past = PastRun(ITEMS.replace("max_concurrency: 3", "max_concurrency: 30"), {"n": 30})
    for index in range(30):
        past.succeed(5 if index < 15 else 10, f"{index}/fetch")

    lane = drawn(looked_back(past, "running"), 10, 60).splitlines()[3]
    assert {"█", "▅"} == set(lane[lane.index("█") :].replace(" ", "").removesuffix("10.0s")) - {"▄", "▆", "▇"}


def test_ten_thousand_steps_fit() -> None:
    steps = "".join(f"- {{id: s{number}, set: {number}}}\n" for number in range(900))
    found = timeline(looked_back(PastRun(f"name: long\nsteps:\n{steps}"), "succeeded"), START_TIME)

    assert len(found.rows) == ROWS_MAX
    assert sum(row.left_out or 1 for row in found.rows) == 900


def test_a_step_ends_in_the_column_before_the_one_in_which_the_next_begins() -> None:
    past = PastRun("name: halves\nsteps:\n- {id: a, shell: 'true'}\n- {id: b, shell: 'true'}\n")
    past.succeed(5, "a")
    past.succeed(10, "b")

    # 61 columns leave 38 for the bars.
    lines = drawn(looked_back(past, "succeeded", 10), 100, 61).splitlines()
    assert [line.count("█") for line in lines[3:5]] == [19, 19]


def test_a_run_of_no_length_is_drawn() -> None:
    assert "✓ s0" in drawn(looked_back(PastRun("name: quick\nsteps:\n- {id: s0, set: 1}\n"), "succeeded", 0), 0, 60)


@pytest.mark.parametrize(
    ("seconds", "ticks"),
    [
        (0.004, "|0s |1ms |2ms |3ms"),
        (9.9, "|0s |2s |4s |6s |8s"),
        (3_700, "|0s |10m |20m |30m |40m |50m"),
        (864_000, "|0s |2d |4d |6d |8d"),
    ],
)
def test_the_axis_has_round_times(seconds: float, ticks: str) -> None:
    past = PastRun("name: long\nsteps:\n- {id: a, shell: 'true'}\n")
    past.succeed(seconds, "a")

    axis = drawn(looked_back(past, "succeeded", seconds), seconds, 80).splitlines()[2]
    assert axis.split() == ticks.split()


def test_json_gives_the_rows_as_seconds_from_the_start() -> None:
    document = timeline_json(timeline(looked_back(failed_run(), "failed", 10), START_TIME + 100))

    flaky = document["rows"][3]
    assert (flaky["address"], flaky["critical"], flaky["status"]) == ("gather/left/flaky", True, "failed")
    assert [(bar["what"], bar["start"], bar["end"], bar["status"]) for bar in flaky["bars"]] == [
        ("executing", 1, 3, "failed"),
        ("between", 3, 7, "succeeded"),
        ("executing", 7, 9, "failed"),
    ]
