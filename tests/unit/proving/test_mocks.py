"""Mocked steps: what they give, and what a mocks file may say."""

from __future__ import annotations

from pathlib import Path

import pytest

from braid.diagnostics import Diagnostic
from braid.language.document import read_document
from braid.language.load import load
from braid.language.plan import Node, Plan
from braid.language.plan_walk import nodes_of
from braid.language.task_kind import TaskError, registry
from braid.testing.mocks import MockedRun, read_mocks

WORKFLOW = b"""\
name: w
steps:
  - id: fetch
    http: http://127.0.0.1:9/
  - id: count
    set: 1
  - foreach: {items: [1, 2], steps: [{id: poll, shell: "true"}, {shell: "true"}]}
"""


@pytest.fixture(scope="module")
def plan() -> Plan:
    loaded = load(WORKFLOW, folder=Path("/nowhere"))
    assert loaded.plan is not None, loaded.diagnostics
    return loaded.plan


def mocked(plan: Plan, text: str) -> MockedRun:
    mocks, problems = read_mocks(read_document(text, "m.yaml").root, plan)
    assert not problems
    return MockedRun(mocks)


def problems(plan: Plan, text: str) -> list[Diagnostic]:
    return read_mocks(read_document(text, "m.yaml").root, plan)[1]


def step(plan: Plan, key: str) -> Node:
    return next(node for node in nodes_of(plan) if node.key == key)


def given(run: MockedRun, plan: Plan, key: str, address: str) -> object:
    """What a mocked step gives, or type and message of its failure."""
    node = step(plan, key)
    answer = run.answer(node, address)
    assert answer is not None
    try:
        return answer.given_to(registry.get(node.kind))
    except TaskError as error:
        return error.type, error.message


def test_a_value_is_the_output_whatever_the_kind_makes_it_of(plan: Plan) -> None:
    result = given(mocked(plan, "fetch: {value: {t: 18}}"), plan, "fetch", "fetch")

    assert registry.get("http").output(result) == {"t": 18}
    assert given(mocked(plan, "poll: {value: 1}"), plan, "poll", "foreach-1/0/poll") == 1


def test_a_result_is_what_the_kind_gives(plan: Plan) -> None:
    assert given(mocked(plan, "fetch: {result: {status: 404}}"), plan, "fetch", "fetch") == {"status": 404}


def test_a_failure_has_a_message_and_may_have_a_type(plan: Plan) -> None:
    assert given(mocked(plan, "poll: {fail: no}"), plan, "poll", "x/poll") == ("task", "no")
    told = given(mocked(plan, "poll: {fail: {type: gone, message: no}}"), plan, "poll", "x/poll")
    assert told == ("gone", "no")


def test_results_are_given_one_after_the_other_and_one_more_fails(plan: Plan) -> None:
    run = mocked(plan, "poll: {results: [{value: 1}, {fail: no}]}")

    assert given(run, plan, "poll", "foreach-1/0/poll") == 1
    assert given(run, plan, "poll", "foreach-1/1/poll") == ("task", "no")
    assert given(run, plan, "poll", "foreach-1/2/poll") == (
        "mock",
        "`poll` has 2 mocked results, and this is execution 3",
    )


def test_a_run_that_goes_on_goes_on_with_the_results(plan: Plan) -> None:
    run = mocked(plan, "poll: {results: [{value: 1}, {value: 2}]}")
    run.was_answered(step(plan, "poll"), "foreach-1/0/poll")

    assert given(run, plan, "poll", "foreach-1/1/poll") == 2


def test_an_address_wins_over_the_id_in_all_its_visits(plan: Plan) -> None:
    run = mocked(plan, "poll: {value: each}\nforeach-1/1/poll: {value: second}")

    addresses = ("foreach-1/0/poll", "foreach-1/1/poll", "foreach-1~2/1/poll~3")
    assert [given(run, plan, "poll", address) for address in addresses] == ["each", "second", "second"]


def test_a_step_that_is_not_mocked_acts(plan: Plan) -> None:
    assert mocked(plan, "poll: {value: 1}").answer(step(plan, "fetch"), "fetch") is None


def test_a_step_without_an_id_is_named_by_its_address(plan: Plan) -> None:
    assert given(mocked(plan, "foreach-1/0/shell-2: {value: 1}"), plan, "shell-2", "foreach-1/0/shell-2") == 1


@pytest.mark.parametrize(
    ("text", "code", "line", "said"),
    [
        ("fetsh: {value: 1}", "unknown-step", 1, "did you mean `fetch`?"),
        ("poll: {value: 1}\nforeach-1/0/pol: {value: 1}", "unknown-step", 2, "did you mean `poll`?"),
        ("count: {value: 1}", "not-mocked", 1, "mock the steps that act on the outside"),
        ("fetch: 1", "wrong-mock", 1, "a mock is one of"),
        ("fetch: {value: 1, fail: no}", "wrong-mock", 1, "a mock is one of"),
        ("fetch: {valeu: 1}", "wrong-mock", 1, "a mock is one of"),
        ("fetch: {fail: {kind: x}}", "wrong-mock", 1, "`fail` is a message"),
        ("fetch: {fail: 3}", "wrong-mock", 1, "`fail` is a message"),
        ("fetch: {results: []}", "wrong-mock", 1, "`results` is a list"),
        ("fetch:\n  results:\n    - {value: 1}\n    - {vlue: 1}", "wrong-mock", 4, "a mock is one of"),
        ("fetch: {results: [{results: [{value: 1}]}]}", "wrong-mock", 1, "`results` can't hold `results`"),
        ("- fetch", "wrong-type", 1, "mocks are a mapping"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(plan: Plan, text: str, code: str, line: int, said: str) -> None:
    found = problems(plan, text)

    assert [(each.code, each.span and each.span.line) for each in found] == [(code, line)]
    assert said in found[0].message + found[0].help
