"""What is kept of the values that a failing expression had."""

from __future__ import annotations

from typing import Any

import pytest

from braid.language.seen import SEEN_MAX
from braid.machine.outcome import Failed, Failure
from braid.testing.script import Script


def failure_of(step: dict[str, Any], **variables: Any) -> Failure:  # Any: a step of a workflow file
    # Inputs of any type, so that nothing can be told before the run.
    inputs: dict[str, Any] = {name: {} for name in variables}
    run = Script.of({"name": "seen", "inputs": inputs, "steps": [step]}, variables)
    assert isinstance(run.outcome, Failed)
    return run.outcome.failure


def seen(step: dict[str, Any], **variables: Any) -> dict[str, Any]:
    return {each.name: each.value for each in failure_of(step, **variables).seen}


def test_the_names_of_a_failing_expression_are_kept_with_their_values() -> None:
    assert seen({"set": "{{ inputs.a - inputs.b }}"}, a=1, b="x") == {"inputs.a": 1, "inputs.b": "x"}


def test_of_a_text_only_the_part_that_failed_is_kept() -> None:
    assert seen({"log": "{{ inputs.a }} and {{ inputs.b - 1 }}"}, a=1, b="x") == {"inputs.b": "x"}


def test_of_a_path_as_much_as_is_there_is_kept() -> None:
    step = {"set": "{{ inputs.order.lines[0].sum }}"}

    assert seen(step, order={"lines": []}) == {"inputs.order.lines": []}


def test_a_condition_that_does_not_hold_is_kept_with_its_values() -> None:
    assert seen({"assert": "inputs.share <= 1"}, share=1.5) == {"inputs.share": 1.5}


def test_only_so_many_are_kept_and_each_once() -> None:
    variables = {f"v{number}": number for number in range(SEEN_MAX + 3)}
    text = " + ".join(f"inputs.{name}" for name in [*variables, *variables])

    assert len(seen({"set": f"{{{{ {text} + 'x' }}}}"}, **variables)) == SEEN_MAX


def test_each_has_its_place_in_the_file() -> None:
    failure = failure_of({"set": "{{ inputs.a - inputs.b }}"}, a=1, b="x")

    assert [each.use.span.text for each in failure.seen] == ["inputs.a", "inputs.b"]


@pytest.mark.parametrize("step", [{"fail": "no"}, {"fail": "{{ inputs.a }}"}])
def test_a_task_that_fails_by_itself_keeps_nothing(step: dict[str, Any]) -> None:
    assert seen(step, a=1) == {}


def test_it_is_no_part_of_the_error_that_expressions_see() -> None:
    assert "seen" not in failure_of({"set": "{{ inputs.a - inputs.b }}"}, a=1, b="x").to_value()
