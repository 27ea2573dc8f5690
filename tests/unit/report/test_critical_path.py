"""The critical path: no gap, no guess."""

from __future__ import annotations

from typing import Any

import pytest
from histories import failed_run, looked_back, wide_run
from hypothesis import given, settings
from hypothesis import strategies as st
from test_span_observer import observed

from braid.report.critical_path import critical_path, shares
from braid.testing.driver import START_TIME
from braid.testing.generator import workflows
from braid.testing.laws import driven
from braid.testing.past_run import PastRun
from braid.testing.profiles import EVERYTHING

GRAPH = """\
name: graph
steps:
  - id: g
    graph:
      max_concurrency: 2
      steps:
        - {id: a, shell: 'true'}
        - {id: b, shell: 'true'}
        - {id: c, shell: 'true'}
        - {id: d, shell: "echo {{ a.stdout }}"}
"""


def path(past: PastRun, status: str) -> list[tuple[str, float, float]]:
    legs = critical_path(looked_back(past, status).last)
    return [(leg.stretch.step.address, leg.start - START_TIME, leg.end - START_TIME) for leg in legs]


def test_the_path_goes_through_what_made_a_step_end() -> None:
    # `slow` ended last, but nobody waited for it: it was told to end by the failure of `flaky`.
    assert path(failed_run(), "failed") == [
        ("gather/left/first", 0, 1),
        ("gather/left/flaky", 1, 3),
        ("gather/left/flaky", 3, 7),
        ("gather/left/flaky", 7, 9),
        ("gather/right/slow", 9, 10),
    ]


def test_the_shares_of_the_items_of_a_block_are_one() -> None:
    found = shares(critical_path(looked_back(wide_run(), "succeeded").last))

    each, pause, last = found
    assert (each.pattern, each.seconds, each.in_pool, list(each.windows)) == ("each/*/fetch", 15, 5, ["each"])
    assert (pause.pattern, pause.seconds, pause.idle) == ("pause", 2, 2)
    assert (last.pattern, last.seconds) == ("last_one", 3)


def test_room_in_a_graph_is_told_from_a_need() -> None:
    past = PastRun(GRAPH)
    past.succeed(1, "b")
    past.succeed(2, "a", {"stdout": ""})
    past.succeed(3, "c")
    past.succeed(5, "d")

    spans = looked_back(past, "succeeded").spans
    held = {address: critical_path(spans[address].stretches[0])[-1].held_by for address in ("g/a", "g/b", "g/c", "g/d")}
    assert {address: block.address if block else None for address, block in held.items()} == {
        "g/a": None,
        "g/b": None,
        "g/c": "g",
        "g/d": None,
    }


def test_the_path_inside_a_step_begins_with_it() -> None:
    history = looked_back(wide_run(6), "succeeded")

    legs = critical_path(history.spans["each"].end_cause, history.spans["each"])
    assert sum(leg.seconds for leg in legs) == 3
    assert {leg.stretch.step.parent for leg in legs} == {history.spans["each"]}


@settings(deadline=None)
@given(workflows(EVERYTHING), st.integers(0, 2**32))
def test_the_legs_of_any_run_take_all_of_its_time(values: dict[str, Any], seed: int) -> None:
    spans, _ = observed(driven(values, seed))

    legs = critical_path(spans.root.end_cause)
    assert spans.root.ended is not None
    edges = [START_TIME, *(leg.end for leg in legs)]
    assert [leg.start for leg in legs] == edges[:-1]
    assert edges[-1] == pytest.approx(spans.root.ended)
    assert sum(share.seconds for share in shares(legs)) == pytest.approx(spans.root.ended - START_TIME)
