"""What an edit keeps, what it runs again, and the reason that is told: small workflows, each with one edit."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from braid.history.carry_over import AGAIN, KEPT, NEW, CarryOver, carry_over
from braid.history.earlier import earlier_tasks
from braid.history.starting_point import UnknownStepError
from braid.machine.events import RunStarted, TaskFailed
from braid.testing.driver import Drive
from braid.testing.laws import plan_of
from braid.testing.work import answer

Values = Any  # plain values of a workflow file


def work(name: str, value: Values = None, **more: Values) -> dict[str, Values]:
    return {"id": name, "work": {"value": value}, **more}


def carried(before: list[Values], after: list[Values], *, from_step: str | None = None, **top: Values) -> CarryOver:
    """Run one list of steps to its end, then look at what another one would keep of it."""
    old, new = plan_of({"name": "w", "steps": before, **top}), plan_of({"name": "w", "steps": after, **top})
    drive = Drive(old, {}, answer)
    drive.run()
    started = drive.events[0]
    assert isinstance(started, RunStarted)
    return carry_over(old, earlier_tasks(old, drive.events, {}), new, started, {}, drive.now, from_step)


def fates(found: CarryOver) -> dict[str, str]:
    """Address → `kept`, or why it runs."""
    return {step.address: step.reason or step.fate for step in found.steps}


def test_what_is_the_same_is_kept() -> None:
    steps = [work("a", 1), work("b", "{{ a }}")]
    assert fates(carried(steps, steps)) == {"a": KEPT, "b": KEPT}


def test_a_changed_argument_is_named() -> None:
    found = carried([work("a", 1), work("b", 2)], [work("a", 1), work("b", 3)])
    assert fates(found) == {"a": KEPT, "b": "argument 'value' changed"}


def test_an_added_argument_is_named() -> None:
    found = carried([work("a", 1)], [{"id": "a", "work": {"value": 1, "fail": 0}}])
    assert fates(found) == {"a": "argument 'fail' changed"}


def test_another_spelling_of_the_same_value_is_kept() -> None:
    found = carried([work("a", 1), work("b", "{{ a }}")], [work("a", "{{ 2 - 1 }}"), work("b", "{{ a + 0 }}")])
    assert fates(found) == {"a": KEPT, "b": KEPT}


def test_a_changed_kind_is_named() -> None:
    found = carried([work("a", 1)], [{"id": "a", "vandal": {"value": 1}}])
    assert fates(found) == {"a": "its kind changed from work to vandal"}


def test_what_depends_on_a_changed_step_runs_again_and_what_does_not_is_kept() -> None:
    before = [work("a", 1), work("b", "{{ a }}"), work("c", 3), work("d", "{{ b }}")]
    after = copy.deepcopy(before)
    after[0]["work"]["value"] = 2
    assert fates(carried(before, after)) == {
        "a": "argument 'value' changed",
        "b": "depends on a",
        "c": KEPT,
        "d": "depends on b",
    }


def test_dependence_goes_through_pure_steps() -> None:
    before = [work("a", 1), {"id": "p", "set": {"x": "{{ a }}"}}, work("b", "{{ p.x }}"), work("c", 1)]
    after = copy.deepcopy(before)
    after[0]["work"]["value"] = 2
    assert fates(carried(before, after)) == {"a": "argument 'value' changed", "b": "depends on p", "c": KEPT}


def test_dependence_goes_through_records() -> None:
    before = [work("a", 1), work("b", "{{ steps.a.attempts }}")]
    after = [work("a", 2), work("b", "{{ steps.a.attempts }}")]
    assert fates(carried(before, after))["b"] == "depends on a"


def test_dependence_goes_through_conditions() -> None:
    before = [work("a", 1), work("b", 2, **{"if": "a >= 0"}), {"if": "a >= 0", "then": [work("c", 3)]}]
    after = [work("a", 2), *before[1:]]
    assert fates(carried(before, after)) == {
        "a": "argument 'value' changed",
        "b": "depends on a",
        "if-3/then/c": "depends on a",
    }


def test_the_output_alone_changes_what_uses_it_not_what_the_task_gave() -> None:
    before = [work("a", 1), work("b", "{{ a }}")]
    after = [work("a", 1, output="{{ result + 1 }}"), work("b", "{{ a }}")]
    assert fates(carried(before, after)) == {"a": KEPT, "b": "argument 'value' changed"}


def test_an_inserted_step_is_new_and_the_others_are_kept() -> None:
    before = [work("a", 1), work("c", "{{ a }}")]
    after = [work("a", 1), work("b", "{{ a }}"), work("c", "{{ a }}")]
    found = carried(before, after)
    assert fates(found) == {"a": KEPT, "b": "new step", "c": KEPT}
    assert [step.fate for step in found.steps] == [KEPT, NEW, KEPT]


def test_what_uses_a_new_step_runs_again() -> None:
    found = carried([work("a", 1), work("c", 1)], [work("a", 1), work("b", 2), work("c", "{{ b.x }}")])
    assert fates(found)["c"] == "depends on b"


def test_an_item_more_runs_that_item_alone() -> None:
    def each(items: list[int]) -> list[Values]:
        return [{"id": "f", "foreach": {"items": items, "steps": [work("a", "{{ item }}"), work("b", "{{ a }}")]}}]

    assert fates(carried(each([1, 2]), each([1, 2, 3]))) == {
        "f/0/a": KEPT,
        "f/0/b": KEPT,
        "f/1/a": KEPT,
        "f/1/b": KEPT,
        "f/2/a": "did not run before",
        "f/2/b": "did not run before",
    }


def test_another_item_does_not_touch_its_neighbours() -> None:
    def each(items: list[int]) -> list[Values]:
        return [{"id": "f", "foreach": {"items": items, "steps": [work("a", "{{ item }}"), work("b", "{{ a }}")]}}]

    found = fates(carried(each([1, 2, 3]), each([1, 9, 3])))
    assert found["f/1/a"] == "argument 'value' changed"
    assert found["f/1/b"] == "depends on a"
    assert {found[f"f/{n}/{step}"] for n in (0, 2) for step in "ab"} == {KEPT}


def test_items_that_depend_on_a_changed_step_run_again() -> None:
    def steps(value: int) -> list[Values]:
        items = "{{ [a - a, a - a + 1] }}"
        return [work("a", value), {"id": "f", "foreach": {"items": items, "steps": [work("b", "{{ item }}")]}}]

    found = fates(carried(steps(1), steps(2)))
    assert found["f/0/b"] == found["f/1/b"] == "depends on a"


def test_a_branch_that_changes_leaves_its_siblings_alone_and_runs_what_joins_them() -> None:
    def steps(value: int) -> list[Values]:
        branches = {"left": [work("a", value)], "right": [work("b", 1), work("c", "{{ b }}")]}
        return [{"id": "p", "parallel": {"branches": branches}}, work("j", "{{ p.left }}"), work("k", "{{ b }}")]

    assert fates(carried(steps(1), steps(2))) == {
        "p/left/a": "argument 'value' changed",
        "p/right/b": KEPT,
        "p/right/c": KEPT,
        "j": "depends on p",
        "k": KEPT,
    }


def test_in_a_graph_needs_are_dependence() -> None:
    def steps(value: int) -> list[Values]:
        graph = [work("a", value), work("b", 1, needs=["a"]), work("c", 1, needs=["b"]), work("d", 1)]
        return [{"id": "g", "graph": graph}]

    assert fates(carried(steps(1), steps(2))) == {
        "g/a": "argument 'value' changed",
        "g/b": "depends on a",
        "g/c": "depends on b",
        "g/d": KEPT,
    }


def test_later_iterations_of_a_loop_depend_on_what_decides_them() -> None:
    def steps(value: Values) -> list[Values]:
        return [{"id": "l", "loop": {"max": 3, "until": "a < 0", "steps": [work("a", value), work("b", 1)]}}]

    found = fates(carried(steps("{{ iteration }}"), steps("{{ iteration + 1 }}")))
    assert found["l/0/a"] == "argument 'value' changed"
    assert {found[f"l/{n}/b"] for n in range(3)} == {"depends on a"}


def test_finally_cleans_up_again_when_anything_runs_again() -> None:
    steps, cleaning = [work("a", 1)], {"finally": [work("z", 0)]}
    assert fates(carried(steps, steps, **cleaning)) == {"a": KEPT, "finally/z": KEPT}
    assert fates(carried(steps, [work("a", 2)], **cleaning)) == {
        "a": "argument 'value' changed",
        "finally/z": "cleans up after steps that run again",
    }


def test_what_failed_is_tried_again_and_what_handled_it_is_not_reached() -> None:
    steps = [
        work("ok", 1),
        {"id": "t", "try": {"steps": [{"id": "bad", "work": {"fail": 9}}], "catch": [{"steps": [work("c", 1)]}]}},
        work("after", "{{ t }}"),
    ]
    assert fates(carried(steps, steps)) == {
        "ok": KEPT,
        "t/bad": "failed before",
        "after": "depends on t",
        "t/catch/c": "not reached any more",
    }


def test_a_result_after_retries_is_kept_with_its_attempts() -> None:
    steps = [{"id": "a", "work": {"fail": 2}, "retry": {"attempts": 5, "delay": "1s"}}]
    [kept] = carried(steps, steps).events
    assert kept.attempt == 3  # type: ignore[attr-defined]  # ResultKept


def test_a_loser_of_a_race_does_not_run_again() -> None:
    branches = [[work("a", 1)], [{"id": "b", "delay": "20h"}]]
    steps = [{"id": "r", "parallel": {"branches": branches, "wait": "any"}}, work("c", "{{ r }}")]
    assert fates(carried(steps, steps)) == {"r/0/a": KEPT, "c": KEPT}


def test_a_delay_that_is_over_is_kept() -> None:
    assert fates(carried([{"id": "d", "delay": "1h"}], [{"id": "d", "delay": "1h"}])) == {"d": KEPT}
    assert fates(carried([{"id": "d", "delay": "1h"}], [{"id": "d", "delay": "2h"}])) == {
        "d": "argument 'duration' changed"
    }


def test_a_result_that_a_new_schema_refuses_is_no_result() -> None:
    found = carried([work("a", 1)], [work("a", 1, schema={"type": "string"})])
    assert fates(found) == {"a": "its earlier result doesn't pass any more"}


def test_a_skipped_step_whose_condition_depends_on_a_changed_step_passes_that_on() -> None:
    before = [work("a", 1), work("b", 2, **{"if": "a < 0"}), work("c", "{{ b | default(0) }}"), work("d", 1)]
    after = [work("a", 2), *before[1:]]
    assert fates(carried(before, after)) == {"a": "argument 'value' changed", "c": "depends on b", "d": KEPT}


def test_steps_that_are_gone_are_told() -> None:
    found = carried([work("a", 1), work("b", 2)], [work("a", 1)])
    assert fates(found) == {"a": KEPT, "b": "not reached any more"}


FROM = [
    work("a", 1),
    {"id": "f", "foreach": {"items": [1, 2], "steps": [work("b", "{{ item }}"), work("c", 1)]}},
    {"id": "p", "parallel": {"branches": [[work("d", 1), work("e", 1)], [work("g", 1)]]}},
    work("h", 1),
]


@pytest.mark.parametrize(
    ("step", "kept"),
    [
        ("a", []),
        ("f", ["a"]),
        ("c", ["a", "f/0/b", "f/1/b"]),
        ("f/1/b", ["a", "f/0/b", "f/0/c"]),
        ("e", ["a", "f/0/b", "f/0/c", "f/1/b", "f/1/c", "p/0/d", "p/1/g"]),
        ("h", ["a", "f/0/b", "f/0/c", "f/1/b", "f/1/c", "p/0/d", "p/0/e", "p/1/g"]),
    ],
)
def test_from_a_step_on_all_runs_again_but_what_runs_beside_it(step: str, kept: list[str]) -> None:
    found = carried(FROM, FROM, from_step=step)
    assert sorted(each.address for each in found.steps if each.fate == KEPT) == kept


def test_an_unknown_starting_point_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownStepError, match="there is no step `alpa`; did you mean `alpha`"):
        carried([work("alpha", 1)], [work("alpha", 1)], from_step="alpa")


def test_what_had_not_ended_runs_again() -> None:
    steps = [work("a", 1), work("b", 2)]
    plan = plan_of({"name": "w", "steps": steps})
    drive = Drive(plan, {}, answer)
    drive.run()
    recorded = drive.events[:2]
    started = recorded[0]
    assert isinstance(started, RunStarted)
    found = carry_over(plan, earlier_tasks(plan, recorded, {}), plan, started, {}, drive.now)
    assert fates(found) == {"a": KEPT, "b": "had not ended"}


def test_reasons_are_recorded_for_each_step_that_runs_again() -> None:
    found = carried([work("a", 1), work("b", "{{ a }}")], [work("a", 2), work("b", "{{ a }}")])
    dropped = [(event.address, event.reason) for event in found.events if not isinstance(event, TaskFailed)]  # type: ignore[attr-defined]  # ResultDropped
    assert dropped == [("a", "argument 'value' changed"), ("b", "depends on a")]
    assert [step.fate for step in found.steps] == [AGAIN, AGAIN]
