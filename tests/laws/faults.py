"""Faults to plant in the engine, each with the check of a law that must notice it.

A check that can't fail proves nothing: `test_planted_faults.py` plants each of these and demands that its law breaks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from msgspec.structs import replace

from braid.expressions import compile_text
from braid.language.plan import Body
from braid.language.values import Bound
from braid.machine.controls import parallel
from braid.machine.controls.attempt import AttemptControl
from braid.machine.controls.control import Control
from braid.machine.controls.fan_out import FanOutControl, FanOutFrame
from braid.machine.controls.sequence import SequenceControl
from braid.machine.controls.trying import TryControl
from braid.machine.decision import SetTimer, StartBody
from braid.machine.frames import TaskFrame, default_limit
from braid.machine.outcome import Failure, Skipped, Succeeded
from braid.machine.starting import StepStarter
from braid.machine.tree import FrameTree
from braid.testing import law_cases, laws
from braid.testing.flat import flat_parallels
from braid.testing.generator import workflows
from braid.testing.profiles import CALM, EVERYTHING

Patch = pytest.MonkeyPatch
BUDGET = 300
"""Examples in which a fault must show."""

seeds = st.integers(0, 1_000_000)
small = st.integers(1, 5)
numbers = st.sets(st.integers(0, 5))
limits = st.none() | st.integers(1, 4)
keys = st.dictionaries(st.sampled_from("ab"), st.integers(0, 9), min_size=1, max_size=2)


@dataclass(frozen=True)
class Fault:
    name: str
    plant: Callable[[Patch], None]
    check: Callable[[], None]


def searched(check: Callable[..., None], *strategies: SearchStrategy[Any]) -> Callable[[], None]:
    """The check on `BUDGET` examples, the same ones each time."""

    def trial(drawn: tuple[Any, ...]) -> None:
        check(*drawn)

    limited = settings(
        max_examples=BUDGET,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    return limited(given(st.tuples(*strategies))(trial))


flat = searched(laws.check_flat, flat_parallels(), seeds)
calm = searched(laws.driven, workflows(CALM), seeds)
reference = searched(laws.check_reference, workflows(EVERYTHING), seeds)
replay = searched(laws.check_replay, workflows(EVERYTHING), seeds)
precedence = searched(law_cases.check_limits, st.sampled_from(["parallel", "foreach"]), limits, limits, limits, seeds)
breaks = searched(law_cases.check_breaks, small, small, numbers, numbers, seeds)
attempts = searched(law_cases.check_attempts, small, small, seeds)
gotos = searched(law_cases.check_goto_bound, small, seeds)
merges = searched(law_cases.check_merge_refuses, keys, keys, seeds)
siblings = searched(law_cases.check_siblings, small, small, seeds)
rendering = searched(law_cases.check_data_is_not_rendered, st.just("{{ 1 + 1 }}"), seeds)
clean_up = searched(law_cases.check_clean_up, st.just(1), seeds)


def window(limit: Callable[[int], int]) -> Callable[[Patch], None]:
    following = FanOutControl.next

    def wrong(self: Any, frame: FanOutFrame) -> Any:
        right, frame.limit = frame.limit, limit(frame.limit)
        try:
            return following(self, frame)
        finally:
            frame.limit = right

    return lambda patch: patch.setattr(FanOutControl, "next", wrong)


def own_limit_ignored(patch: Patch) -> None:
    begin = FanOutControl.begin

    def inherited(self: Any, frame: FanOutFrame, total: int, limit: Any) -> Any:
        return begin(self, frame, total, default_limit(frame))

    patch.setattr(FanOutControl, "begin", inherited)


def loser_not_cancelled(patch: Patch) -> None:
    cancel = FrameTree.cancel
    patch.setattr(
        FrameTree, "cancel", lambda self, frame: None if isinstance(frame, TaskFrame) else cancel(self, frame)
    )


def block_ends_before_its_losers(patch: Patch) -> None:
    finish = FrameTree.finish

    def hasty(self: FrameTree, frame: Any, outcome: Any, reason: str) -> None:
        finish(self, frame, outcome, reason)
        if isinstance(frame, FanOutFrame) and not frame.ended:
            self.end(frame, outcome)

    patch.setattr(FrameTree, "finish", hasty)


def late_result_written(patch: Patch) -> None:
    end = FrameTree.end

    def late(self: FrameTree, frame: Any, outcome: Any) -> None:
        block = frame.parent.parent if frame.parent else None
        if isinstance(block, FanOutFrame) and isinstance(block.verdict, Succeeded) and isinstance(outcome, Succeeded):
            number = block.control.key_number(block, frame.parent.key)
            block.results[number] = outcome.value
            block.verdict = block.control.result(block)
        end(self, frame, outcome)

    patch.setattr(FrameTree, "end", late)


def results_in_order_of_completion(patch: Patch) -> None:
    def accept(self: Any, frame: FanOutFrame, number: int, value: Any, exports: Any) -> None:
        if frame.results is not None:
            frame.results[frame.ok] = value
        frame.ok += 1
        self.keep_records(frame, number, exports)

    patch.setattr(FanOutControl, "_accept", accept)


def sibling_visible(patch: Patch) -> None:
    child = FanOutControl.next

    def shared(self: Any, frame: FanOutFrame) -> Any:
        for sibling in frame.children.values():
            frame.scope.records.update(sibling.scope.records)
        return child(self, frame)

    def leaking(self: Any, frame: FanOutFrame, number: int, exports: Any) -> None:
        frame.scope.records.update(exports or {})

    patch.setattr(FanOutControl, "next", shared)
    patch.setattr(parallel.ParallelControl, "keep_records", leaking)


def data_rendered_twice(patch: Patch) -> None:
    evaluate = Bound.evaluate

    def twice(self: Bound, scope: Any) -> Any:
        value = evaluate(self, scope)
        return compile_text(value).evaluate(scope) if isinstance(value, str) and "{{" in value else value

    patch.setattr(Bound, "evaluate", twice)


def timer_ignored(patch: Patch) -> None:
    patch.setattr(AttemptControl, "on_timer", lambda self, frame, name: ())


def sleeps_after_the_last_attempt(patch: Patch) -> None:
    fall_back, on_timer = AttemptControl._fall_back, AttemptControl.on_timer
    last: dict[int, Failure] = {}

    def sleepy(self: Any, frame: Any, failure: Failure) -> Any:
        last[id(frame)] = failure
        return (SetTimer("last", frame.scope.circumstances.time + 1),)

    def wake(self: Any, frame: Any, name: str) -> Any:
        return fall_back(self, frame, last[id(frame)]) if name == "last" else on_timer(self, frame, name)

    patch.setattr(AttemptControl, "_fall_back", sleepy)
    patch.setattr(AttemptControl, "on_timer", wake)


def merge_refuses_nothing(patch: Patch) -> None:
    def merged(control: Any, frame: Any, values: list[Any]) -> Any:
        return Succeeded({key: entry for value in values if value for key, entry in value.items()})

    patch.setattr(parallel, "_merged_objects", merged)


def skipped_without_a_record(patch: Patch) -> None:
    end_at_once = FrameTree.end_at_once

    def silent(self: FrameTree, parent: Any, key: Any, step: Any, outcome: Any) -> None:
        end_at_once(self, parent, key, None if isinstance(outcome, Skipped) else step, outcome)

    patch.setattr(FrameTree, "end_at_once", silent)


def skipped_without_a_reason(patch: Patch) -> None:
    patch.setattr("braid.machine.starting.Skipped", lambda reason: Skipped())


def cause_lost(patch: Patch) -> None:
    patch.setattr(FanOutControl, "_branch_failure", lambda self, frame, number, failure: Failure("branch", "failed"))


def break_does_not_wait_for_earlier_items(patch: Patch) -> None:
    patch.setattr(FanOutControl, "_ordered", lambda self, frame: False)


def goto_without_a_bound(patch: Patch) -> None:
    jump = SequenceControl._jump

    def forgetful(self: Any, frame: Any, outcome: Any) -> Any:
        decision = jump(self, frame, outcome)
        frame.jumps.clear()
        return decision

    patch.setattr(SequenceControl, "_jump", forgetful)


def orders_change_between_runs(patch: Patch) -> None:
    calls = iter(range(10_000_000))
    taken = FrameTree.taken

    def shuffled(self: FrameTree) -> Any:
        commands = taken(self)
        return commands[::-1] if next(calls) % 3 else commands

    patch.setattr(FrameTree, "taken", shuffled)


def finally_left_out_on_cancel(patch: Patch) -> None:
    patch.setattr(TryControl, "on_cancel", Control.on_cancel)


def wrong_branch_index(patch: Patch) -> None:
    info = FanOutFrame.child_info
    patch.setattr(FanOutFrame, "child_info", lambda self, number, name: {**info(self, number, name), "index": 0})


def tolerate_off_by_one(patch: Patch) -> None:
    def too_many(self: Any, frame: FanOutFrame) -> bool:
        return frame.node.tolerate is not None and len(frame.failures) >= max(1, frame.tolerated)

    patch.setattr(FanOutControl, "too_many_failures", too_many)


def lists_that_run_nothing(patch: Patch) -> None:
    start = StepStarter.start_body

    def empty(self: StepStarter, frame: Any, directive: StartBody) -> None:
        start(self, frame, replace(directive, body=Body(steps=(), positions={})))

    patch.setattr(StepStarter, "start_body", empty)


FAULTS = [
    Fault("window off by one", window(lambda limit: limit + 1), calm),
    Fault("window too narrow", window(lambda limit: max(1, limit - 1)), calm),
    Fault("own limit ignored", own_limit_ignored, precedence),
    Fault("loser not cancelled", loser_not_cancelled, flat),
    Fault("decision before all cancelled ended", block_ends_before_its_losers, flat),
    Fault("late write after the block ended", late_result_written, flat),
    Fault("results in order of completion", results_in_order_of_completion, flat),
    Fault("sibling visible", sibling_visible, siblings),
    Fault("double rendering of data", data_rendered_twice, rendering),
    Fault("timer ignored", timer_ignored, attempts),
    Fault("retry sleeps after the last attempt", sleeps_after_the_last_attempt, attempts),
    Fault("merge refuses nothing", merge_refuses_nothing, merges),
    Fault("skipped without a record", skipped_without_a_record, reference),
    Fault("skipped without a reason", skipped_without_a_reason, reference),
    Fault("cause of a failure lost", cause_lost, flat),
    Fault("break doesn't wait for earlier items", break_does_not_wait_for_earlier_items, breaks),
    Fault("goto without a bound", goto_without_a_bound, gotos),
    Fault("decisions differ from run to run", orders_change_between_runs, replay),
    Fault("finally left out on cancel", finally_left_out_on_cancel, clean_up),
    Fault("wrong branch index", wrong_branch_index, reference),
    Fault("tolerate off by one", tolerate_off_by_one, flat),
    Fault("lists that run nothing", lists_that_run_nothing, reference),
]
