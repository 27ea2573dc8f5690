"""What the compiler makes of a workflow: keys, defaults, edges, flags and targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
import pytest

from braid.diagnostics import DiagnosticsError
from braid.expressions import MappingScope
from braid.language import ast, plan
from braid.language.load import load, load_plan
from braid.language.task_kind import (
    ActiveTask,
    FieldRule,
    Interpolated,
    Interpolation,
    Part,
    PureTask,
    SubworkflowTask,
    TaskFields,
    TaskRegistry,
    Value,
    described,
)

N = TypeVar("N", bound=plan.Node)


def _joined(parts: Sequence[Part]) -> Value:
    return [f"<{part.value}{'!' if part.raw else ''}>" if isinstance(part, Interpolated) else part for part in parts]


class ActFields(TaskFields, frozen=True, kw_only=True):
    text: Annotated[str, described("Joined.", FieldRule(join=_joined))] = ""
    page: Annotated[str, described("A template.", FieldRule(interpolation=Interpolation.TEMPLATE))] = ""
    when: Annotated[bool, described("Bare.", FieldRule(interpolation=Interpolation.EXPRESSION))] = True
    each: Annotated[Value, described("Deferred.", FieldRule(names=("item",)))] = None
    code: Annotated[str, described("Code.", FieldRule(interpolation=Interpolation.REFUSED))] = ""
    any: Annotated[Value, described("Anything.")] = None


class Act(ActiveTask):
    name, fields, summary, result, example = "act", ActFields, "", "", ""
    shorthand = "text"


class SetFields(TaskFields, frozen=True, kw_only=True):
    value: Annotated[Value, described("Any.")] = None


class Set(PureTask):
    name, fields, summary, result, example = "set", SetFields, "", "", ""
    shorthand, whole_body = "value", True

    def evaluate(self, fields: Mapping[str, Value]) -> Value:
        return fields["value"]


class CallFields(TaskFields, frozen=True, kw_only=True):
    workflow: Annotated[str, described("Path.")]
    inputs: Annotated[dict[str, Value], described("Inputs.")] = msgspec.field(default_factory=dict)


class Call(SubworkflowTask):
    name, fields, summary, result, example = "call", CallFields, "", "", ""
    shorthand = "workflow"


@pytest.fixture
def registry() -> TaskRegistry:
    return TaskRegistry(added={"act": Act(), "set": Set(), "call": Call()}, _points={})


def compiled(text: str, registry: TaskRegistry) -> plan.Plan:
    return load_plan(f"name: t\n{text}", registry=registry)


def only(whole: plan.Plan, kind: type[N]) -> N:
    [node] = [node for node in whole.body.steps if isinstance(node, kind)]
    return node


def test_a_step_without_id_is_called_by_its_kind_and_position(registry: TaskRegistry) -> None:
    whole = compiled(
        "steps: [{set: 1}, {id: two, set: 2}, {if: true, then: [{act: x}]}, {steps: [{set: 3}]}]", registry
    )

    assert [node.key for node in whole.body.steps] == ["set-1", "two", "if-3", "group-4"]
    assert whole.body.positions == {"two": 1}
    assert whole.steps_total == 6


def test_defaults_go_to_active_task_steps_that_set_nothing_of_their_own(registry: TaskRegistry) -> None:
    whole = compiled(
        "pools: {p: 1, q: 2}\ndefaults: {retry: 2, timeout: 5s, pool: p}\n"
        "steps: [{act: x}, {act: x, retry: 4, timeout: 1s, pool: q}, {set: 1}, {steps: [{set: 1}]}]",
        registry,
    )
    plain, own, pure, group = whole.body.steps

    assert plain.retry is not None
    assert plain.retry.attempts.evaluate(MappingScope()) == 2
    assert (plain.pool, own.pool, pure.pool, group.pool) == ("p", "q", None, None)
    assert own.retry is not None
    assert own.retry.attempts.evaluate(MappingScope()) == 4
    assert (pure.retry, pure.timeout, group.retry, group.timeout) == (None, None, None, None)


def test_retry_fills_in_what_the_author_left_out(registry: TaskRegistry) -> None:
    whole = compiled("steps: [{act: x, retry: {backoff: fixed, jitter: true}}]", registry)
    retry = whole.body.steps[0].retry

    assert retry is not None
    values = [value.evaluate(MappingScope()) for value in (retry.attempts, retry.delay, retry.max_delay)]
    assert values == [3, "1s", "1m"]
    assert (retry.backoff, retry.jitter, retry.within, retry.when) == ("fixed", 0.5, None, None)


def test_each_field_is_compiled_by_its_own_rule(registry: TaskRegistry) -> None:
    whole = compiled(
        """
