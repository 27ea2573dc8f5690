"""`braid show`: what a run looks like afterwards, and while it runs."""

from __future__ import annotations

from typing import Any

import pytest
from histories import ITEMS, failed_run, looked_back, texts, wide_run

from braid.report.run_history import RunHistory
from braid.report.show_view import show_json, show_lines
from braid.report.step_rows import FAILURES_SHOWN_MAX, step_rows
from braid.report.step_view import StepNameError, find_step, step_json, step_lines
from braid.testing.driver import START_TIME
from braid.testing.past_run import PastRun

SHOW_FAILED_60 = """\
brief failed after 10.0s
  run      r1
  started  2027-01-15 08:00:00 (1m ago)

✗ gather  parallel  1 of 3 not begun                   10.0s
  ✓ left/first  shell                                   1.0s
  ⊘ right/slow  shell                                  10.0s
  ✗ left/flaky  shell  2 attempts  no luck again        8.0s
  page  not begun
"""

SHOW_FAILED_100 = """\
brief failed after 10.0s
  run      r1
  started  2027-01-15 08:00:00 (1m ago)

✗ gather  parallel  1 of 3 not begun                                                           10.0s
  ✓ left/first  shell                                                                           1.0s
  ⊘ right/slow  shell                                                                          10.0s
  ✗ left/flaky  shell  2 attempts  no luck again  4.0s between attempts                         8.0s
  page  not begun
"""

SHOW_RUNNING_60 = """\
items has been running for 5.0s
  run      r1
  started  2027-01-15 08:00:00 (5s ago)
  owner    process 4711 on box
  inputs   n: 30

▶ each  foreach  26 of 30 not begun                     5.0s
  ✓ 0/fetch  shell                                      2.0s
  ▶ 1/fetch  shell                                      5.0s
  ▶ 2/fetch  shell                                      5.0s
  … 3/fetch  shell  waits for pool `few`                3.0s
  pause  not begun
  last_one  not begun
"""

SHOW_INTERRUPTED_60 = """\
items was interrupted; its last sign of life came after 2.0s
  run      r1
  started  2027-01-15 08:00:00 (5s ago)
  inputs   n: 30

! each  foreach  26 of 30 not begun                     2.0s
  ✓ 0/fetch  shell                                      2.0s
  ! 1/fetch  shell  was executing                       2.0s
  ! 2/fetch  shell  was executing                       2.0s
  ! 3/fetch  shell  waited for pool `few`              0.00s
  pause  not begun
  last_one  not begun
"""

SHOW_WIDE_60 = """\
items succeeded in 20.0s
  run      r1
  started  2027-01-15 08:00:00 (1m ago)
  inputs   n: 30

✓ each  30 in all  30 succeeded                        15.0s
✓ pause  delay                                          2.0s
✓ last_one  shell                                       3.0s
"""

STEP_FLAKY = """\
✗ gather/left/flaky
  kind     shell
  status   failed, 2 attempts, 8.0s
  place    past.braid.yaml:11:17
  started  2027-01-15 08:00:01
  error    task: no luck again

attempts
  08:00:01.0  attempt 1  failed after 2.0s: no luck at first
  08:00:03.0  waited 4.0s for the next attempt
  08:00:07.0  attempt 2  failed after 2.0s: no luck again

arguments
  {
    "run": {
      "script": "false",
      "variables": {}
    }
  }
"""

SETTLED = """\
name: settled
steps:
  - id: each
    foreach:
      items: "{{ range(40) | list }}"
      max_concurrency: 40
      settle: true
      steps:
        - id: work
          shell: "true"
  - id: check
    if: each | length > 100
    shell: "true"
"""


def running() -> PastRun:
    past = PastRun(ITEMS, {"n": 30})
    past.succeed(2, "0/fetch")
    return past


def shown(history: RunHistory, at: float, width: int, **options: bool) -> str:
    return "\n".join(texts(show_lines(history, START_TIME + at, width, **options))) + "\n"


@pytest.mark.parametrize(("width", "expected"), [(60, SHOW_FAILED_60), (100, SHOW_FAILED_100)])
def test_a_failed_run_shows_each_step_and_what_never_began(width: int, expected: str) -> None:
    assert shown(looked_back(failed_run(), "failed", 10), 100, width) == expected


def test_a_run_that_goes_on_says_who_has_it_and_who_waits_for_what() -> None:
    assert shown(looked_back(running(), "running"), 5, 60) == SHOW_RUNNING_60


def test_nothing_runs_in_a_run_whose_owner_died() -> None:
    assert shown(looked_back(running(), "interrupted"), 5, 60) == SHOW_INTERRUPTED_60


def test_a_wide_block_is_folded_to_counts_and_unfolded_when_asked() -> None:
    history = looked_back(wide_run(), "succeeded", 20)

    assert shown(history, 100, 60) == SHOW_WIDE_60
    assert shown(history, 100, 60, unfold=True).count("/fetch") == 30


