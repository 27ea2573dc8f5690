"""Mocked steps: a file that says what steps give in tests, in the place of what they would do.

    fetch: {value: {temperature: 18}}           # its output
    ask: {result: {status: 404, headers: {}, body: null, url: ""}}    # what its kind gives, before `output:`
    send: {fail: no such address}               # or {type: smtp, message: no such address}
    gather/0/poll: {results: [{value: []}, {fail: gone}, {value: [1]}]}

A name is a step's id, which stands for all executions of the step, or one address, which wins. `results` are given one
after the other, attempts, iterations and items alike; one execution more is a failure of type `mock`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from braid.diagnostics import Diagnostic, Span, nearest
from braid.language.document import MappingNode, Node, ScalarNode, SequenceNode
from braid.language.plan import Node as Step
from braid.language.plan import Plan, TaskNode
from braid.language.plan_walk import nodes_of, reachable_plans
from braid.language.task_kind import ActiveTask, TaskError, TaskKind, Value

MOCK_FAILURE: Final = "mock"
"""Type of the failure of a step that is executed more often than results are mocked."""

_WAYS: Final = ("value", "result", "fail", "results")
_RUN_NUMBER = re.compile(r"~\d+(?=/|$)")


@dataclass(frozen=True, slots=True)
class MockedAnswer:
    """What one execution gives. `way` is `value` (the output), `result` or `fail`."""

    way: str
    content: Value

    def given_to(self, kind: TaskKind) -> Value:
        """The result that the kind would have given.

        Raises:
            TaskError: The answer is a failure.
        """
        if self.way != "fail":
            return kind.result_of(self.content) if self.way == "value" else self.content
        if isinstance(self.content, str):
            raise TaskError(self.content)
        raise TaskError(self.content["message"], type=self.content.get("type", "task"))


@dataclass(frozen=True, slots=True)
class Mock:
    """What a step gives. One answer that isn't `successive` is given to all executions."""

    answers: tuple[MockedAnswer, ...]
    successive: bool = False


class MockedRun:
    """The mocks of one run: knows how many answers were given."""

    def __init__(self, mocks: Mapping[str, Mock]) -> None:
        self._mocks = mocks
        self._given: Counter[str] = Counter()

    def answer(self, node: Step, address: str) -> MockedAnswer | None:
        """What the step gives this time; None for a step that isn't mocked."""
        name = self._name(node, address)
        if name is None:
            return None
        mock = self._mocks[name]
        if not mock.successive:
            return mock.answers[0]
        number = self._given[name]
        self._given[name] += 1
        if number < len(mock.answers):
            return mock.answers[number]
        count = len(mock.answers)
        message = f"`{name}` has {count} mocked result{'' if count == 1 else 's'}, and this is execution {number + 1}"
        return MockedAnswer("fail", {"type": MOCK_FAILURE, "message": message})

    def was_answered(self, node: Step, address: str) -> None:
        """An earlier life of the run had an answer of this step."""
        name = self._name(node, address)
        if name is not None:
            self._given[name] += 1

    def _name(self, node: Step, address: str) -> str | None:
        for name in (address, _RUN_NUMBER.sub("", address), node.id):
            if name is not None and name in self._mocks:
                return name
        return None


def read_mocks(root: Node, plan: Plan) -> tuple[dict[str, Mock], list[Diagnostic]]:
    """The mocks of a mapping, name → mock, and all that is wrong with it: then the mocks aren't complete."""
    if not isinstance(root, MappingNode):
        help = "write `fetch: {value: …}`, with the id of a step"
        return {}, [Diagnostic("wrong-type", "mocks are a mapping, step → what it gives", root.span, help=help)]
    mocks: dict[str, Mock] = {}
    problems: list[Diagnostic] = []
    steps = _Steps(plan)
    for entry in root.entries:
        problems += steps.problems(entry.key)
        wrong = list(_mock_problems(entry.value))
        problems += wrong
        if not wrong:
            assert isinstance(entry.value, MappingNode), "_mock_problems has told"
            mocks[entry.key.text] = _mock(entry.value)
    return mocks, problems


class _Steps:
    """The steps that a mock may name."""

    def __init__(self, plan: Plan) -> None:
        nodes = [node for each in reachable_plans(plan) for node in nodes_of(each)]
        self._by_id = {node.id: node for node in nodes if node.id is not None}
        self._by_key: dict[str, list[Step]] = {}
        for node in nodes:
            self._by_key.setdefault(node.key, []).append(node)

    def problems(self, name: ScalarNode) -> Iterator[Diagnostic]:
        last = _RUN_NUMBER.sub("", name.text).rpartition("/")[2]
        found = self._by_key.get(last, [])
        if not found:
            near = nearest(last, [*self._by_id, *self._by_key])
            help = f"did you mean `{near}`?" if near else "`braid plan` shows the steps"
            yield Diagnostic("unknown-step", f"the workflow has no step `{last}`", name.span, help=help)
        elif not any(isinstance(node, TaskNode) and isinstance(node.task, ActiveTask) for node in found):
            yield Diagnostic(
                "not-mocked",
                f"`{last}` can't be mocked",
                name.span,
                label=f"a `{found[0].kind}`, which the engine computes itself",
                help="mock the steps that act on the outside, such as `http`, `shell` and `python`",
            )


def _mock_problems(node: Node) -> Iterator[Diagnostic]:
    span = node.span
    if not isinstance(node, MappingNode) or len(node.entries) != 1 or node.entries[0].key.text not in _WAYS:
        yield _wrong(span, "a mock is one of `{value: …}`, `{result: …}`, `{fail: …}` and `{results: […]}`")
        return
    way, content = node.entries[0].key.text, node.entries[0].value
    if way == "fail":
        yield from _failure_problems(content)
    elif way == "results":
        if not isinstance(content, SequenceNode) or not content.items:
            yield _wrong(content.span, "`results` is a list, with one mock for each execution")
            return
        for item in content.items:
            yield from _mock_problems(item)
            if isinstance(item, MappingNode) and "results" in item:
                yield _wrong(item.span, "`results` can't hold `results`")


def _failure_problems(node: Node) -> Iterator[Diagnostic]:
    if isinstance(node, ScalarNode) and isinstance(node.value, str):
        return
    fitting = isinstance(node, MappingNode) and "message" in node and set(node.keys()) <= {"type", "message"}
    values = node.to_value().values() if isinstance(node, MappingNode) else ()
    if not fitting or not all(isinstance(value, str) for value in values):
        yield _wrong(node.span, "`fail` is a message, or `{type: …, message: …}`")


def _wrong(span: Span, message: str) -> Diagnostic:
    return Diagnostic("wrong-mock", message, span)


def _mock(node: MappingNode) -> Mock:
    way, content = node.entries[0].key.text, node.entries[0].value
    if way != "results":
        return Mock((_answer(node),))
    assert isinstance(content, SequenceNode), "_mock_problems has told"
    return Mock(tuple(_answer(item) for item in content.items), successive=True)


def _answer(node: Node) -> MockedAnswer:
    assert isinstance(node, MappingNode), "_mock_problems has told"
    return MockedAnswer(node.entries[0].key.text, node.entries[0].value.to_value())
