"""Who holds a pool or a window, and who waits."""

from __future__ import annotations

from typing import Any

from histories import ITEMS, looked_back
from hypothesis import given, settings
from hypothesis import strategies as st

from braid.machine import Machine
from braid.report.blocking import doings, full_windows
from braid.report.span_observer import SpanObserver
from braid.testing.driver import START_TIME, Drive
from braid.testing.generator import workflows
from braid.testing.laws import plan_of
from braid.testing.past_run import PastRun
from braid.testing.profiles import EVERYTHING
from braid.testing.work import answer


def test_who_came_first_holds_the_pool() -> None:
    past = PastRun(ITEMS, {"n": 9})
    past.succeed(2, "0/fetch")

    found = {doing.stretch.step.label: doing for doing in doings(looked_back(past, "running").open)}
    assert {label: doing.what for label, doing in found.items()} == {
        "1/fetch": "executing",
        "2/fetch": "executing",
        "3/fetch": "pool",
    }
    assert [holder.step.label for holder in found["3/fetch"].holders] == ["1/fetch", "2/fetch"]
    assert found["3/fetch"].place == 1


def test_a_full_window_says_what_is_in_it_and_what_waits() -> None:
    past = PastRun(ITEMS, {"n": 9})
    past.succeed(2, "0/fetch")

    (window,) = full_windows(looked_back(past, "running").spans.values())
    assert (window.block.address, window.in_progress) == ("each", ("1", "2", "3"))
    assert (window.ended, window.waiting) == (1, 5)


def test_a_window_with_nobody_waiting_holds_nothing_up() -> None:
    assert not full_windows(looked_back(PastRun(ITEMS, {"n": 3}), "running").spans.values())


class Compared(Drive):
    """A drive that at each event compares what is told of its tasks with what they do."""

    def __init__(self, values: dict[str, Any], seed: int) -> None:
        super().__init__(plan_of(values), None, answer, seed=seed)
        self.spans = SpanObserver(START_TIME)
        self.other = Machine(self.plan, observer=self.spans)

    def handle(self, event: Any) -> None:  # Any: an event
        super().handle(event)
        self.spans.before(event)
        self.spans.after(self.other.handle(event), event.time)
        told = doings(self.spans.open.values())
        # Who was told to end while it waited for a slot has left the queue, which no event says.
        if self.outcome is None and not any(task.cancelled for task in self.running.values()):
            executing = {doing.stretch.step.address for doing in told if doing.what == "executing"}
            assert executing == {task.command.address for task in self.running.values() if task.executing}


@settings(deadline=None)
@given(workflows(EVERYTHING), st.integers(0, 2**32))
def test_at_any_moment_those_execute_that_are_said_to(values: dict[str, Any], seed: int) -> None:
    Compared(values, seed).run()