vars: {x: 3}
steps:
  - act:
      text: "a {{ vars.x }} b {{ vars.x | raw }}"
      page: "{% for n in [1, 2] %}{{ n }}{% endfor %}"
      when: vars.x > 2
      each: {twice: "{{ item * vars.x }}"}
      code: "x = 1"
      any: {deep: [1, "{{ vars.x }}"]}
""",
        registry,
    )
    fields = only(whole, plan.TaskNode).arguments.evaluate(MappingScope({"vars": {"x": 3}}))

    assert fields["text"] == ["a ", "<3>", " b ", "<3!>"]
    assert fields["page"] == "12"
    assert fields["when"] is True
    assert fields["each"](item=5) == {"twice": 15}
    assert fields["code"] == "x = 1"
    assert fields["any"] == {"deep": [1, 3]}


def test_constant_text_goes_through_the_join_too(registry: TaskRegistry) -> None:
    arguments = only(compiled("steps: [{act: plain}]", registry), plan.TaskNode).arguments

    assert arguments.constant
    assert arguments.evaluate(MappingScope()) == {"text": ["plain"]}


def test_an_evaluation_error_knows_its_place_in_the_file(registry: TaskRegistry) -> None:
    whole = compiled("inputs: {x: {default: 1}}\nsteps:\n  - set: [1, 'no {{ inputs.x.y }}']", registry)
    node = only(whole, plan.TaskNode)

    with pytest.raises(Exception, match="y") as caught:
        node.arguments.evaluate(MappingScope({"inputs": {"x": {}}}))
    assert (caught.value.span.line, caught.value.span.column) == (4, 21)


def test_graph_edges_are_needs_and_mentions(registry: TaskRegistry) -> None:
    whole = compiled(
        """
graph:
  - {id: d, set: ["{{ inner }}", "{{ steps.c.status }}"]}
  - {id: block, steps: [{id: inner, set: "{{ a }}"}]}
  - {id: a, set: 1}
  - {id: c, needs: a, set: 1}
