"""The bodies of task steps."""

from __future__ import annotations

from sample_kinds import sample_registry

from braid.diagnostics import Diagnostic
from braid.language import ast
from braid.language.document import ScalarNode, read_document
from braid.language.reader import read_workflow, task_fields

REGISTRY = sample_registry()


def read(step: str) -> tuple[ast.Task, list[Diagnostic]]:
    text = "name: x\nsteps:\n" + "".join(f"  {line}\n" for line in step.splitlines())
    workflow, diagnostics = read_workflow(read_document(text, "f"), REGISTRY)
    assert workflow is not None
    assert workflow.steps
    task = workflow.steps[0]
    assert isinstance(task, ast.Task)
    return task, diagnostics


def told(step: str) -> list[tuple[str, str, str]]:
    """Code, marked text and help of what is told about a step."""
    return [(each.code, each.span.text if each.span else "", each.help) for each in read(step)[1]]


def test_a_mapping_gives_the_fields() -> None:
    task, diagnostics = read('- web: {url: "http://x", tries: 2}')

    fields = task_fields(task, REGISTRY)

    assert not diagnostics
    assert {name: node.to_value() for name, node in fields.items()} == {"url": "http://x", "tries": 2}
    assert task.body == {"url": "http://x", "tries": 2}


def test_a_text_stands_for_the_shorthand_field() -> None:
    task, _ = read("- note: hello")

    (name,) = task_fields(task, REGISTRY)

    assert name == "text"


def test_a_whole_body_stands_for_the_shorthand_even_when_it_is_a_mapping_or_null() -> None:
    assert task_fields(read("- put: {a: 1}")[0], REGISTRY)["value"].to_value() == {"a": 1}
    assert task_fields(read("- put:")[0], REGISTRY)["value"].to_value() is None
    assert not read("- put:")[1]


def test_a_body_that_no_field_takes_names_the_fields() -> None:
    ((code, marked, help),) = told("- web: http://x")

    assert (code, marked) == ("wrong-type", "http://x")
    assert "`url`, `method`, `headers`" in help


def test_an_empty_body_misses_what_is_required() -> None:
    assert [code for code, _, _ in told("- web:")] == ["missing-key"]
    assert [code for code, _, _ in told("- note:")] == ["missing-key"]


def test_the_kinds_own_check_is_told_at_the_place_it_names() -> None:
    assert told('- web: {url: "http://a b"}') == [("bad-url", " ", "write `%20`")]
    assert told('- web: {url: "http://a", headers: {x: "1"}}') == [("invalid-field", '"1"', "")]


def test_a_field_with_an_expression_is_not_shown_to_the_kinds_check() -> None:
    assert told('- web: {url: "http://a b/{{ c }}"}') == []


def test_a_check_that_breaks_is_the_plug_ins_mistake() -> None:
    ((code, marked, help),) = told("- faulty: x")

    assert (code, marked) == ("task-kind-broken", "faulty")
    assert help == "this is a mistake in the plug-in, not in the file"


def test_interpolation_in_code_is_refused_with_the_rules_help() -> None:
    ((code, marked, help),) = told('- code: "x = {{ inputs.x }}"')

    assert (code, marked) == ("interpolation-refused", "{{ inputs.x }}")
    assert help == "hand values over with `with: {name: …}`"


def test_doubled_braces_of_an_f_string_are_no_interpolation() -> None:
    assert told("- code: |\n    return f'{{{1}}}'") == []
    assert [code for code, _, _ in told("- code: |\n    return '{{ x }}'")] == ["interpolation-refused"]


def test_code_that_is_not_python_is_told_where_it_breaks() -> None:
    task, (problem,) = read("- code: |\n    x = 1\n    y = = 2\n")

    assert problem.code == "bad-code"
    assert problem.span is not None
    assert (problem.span.line, problem.span.text) == (5, "=")
    assert isinstance(task_fields(task, REGISTRY)["code"], ScalarNode)


def test_code_may_return_and_await() -> None:
    assert told("- code: |\n    await x\n    return 1") == []


def test_hostile_code_ends_in_a_diagnostic() -> None:
    assert [code for code, _, _ in told(f'- code: "{"(" * 5000}"')] == ["bad-code"]
    assert [code for code, _, _ in told(f'- code: "{"-" * 100_000}1"')] == ["bad-code"]


def test_constant_durations_paths_and_schemas_are_checked() -> None:
    found = told('- web: {url: x, wait: soon, file: "", form: {type: strng}}')

    assert [(code, marked) for code, marked, _ in found] == [
        ("bad-duration", "soon"),
        ("bad-path", '""'),
        ("bad-schema", "strng"),
    ]


def test_a_bare_expression_is_text_a_number_or_a_boolean() -> None:
    assert told("- each_item: {items: [1], where: item > 1}") == []
    assert told("- each_item: {items: [1], where: true}") == []
    assert [code for code, _, _ in told("- each_item: {items: [1], where: [1]}")] == ["wrong-type"]
    assert [code for code, _, _ in told('- each_item: {items: [1], where: ""}')] == ["empty-expression"]


def test_a_kind_that_can_not_be_loaded_is_told_once() -> None:
    text = "name: x\nsteps:\n  - broken: 1\n  - broken: 2\n  - note: [1]\n"

    workflow, diagnostics = read_workflow(read_document(text, "f"), REGISTRY)

    assert workflow is None
    assert [each.code for each in diagnostics] == ["task-kind-broken", "wrong-type"]
    assert "no module named nowhere" in diagnostics[0].message


def test_a_field_whose_parts_are_joined_is_text_in_the_file() -> None:
    assert told('- web: {url: "http://x/{{ y }}"}') == []
    assert [(code, marked) for code, marked, _ in told("- web: {url: {a: b}}")] == [("wrong-type", "url")]
    assert [(code, marked) for code, marked, _ in told("- web: {url: 3}")] == [("wrong-type", "3")]
