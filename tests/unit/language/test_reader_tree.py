"""The forms in which steps may be written, and what they become."""

from __future__ import annotations

import time

import pytest
from sample_kinds import sample_registry

from braid.diagnostics import Diagnostic
from braid.language import ast
from braid.language.document import read_document
from braid.language.reader import STEPS_MAX, read_workflow

REGISTRY = sample_registry()
HEAD = "name: x\nsteps:\n"


def read(text: str) -> tuple[ast.Workflow | None, list[Diagnostic]]:
    return read_workflow(read_document(text, "f"), REGISTRY)


def good(text: str) -> ast.Workflow:
    workflow, diagnostics = read(text)
    assert not diagnostics
    assert workflow is not None
    return workflow


def step(text: str) -> ast.Step:
    steps = good(HEAD + "".join(f"  {line}\n" for line in text.splitlines())).steps
    assert steps
    return steps[0]


def notes(steps: list[ast.Step] | None) -> list[object]:
    return [task.body for task in steps or [] if isinstance(task, ast.Task)]


@pytest.mark.parametrize("text", ["- break:", "- break: true", "- break: null"])
def test_a_break_without_condition_is_taken_always(text: str) -> None:
    found = step(text)

    assert found == ast.Break(origin=found.origin)


def test_a_condition_of_break_and_continue_is_kept() -> None:
    assert step("- break: x > 1").when == "x > 1"
    assert step("- continue: false").when is False


def test_goto_is_an_id_or_a_mapping() -> None:
    short, long = step("- goto: a"), step("- goto: {to: a, max: 3}")

    assert isinstance(short, ast.Goto)
    assert isinstance(long, ast.Goto)
    assert (short.to, short.max) == ("a", 100)
    assert (long.to, long.max) == ("a", 3)


def test_return_takes_any_value() -> None:
    assert step("- return: {a: [1]}").value == {"a": [1]}
    assert step("- return:").value is None


def test_if_with_then_is_the_conditional() -> None:
    found = step("- if: x\n  then: [{note: a}]\n  else: [{note: b}]")

    assert isinstance(found, ast.If)
    assert (found.if_, notes(found.then), notes(found.else_)) == ("x", ["a"], ["b"])


def test_if_without_then_is_the_steps_condition() -> None:
    found = step("- if: x\n  note: a")

    assert isinstance(found, ast.Task)
    assert found.if_ == "x"


def test_catch_is_a_list_or_one_mapping() -> None:
    one = step("- try: {steps: [{note: a}], catch: {steps: [{note: b}]}}")
    several = step("- try: {steps: [{note: a}], catch: [{when: x, steps: [{note: b}]}, {steps: [{note: c}]}]}")

    assert isinstance(one, ast.Try)
    assert isinstance(several, ast.Try)
    assert [notes(handler.steps) for handler in one.catch or []] == [["b"]]
    assert [handler.when for handler in several.catch or []] == ["x", None]


def test_a_graph_is_a_list_or_a_mapping_and_its_steps_have_needs() -> None:
    short = step("- graph: [{id: a, note: x}, {note: y, needs: a}]")
    long = step("- graph:\n    max_concurrency: 2\n    steps: [{id: a, note: x}, {note: y, needs: [a]}]")

    assert isinstance(short, ast.Graph)
    assert isinstance(long, ast.Graph)
    assert [each.needs for each in short.steps] == [each.needs for each in long.steps] == [None, ["a"]]
    assert long.max_concurrency == 2


def test_a_top_level_graph_is_read_in_both_forms() -> None:
    short = good("name: x\ngraph: [{id: a, note: x}, {note: y, needs: a}]\n").graph
    long = good("name: x\ngraph: {steps: [{note: x}], max_concurrency: 2}\n").graph

    assert isinstance(short, ast.Graph)
    assert isinstance(long, ast.Graph)
    assert (len(short.steps), long.max_concurrency) == (2, 2)


def test_branches_are_step_lists_or_named_step_lists() -> None:
    listed = step("- parallel: {branches: [[{note: a}], [{note: b}]]}")
    named = step("- parallel: {branches: {x: [{note: a}], y: [{note: b}]}, wait: any, merge: concat}")

    assert isinstance(listed, ast.Parallel)
    assert isinstance(named, ast.Parallel)
    assert [notes(branch) for branch in listed.branches if isinstance(branch, list)] == [["a"], ["b"]]
    assert list(named.branches) == ["x", "y"]


def test_limits_and_waits_may_be_expressions() -> None:
    found = step('- parallel: {branches: [[{note: a}]], max_concurrency: "{{ inputs.n }}", wait: ok > failed}')

    assert isinstance(found, ast.Parallel)
    assert (found.max_concurrency, found.wait) == ("{{ inputs.n }}", "ok > failed")


def test_every_step_knows_its_place_in_the_file() -> None:
    found = step("- note: a\n  retry: {delay: 2s}")

    delay = found.origin.get("retry").get("delay")
    assert (delay.text, delay.span.line) == ("2s", 4)
    assert found.retry == ast.Retry(delay="2s")


def test_a_tree_is_there_in_spite_of_errors_as_long_as_all_steps_can_be_told() -> None:
    workflow, diagnostics = read(HEAD + "  - id: a\n    note: x\n    timeout: soon\n  - id: b\n    web: {}\n")

    assert [each.code for each in diagnostics] == ["bad-duration", "missing-key"]
    assert workflow is not None
    assert [each.id for each in workflow.steps or []] == ["a", "b"]
    assert (workflow.steps or [])[0].timeout is None


@pytest.mark.parametrize("text", ["  - nte: x\n", "  - id: a-b\n    note: x\n", "  - loop: {}\n", "  - 3\n"])
def test_there_is_no_tree_when_a_step_can_not_be_told(text: str) -> None:
    workflow, diagnostics = read(HEAD + text + "  - web: {}\n")

    assert workflow is None
    assert diagnostics[-1].code == "missing-key"


def test_one_mistake_is_told_once() -> None:
    assert len(read(HEAD + "  - note: {txt: x}\n")[1]) == 1
    assert len(read(HEAD + "  - note: x\n    schema: {type: strng}\n")[1]) == 1


def test_more_steps_than_the_limit_are_told_once() -> None:
    _, diagnostics = read(HEAD + "  - break:\n" * (STEPS_MAX + 2))

    assert [each.code for each in diagnostics] == ["too-many-steps"]


def test_the_deepest_document_is_read() -> None:
    depth = 46
    text = "name: x\nsteps: " + "[{steps: " * depth + "[{note: a}]" + "}]" * depth + "\n"

    assert good(text)


def test_ten_thousand_steps_are_read_in_seconds() -> None:
    keys = "    if: inputs.n > 1\n    retry: {attempts: 3, delay: 200ms}\n    timeout: 5s\n"
    text = HEAD + "".join(f'  - id: s{n}\n    note: "{{{{ s{n} }}}}"\n{keys}' for n in range(10_000))
    document = read_document(text, "f")

    start = time.process_time()
    workflow, diagnostics = read_workflow(document, REGISTRY)
    seconds = time.process_time() - start

    assert not diagnostics
    assert workflow is not None
    assert seconds < 5, "about 1 s on a machine of its own"


def test_ten_thousand_broken_steps_are_told_in_seconds() -> None:
    document = read_document(HEAD + "".join(f"  - nte{n}: x\n    tmeout: 3\n" for n in range(5_000)), "f")

    start = time.process_time()
    _, diagnostics = read_workflow(document, REGISTRY)

    assert len(diagnostics) == 10_000
    assert time.process_time() - start < 10