""",
        registry,
    )
    graph = only(whole, plan.GraphNode)

    assert graph.dependencies == ((1, 3), (2,), (), (2,))
    assert graph.dependents == ((), (0,), (1, 3), (0,))
    assert graph.ancestors == (0b1110, 0b0100, 0, 0b0100)


@pytest.mark.parametrize(
    ("steps", "ordered"),
    [
        ("[{set: 1}]", False),
        ("[{break: item > 1}]", True),
        ("[{continue: item > 1}]", False),
        ("[{if: item > 1, return: 1}]", True),
        ("[{if: item > 1, then: [{steps: [{return: 1}]}]}]", True),
        ("[{loop: {max: 2, steps: [{break: true}]}}]", False),
        ("[{foreach: {items: [1], steps: [{break: true}]}}]", False),
    ],
)
def test_a_foreach_is_ordered_when_a_break_or_return_can_leave_it(
    steps: str, ordered: bool, registry: TaskRegistry
) -> None:
    whole = compiled(f"steps: [{{foreach: {{items: [1, 2], steps: {steps}}}}}]", registry)

    assert only(whole, plan.ForeachNode).ordered is ordered


@pytest.mark.parametrize(("extra", "ordered"), [("", True), (", wait: any", False), (", settle: true", False)])
def test_a_parallel_is_ordered_when_it_waits_for_all_and_can_be_left(
    extra: str, ordered: bool, registry: TaskRegistry
) -> None:
    whole = compiled(f"steps: [{{parallel: {{branches: [[{{return: 1}}], [{{set: 1}}]]{extra}}}}}]", registry)

    assert only(whole, plan.ParallelNode).ordered is ordered


@pytest.mark.parametrize(
    ("wait", "kind"),
    [
        ("all", plan.WaitKind.ALL),
        ("any", plan.WaitKind.COUNT),
        ("2", plan.WaitKind.COUNT),
        ('"{{ inputs.n }}"', plan.WaitKind.COUNT),
        ("ok >= 1", plan.WaitKind.EXPRESSION),
        ('"{{ done == total }}"', plan.WaitKind.EXPRESSION),
    ],
)
def test_wait_is_a_condition_only_when_it_asks_for_the_counts(
    wait: str, kind: plan.WaitKind, registry: TaskRegistry
) -> None:
    block = f"{{wait: {wait}, branches: [[{{set: 1}}], [{{set: 2}}]]}}"
    whole = compiled(f"inputs: {{n: {{default: 1}}}}\nsteps: [{{parallel: {block}}}]", registry)

    assert only(whole, plan.ParallelNode).wait is kind


def test_files_that_call_each_other_are_read_once(tmp_path: Path, registry: TaskRegistry) -> None:
    (tmp_path / "a.yaml").write_text("name: a\nsteps: [{call: b.yaml}, {call: b.yaml}]")
    (tmp_path / "b.yaml").write_text("name: b\nsteps: [{call: a.yaml}]")

    whole = load_plan(tmp_path / "a.yaml", registry=registry)
    first, second = whole.body.steps

    assert isinstance(first, plan.CallNode)
    assert isinstance(second, plan.CallNode)
    assert first.target() is second.target()
    [back] = first.target().body.steps
    assert isinstance(back, plan.CallNode)
    assert back.target() is whole


def test_a_link_out_of_the_folder_is_refused_unless_allowed(tmp_path: Path, registry: TaskRegistry) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out.yaml").write_text("name: out\nsteps: [{set: 1}]")
    (tmp_path / "in" / "link.yaml").symlink_to(tmp_path / "out.yaml")
    (tmp_path / "in" / "a.yaml").write_text("name: a\nsteps: [{call: link.yaml}]")

    refused = load(tmp_path / "in" / "a.yaml", registry=registry)

    assert [each.code for each in refused.diagnostics] == ["path-outside"]
    assert load(tmp_path / "in" / "a.yaml", registry=registry, allow_path=True).plan is not None


def test_a_built_workflow_meets_the_same_checks_and_keeps_its_functions(registry: TaskRegistry) -> None:
    def work() -> int:
        return 1

    inner = ast.Task(kind="act", body={"code": "pass"}, function=work, id="inner")
    whole = load_plan(ast.Workflow(name="w", steps=[ast.Group(steps=[inner])]), registry=registry)
    group = only(whole, plan.GroupNode)
    [node] = group.body.steps

    assert isinstance(node, plan.TaskNode)
    assert node.function is work
    with pytest.raises(DiagnosticsError, match="no step `missing` is visible"):
        load_plan(ast.Workflow(name="w", steps=[ast.Task(kind="set", body="{{ missing }}")]), registry=registry)


def test_problems_of_a_called_file_are_told_once_with_its_own_name(tmp_path: Path, registry: TaskRegistry) -> None:
    (tmp_path / "a.yaml").write_text("name: a\nsteps: [{call: b.yaml}, {call: b.yaml}]")
    (tmp_path / "b.yaml").write_text("name: b\nsteps: [{set: '{{ nothing }}'}]")

    [problem] = load(tmp_path / "a.yaml", registry=registry).diagnostics

    assert problem.span is not None
    assert problem.span.source.name.endswith("b.yaml")