def test_the_failures_of_a_folded_block_have_rows_up_to_a_limit() -> None:
    past = PastRun(SETTLED)
    for index in range(40):
        (past.fail if index % 2 else past.succeed)(1 + index, f"{index}/work", f"item {index}")

    rows = step_rows(looked_back(past, "succeeded").root)
    assert [row.label for row in rows[: FAILURES_SHOWN_MAX + 2]] == [
        "each",
        *[f"{2 * number + 1}/work" for number in range(FAILURES_SHOWN_MAX)],
        "check",
    ]
    fold = rows[0].fold
    assert fold is not None
    assert (fold.total, fold.succeeded, fold.failed) == (40, 20, 20)


def test_a_long_list_is_cut_in_its_middle_and_counted() -> None:
    steps = "".join(f"- {{id: s{number}, set: {number}}}\n" for number in range(500))
    past = PastRun(f"name: long\nsteps:\n{steps}")

    text = shown(looked_back(past, "succeeded"), 5, 60).splitlines()
    assert text[65] == "  … 381 more steps; --all shows them"
    assert (text[5].split()[1], text[-1].split()[1]) == ("s0", "s499")


def test_what_is_inside_blocks_of_blocks_is_folded_first() -> None:
    past = PastRun(
        "name: deep\nsteps:\n- id: outer\n  foreach:\n    items: '{{ range(20) | list }}'\n    steps:\n"
        "    - id: inner\n      foreach:\n        items: '{{ range(20) | list }}'\n        steps: [{id: x, set: 1}]\n"
    )

    rows = step_rows(looked_back(past, "succeeded").root)
    assert len(rows) == 21
    assert rows[0].fold is None
    assert all(row.fold for row in rows[1:])


def test_json_is_the_document_of_the_run_with_its_inputs_and_its_owner() -> None:
    document = show_json(looked_back(running(), "running"), START_TIME + 5)

    assert document["status"] == "running"
    assert document["duration"] == 5
    assert document["inputs"] == {"n": 30}
    assert document["owner"] == {"host": "box", "pid": 4711}
    assert [(step["address"], step["status"], step["duration"]) for step in document["steps"]] == [
        ("each", "running", 5),
        ("each/0/fetch", "succeeded", 2),
        ("each/1/fetch", "running", 5),
        ("each/2/fetch", "running", 5),
        ("each/3/fetch", "waiting", 3),
    ]


def test_a_step_shows_its_arguments_its_place_and_each_attempt() -> None:
    history = looked_back(failed_run(), "failed", 10, "flaky")

    lines = step_lines(history, find_step(history, "flaky"), START_TIME + 100, 60)
    assert "\n".join(texts(lines)) + "\n" == STEP_FLAKY


def test_a_step_as_json_has_what_it_was_given_and_gave() -> None:
    history = looked_back(wide_run(4), "succeeded", 7, "each/3/fetch")

    document = step_json(history, history.spans["each/3/fetch"], START_TIME)
    assert document["arguments"]["run"]["script"] == "true"
    assert document["place"] == "past.braid.yaml:11:15"
    (attempt,) = document["history"]
    assert (attempt["what"], attempt["pool"], attempt["asked_at"]) == ("attempt", "few", "2027-01-15T08:00:01.000Z")


def test_arguments_are_kept_of_the_wanted_steps_only() -> None:
    history = looked_back(wide_run(4), "succeeded", 7, "each/3/fetch")

    kept = [a for a, span in history.spans.items() if any(s.arguments is not None for s in span.stretches)]
    assert kept == ["each/3/fetch"]


def test_a_secret_is_never_shown() -> None:
    past = PastRun("name: s\nsecrets: [KEY]\nsteps:\n- {id: call, shell: 'echo {{ secrets.KEY }}'}\n")
    history = looked_back(past, "running", wanted="call")

    arguments: dict[str, Any] = step_json(history, history.spans["call"], START_TIME)["arguments"]
    assert "***" in str(arguments)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("fetch", r"`fetch` is 30 steps of this run: each/0/fetch, .* and 25 more; give an address"),
        ("last_onee", "no step `last_onee` was started in this run; did you mean `last_one`?"),
        ("zebra", "no step `zebra` was started in this run; `braid show` lists them"),
    ],
)
def test_a_name_that_is_no_step_is_answered_with_the_way_out(name: str, message: str) -> None:
    with pytest.raises(StepNameError, match=message.replace("?", r"\?")):
        find_step(looked_back(wide_run(), "succeeded"), name)


def test_an_end_of_an_address_that_one_step_has_is_enough() -> None:
    assert find_step(looked_back(wide_run(), "succeeded"), "7/fetch").address == "each/7/fetch"


def test_what_steps_say_cannot_forge_lines_of_the_report() -> None:
    past = PastRun("name: forge\nsteps:\n- {id: a, shell: 'true'}\n")
    past.fail(1, "a", "x\n✓ a  succeeded\x1b[2K")

    lines = shown(looked_back(past, "failed", 1), 5, 100).splitlines()
    assert lines[4].startswith("✗ a  shell  x ⏎ ✓ a  succeeded\\x1b[2K")
    assert len(lines) == 5
