"""What the engine before this one decided, kept: a test for each row of the table in ARCHITECTURE.md."""

from __future__ import annotations

from machine_script import plan_of, script

from braid.language.plan import ParallelNode
from braid.machine.controls.fan_out import FanOutFrame
from braid.machine.controls.parallel import ParallelControl
from braid.machine.controls.registry import CONTROLS
from braid.machine.decision import OPEN_WINDOW, Finish, StartBody
from braid.machine.frames import RunFrame
from braid.machine.outcome import Failed, Succeeded
from braid.machine.scope import Circumstances, ListScope
from braid.testing.script import Script, started

THREE = """
- id: block
  parallel:
    max_concurrency: 2
    branches:
      left: [{id: a, work: {value: "{{ branch.index }}"}}]
      middle: [{id: b, work: {value: "{{ branch.index }}"}}]
      right: [{id: c, work: {value: "{{ branch.name }} of {{ branch.count }}"}}]
"""


def opened(steps: str) -> tuple[ParallelControl, FanOutFrame]:
    """A parallel block that has a frame and has not started."""
    plan = plan_of(steps)
    node = plan.body.steps[0]
    assert isinstance(node, ParallelNode)
    scope = ListScope(None, Circumstances())
    control = ParallelControl()
    return control, control.open(node, RunFrame(None, "", scope, plan), "block", scope)


def test_control_returns_metadata_and_executes_nothing() -> None:
    control, frame = opened(THREE)

    decision = control.start(frame)

    assert decision == OPEN_WINDOW
    assert frame.children == {}
    following = control.next(frame)
    assert following is not None
    directive, _ = following
    assert isinstance(directive, StartBody)
    assert (directive.key, directive.bindings) == (
        "left",
        {"branch": {"index": 0, "name": "left", "count": 3, "parent": None}},
    )
    assert frame.children == {}, "whoever reads the directive starts the branch, not the control"


def test_end_of_the_block_is_a_directive_too() -> None:
    control, frame = opened(THREE)
    control.start(frame)

    for key, value in [("left", 1), ("middle", 2)]:
        control.next(frame)
        assert control.on_child(frame, key, Succeeded(value), None) == OPEN_WINDOW
    control.next(frame)

    assert control.on_child(frame, "right", Succeeded(3), None) == (
        Finish(Succeeded({"left": 1, "middle": 2, "right": 3})),
    )


def test_control_is_chosen_by_the_type_of_the_node_never_by_the_shape_of_an_output() -> None:
    assert isinstance(CONTROLS[ParallelNode], ParallelControl)
    run = script("- {id: a, work: {}}\n- {id: b, work: {}}")

    run.finish("a", {"branches": [[{"work": {}}]], "branchCount": 1, "maxConcurrency": 1})

    assert started(run) == ["b"], "a value that looks like a parallel block is a value"


def test_limit_of_the_block_wins_over_the_global_one() -> None:
    own = script(THREE, "max_concurrency: 1", max_concurrency=3)
    none = THREE.replace("    max_concurrency: 2\n", "")

    assert started(own) == ["a", "b"]
    assert started(script(none, "max_concurrency: 1")) == ["a"]
    assert started(script(none, "max_concurrency: 1", max_concurrency=3)) == ["a", "b", "c"]


def test_default_limit_is_ten() -> None:
    branches = "".join(f"      - [{{id: s{n}, work: {{}}}}]\n" for n in range(12))

    run = script(f"- parallel:\n    branches:\n{branches}")

    assert len(started(run)) == 10


def test_next_branch_starts_when_one_ends_not_when_a_wave_ends() -> None:
    run = script(THREE)

    run.finish("b", 1)

    assert started(run) == ["a", "c"]


def test_each_branch_has_its_own_state_with_its_index() -> None:
    run = script(THREE)
    seen = [run.running[f"block/{branch}"].arguments for branch in ("left/a", "middle/b")]
    run.finish("a")

    assert [arguments["value"] for arguments in seen] == [0, 1]
    assert run.running["block/right/c"].arguments["value"] == "right of 3"


def test_results_stand_in_branch_order_whatever_ends_first() -> None:
    run = script(THREE + "- {id: after, work: {value: '{{ block }}'}}")

    run.finish("b", 2)
    run.finish("c", 3)
    run.finish("a", 1)

    assert list(run.running["after"].arguments["value"].items()) == [("left", 1), ("middle", 2), ("right", 3)]


def test_steps_of_branches_are_written_back_by_id() -> None:
    run = script(THREE + "- {id: after, work: {value: '{{ a }} {{ b }} {{ steps.c.status }}'}}")

    for step, value in [("a", 1), ("b", 2), ("c", 3)]:
        run.finish(step, value)

    assert run.running["after"].arguments["value"] == "1 2 succeeded"


def failed_at_the_middle() -> Script:
    run = script(THREE)
    run.fail("b", "no connection", type="http")
    return run


def test_first_failure_cancels_the_others_and_no_queued_branch_starts() -> None:
    run = failed_at_the_middle()

    assert run.cancelling == ["block/left/a"]
    assert started(run) == ["a"], "`c` was queued and never starts"
    assert run.outcome is None, "the block ends when what it cancelled has ended"


def test_first_failure_surfaces_with_its_branch_and_its_cause() -> None:
    run = failed_at_the_middle()
    run.acknowledge("a")

    assert isinstance(run.outcome, Failed)
    failure = run.outcome.failure
    assert (failure.type, failure.address) == ("branch", "block")
    assert failure.message == "branch `middle` failed: no connection"
    assert failure.cause is not None
    assert (failure.cause.type, failure.cause.address) == ("http", "block/middle/b")
