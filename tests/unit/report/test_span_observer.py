"""Spans: what each step waited for, and who ended it."""

from __future__ import annotations

from typing import Any

from histories import failed_run, looked_back, wide_run
from hypothesis import given, settings
from hypothesis import strategies as st

from braid.machine import Machine
from braid.machine.commands import Command
from braid.report.observers import Observers
from braid.report.run_tree import RunTree
from braid.report.span_observer import SpanObserver
from braid.report.spans import Stretch, pattern_of
from braid.testing.driver import START_TIME, Drive
from braid.testing.generator import workflows
from braid.testing.laws import driven
from braid.testing.past_run import PastRun
from braid.testing.profiles import EVERYTHING


def cause(stretch: Stretch) -> str | None:
    return stretch.cause.step.address if stretch.cause is not None else None


def observed(run: Drive) -> tuple[SpanObserver, RunTree]:
    """The events of a run, told to a new machine with a span observer."""
    spans, tree = SpanObserver(START_TIME), RunTree()
    machine = Machine(run.plan, observer=Observers(tree, spans))
    for event in run.events:
        spans.before(event)
        commands: list[Command] = machine.handle(event)
        spans.after(commands, event.time)
    return spans, tree


def test_a_step_of_a_list_began_when_the_one_before_had_ended() -> None:
    spans = looked_back(failed_run(), "failed").spans

    assert cause(spans["gather/left/first"].stretches[0]) is None
    assert cause(spans["gather/left/flaky"].stretches[0]) == "gather/left/first"


def test_an_item_began_when_another_had_left_the_window() -> None:
    spans = looked_back(wide_run(6), "succeeded").spans

    assert [cause(spans[f"each/{index}/fetch"].stretches[0]) for index in range(4)] == [None] * 3 + ["each/0/fetch"]


def test_an_attempt_the_wait_for_the_next_and_that_one_follow_each_other() -> None:
    flaky = looked_back(failed_run(), "failed").spans["gather/left/flaky"]

    first, wait, second = flaky.stretches
    assert [stretch.kind for stretch in flaky.stretches] == ["task", "retry", "task"]
    assert (wait.cause, second.cause) == (first, wait)
    assert [stretch.asked - START_TIME for stretch in flaky.stretches] == [1, 3, 7]


def test_who_is_told_to_end_knows_whose_failure_it_was() -> None:
    spans = looked_back(failed_run(), "failed").spans

    slow = spans["gather/right/slow"]
    assert slow.canceller is spans["gather/left/flaky"].stretches[-1]
    assert spans["gather"].end_cause is slow.stretches[-1]


def test_a_request_to_end_is_nobodys_failure() -> None:
    past = failed_run_until_request()

    history = looked_back(past, "cancelled")
    slow = history.spans["gather/right/slow"].stretches[-1]
    assert (slow.told_to_end, slow.canceller) == (True, None)
    assert history.requests == ["enough"]


def failed_run_until_request() -> PastRun:
    past = PastRun(failed_run().plan.source.text)
    past.succeed(1, "first")
    past.request_end(2, "enough")
    past.acknowledge(3, "slow")
    past.acknowledge(3, "flaky")
    return past


def test_a_timeout_ends_what_is_inside_the_step() -> None:
    past = PastRun("name: late\nsteps:\n- id: group\n  timeout: 5s\n  steps:\n  - {id: work, shell: 'true'}\n")
    past.fire("group")
    past.acknowledge(6, "work")

    work = looked_back(past, "failed").spans["group/work"]
    assert work.canceller is not None
    assert (work.canceller.kind, work.canceller.step.address) == ("timeout", "group")


def test_a_wait_for_a_pool_is_known_once_the_step_was_answered_for() -> None:
    past = PastRun(
        "name: pools\npools: {one: 1}\nsteps:\n- parallel:\n    branches:\n"
        "    - [{id: a, shell: 'true', pool: one}]\n    - [{id: b, shell: 'true', pool: one}]\n"
    )
    past.succeed(2, "a")
    past.succeed(5, "b", began=2)

    (stretch,) = looked_back(past, "succeeded").spans["parallel-1/1/b"].stretches
    assert (stretch.waited, stretch.pool and stretch.pool.name) == (2, "one")


def test_a_block_that_is_tried_again_opens_its_steps_again() -> None:
    past = PastRun(
        "name: again\nsteps:\n- id: group\n  retry: {attempts: 2, delay: 1s, jitter: 0}\n  steps:\n"
        "  - {id: work, shell: 'true'}\n"
    )
    past.fail(1, "work")
    past.fire("group")
    past.succeed(5, "work")

    spans = looked_back(past, "succeeded").spans
    work = spans["group/work"]
    assert (work.rounds, work.status, [stretch.status for stretch in work.stretches]) == (
        2,
        "succeeded",
        ["failed", "succeeded"],
    )
    assert work.stretches[1].cause is spans["group"].stretches[0]


def test_what_is_left_of_an_earlier_attempt_at_a_block_is_past() -> None:
    past = PastRun(
        "name: again\nsteps:\n- id: group\n  retry: {attempts: 2, delay: 1s, jitter: 0}\n  steps:\n"
        "  - {id: a, shell: 'true'}\n  - {id: computed, if: a is none, set: 1}\n  - {id: b, shell: 'true'}\n"
        "  - {id: c, shell: 'true'}\n"
    )
    past.succeed(1, "a", 1)
    past.succeed(2, "b")
    past.fail(3, "c")
    past.fire("group")
    past.succeed(5, "a", None)

    spans = looked_back(past, "running").spans
    assert {address: span.is_past for address, span in spans.items()} == {
        "group": False,
        "group/a": False,
        "group/computed": False,
        "group/b": False,
        "group/c": True,
    }


def test_a_clock_that_was_set_back_makes_no_negative_times() -> None:
    past = PastRun("name: back\nsteps:\n- {id: a, shell: 'true'}\n- {id: b, shell: 'true'}\n")
    past.succeed(5, "a")
    past.succeed(3, "b", began=2)

    history = looked_back(past, "succeeded")
    (stretch,) = history.spans["b"].stretches
    assert stretch.ended is not None
    assert stretch.asked <= stretch.began <= stretch.ended
    assert history.spans["b"].duration(START_TIME) >= 0


def test_the_pattern_of_a_step_has_stars_for_items_and_iterations_only() -> None:
    past = PastRun(
        "name: nest\nsteps:\n- id: each\n  foreach:\n    items: [1, 2]\n    steps:\n    - id: both\n      parallel:\n"
        "        branches:\n        - [{id: a, shell: 'true'}]\n"
    )
    past.succeed(1, "a")

    spans = looked_back(past, "running").spans
    assert pattern_of(spans["each/1/both/0/a"], {}) == "each/*/both/0/a"


@settings(deadline=None)
@given(workflows(EVERYTHING), st.integers(0, 2**32))
def test_every_step_of_any_run_has_its_span(values: dict[str, Any], seed: int) -> None:
    spans, tree = observed(driven(values, seed))

    assert {address: report.status for address, report in tree.steps.items()} == {
        address: span.status for address, span in spans.by_address.items()
    }
    assert not [stretch for stretch in spans.open.values() if stretch.kind != "timeout"]
    for span in spans.by_address.values():
        assert span.ended is not None
        for stretch in span.stretches:
            assert stretch.ended is not None
            assert stretch.asked <= stretch.began <= stretch.ended
            if stretch.cause is not None:
                assert stretch.cause.ended == stretch.asked
