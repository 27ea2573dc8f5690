"""A tree that is written out and read back is the same tree."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sample_kinds import sample_registry

from braid.diagnostics import render_text
from braid.language import ast
from braid.language.document import read_document
from braid.language.dump import DumpError, to_values, to_yaml
from braid.language.reader import read_workflow
from braid.language.yaml_text import yaml_text

REGISTRY = sample_registry()

TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0\ufffe\uffff"), max_size=20)
SCALARS = (
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False) | TEXT
)
MISREAD = ["", " ", "null", "0o14", "1e3", ".5", "~", "yes", "a: b", "# x", "- x", "<<", "=", "key", "a,b", "[", "? x"]
SIGNS = ["...", "---", "%x", "@x", "!x", "&a", "*a", "'", '"', "\\", "|", "{{ x }}", "é", "😀"]
LINES = ["\n", "a\n", "a\n\nb\n\n", " a\nb", "a\n b\n", "a \nb", "a\r\nb", "a\tb\nc", "x\n---\ny", "x\n...\n"]
CONTROLS = ["\ta", "\u0085", "\u2028", "\ufeff", "\x7f"]
TRICKY = st.sampled_from([*MISREAD, *SIGNS, *LINES, *CONTROLS])
VALUES = st.recursive(
    SCALARS | TRICKY,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(TEXT | TRICKY.filter(lambda t: t != "<<"), inner, max_size=3)
    ),
    max_leaves=6,
)
DURATIONS = st.sampled_from(["30s", "5m", "PT1H", "{{ inputs.t }}"])
COUNTS = st.integers(1, 9) | st.just("{{ inputs.n }}")
CONDITIONS = st.sampled_from(["x > 1", "not done", "a == 'b: c'", True, False])


class Ids:
    """Gives each step of one tree an id of its own."""

    def __init__(self) -> None:
        self.count = 0

    def next(self) -> str:
        self.count += 1
        return f"s{self.count}"


@st.composite
def retries(draw: st.DrawFn) -> ast.Retry | int:
    if draw(st.booleans()):
        return draw(st.integers(1, 5))
    return ast.Retry(
        attempts=draw(COUNTS),
        backoff=draw(st.sampled_from(["fixed", "linear"])),
        delay=draw(DURATIONS),
        jitter=draw(st.sampled_from([0.0, 0.25, True])),
        within=draw(st.none() | DURATIONS),
        when=draw(st.none() | CONDITIONS),
    )


@st.composite
def common(draw: st.DrawFn, ids: Ids, task: bool) -> dict[str, Any]:
    keys: dict[str, Any] = {"id": ids.next()} if draw(st.booleans()) else {}
    if not draw(st.integers(0, 2)):
        keys |= {"name": draw(TEXT), "if_": draw(CONDITIONS), "retry": draw(retries()), "timeout": draw(DURATIONS)}
        keys |= {"output": draw(VALUES), "schema": draw(st.sampled_from([True, {"type": "string"}, {}]))}
        keys["fallback"] = draw(
            st.builds(lambda value: ast.Fallback(value=value), VALUES)
            | st.builds(lambda: ast.Fallback(steps=[ast.Task(kind="put", body=1)]))
        )
        if task:
            keys["pool"] = draw(st.sampled_from(["news", "p-2"]))
            keys["idempotent"] = draw(st.sampled_from([None, True, False]))
    return keys


def step_lists(ids: Ids, depth: int) -> st.SearchStrategy[list[ast.Step]]:
    return st.lists(steps(ids, depth), min_size=1, max_size=3)


@st.composite
def steps(draw: st.DrawFn, ids: Ids, depth: int) -> ast.Step:
    kind = draw(st.integers(0, 13 if depth else 4))
    inner = step_lists(ids, depth - 1)
    keys = draw(common(ids, kind < 2))
    match kind:
        case 0 | 1:
            return ast.Task(kind="put", body=draw(VALUES), **keys)
        case 2:
            return draw(st.sampled_from([ast.Break, ast.Continue]))(
                when=draw(st.sampled_from([None, "x", False])), **keys
            )
        case 3:
            return ast.Goto(to=draw(st.sampled_from(["a", "b_1"])), max=draw(st.sampled_from([100, 3])), **keys)
        case 4:
            return ast.Return(value=draw(VALUES), **keys)
        case 5:
            return ast.Group(steps=draw(inner), **keys)
        case 6 | 7:
            return draw(parallels(inner, keys))
        case 8:
            return draw(foreachs(inner, keys))
        case 9:
            return ast.Graph(steps=draw(inner), max_concurrency=draw(st.none() | COUNTS), **keys)
        case 10:
            return ast.If(**{**keys, "if_": "x"}, then=draw(inner), else_=draw(st.none() | inner))
        case 11:
            case = st.builds(ast.Case, when=VALUES, steps=inner)
            return ast.Switch(value=draw(VALUES), cases=draw(st.lists(case, min_size=1, max_size=2)), **keys)
        case 12:
            return ast.Loop(max=draw(COUNTS), while_=draw(CONDITIONS), until=draw(st.none()), steps=draw(inner), **keys)
        case _:
            handler = st.builds(ast.Catch, when=st.none() | CONDITIONS, steps=inner)
            catch = draw(st.lists(handler, min_size=1, max_size=2))
            return ast.Try(steps=draw(inner), catch=catch, finally_=draw(st.none() | inner), **keys)


@st.composite
def parallels(draw: st.DrawFn, inner: st.SearchStrategy[list[ast.Step]], keys: dict[str, Any]) -> ast.Step:
    names = st.sampled_from(["a", "b c", "Ä", "1", "true", "null"])
    return ast.Parallel(
        branches=draw(st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=2)),
        max_concurrency=draw(st.none() | COUNTS),
        wait=draw(st.sampled_from([None, "all", "any", 2, "ok > 1", "{{ inputs.n }}"])),
        merge=draw(st.sampled_from([None, "list", "concat", "branches | first"])),
        settle=True,
        tolerate=draw(st.sampled_from([None, 0, 2, "10%", "{{ n }}"])),
        **keys,
    )


@st.composite
def foreachs(draw: st.DrawFn, inner: st.SearchStrategy[list[ast.Step]], keys: dict[str, Any]) -> ast.Step:
    return ast.Foreach(
        items=draw(VALUES),
        as_=draw(st.sampled_from(["item", "city"])),
        max_concurrency=draw(COUNTS),
        steps=draw(inner),
        collect=draw(st.sampled_from(["list", "none"])),
        **keys,
    )


@st.composite
def workflows(draw: st.DrawFn) -> ast.Workflow:
    ids = Ids()
    graph = draw(st.booleans())
    body = draw(step_lists(ids, 2))
    return ast.Workflow(
        name=draw(TEXT.filter(bool)),
        version=draw(st.none() | st.sampled_from(["1.0", 1.5, 2])),
        description=draw(st.none() | TEXT | TRICKY),
        inputs=draw(st.sampled_from([{}, {"a": {"type": "string", "default": "x"}}, {"b": {}}])),
        vars=draw(st.dictionaries(st.sampled_from(["a", "B_1"]), VALUES, max_size=2)),
        secrets=draw(st.sampled_from([[], ["TOKEN"]])),
        max_concurrency=draw(st.none() | st.integers(1, 5)),
        pools=draw(st.sampled_from([{}, {"p": 2, "q": ast.Pool(limit=1, rate="100/1m")}])),
        defaults=draw(st.none() | st.builds(ast.Defaults, retry=retries(), timeout=DURATIONS)),
        timeout=draw(st.none() | DURATIONS),
        steps=None if graph else body,
        graph=ast.Graph(steps=body, max_concurrency=draw(st.none() | COUNTS)) if graph else None,
        on_failure=draw(st.none() | step_lists(ids, 0)),
        finally_=draw(st.none() | step_lists(ids, 0)),
        output=draw(VALUES),
    )


def without_origin(value: Any) -> Any:
    if isinstance(value, ast.Part):
        found = {name: without_origin(getattr(value, name)) for name in value.__struct_fields__ if name != "origin"}
        return type(value).__name__, found
    if isinstance(value, list):
        return [without_origin(item) for item in value]
    if isinstance(value, dict):
        return {key: without_origin(item) for key, item in value.items()}
    return value, type(value)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(workflows())
def test_a_tree_is_read_back_as_it_was_written(workflow: ast.Workflow) -> None:
    text = to_yaml(workflow)

    found, diagnostics = read_workflow(read_document(text, "w"), REGISTRY)

    assert not diagnostics, f"{render_text(diagnostics)}\n{text}"
    assert without_origin(found) == without_origin(workflow), text


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(TEXT | TRICKY.filter(lambda t: t != "<<"), VALUES, min_size=1, max_size=4))
def test_values_are_read_back_as_they_were_written(values: dict[str, Any]) -> None:
    text = yaml_text(values)

    found = read_document(text, "v").root.to_value()

    assert without_origin(found) == without_origin(values), text


def test_text_of_several_lines_is_written_as_a_block() -> None:
    assert yaml_text({"script": "echo a\necho b\n"}) == "script: |\n  echo a\n  echo b\n"
    assert yaml_text({"script": "a\n\nb"}) == "script: |-\n  a\n\n  b\n"


def test_empty_lines_at_the_end_of_a_text_are_not_mixed_up_with_those_between_keys() -> None:
    values = {"vars": {"script": "a\nb\n\n"}, "steps": [{"log": "x"}]}

    assert read_document(yaml_text(values), "v").root.to_value() == values


def test_text_that_would_be_misread_is_quoted() -> None:
    written = yaml_text({"a": "null", "b": "0o14", "c": "x: y", "d": "{{ x }}", "no": "no"})

    assert written == 'a: "null"\nb: "0o14"\nc: "x: y"\nd: "{{ x }}"\nno: no\n'


def test_a_workflow_is_written_as_people_write_it() -> None:
    workflow = ast.Workflow(
        name="demo",
        steps=[
            ast.Parallel(
                id="both",
                branches={"a": [ast.Task(kind="put", body="hi", id="x", retry=3)], "b": [ast.Break()]},
                max_concurrency=2,
                output="{{ result }}",
            ),
            ast.If(if_="x > 1", then=[ast.Goto(to="both")]),
        ],
    )

    assert to_yaml(workflow) == (
        "name: demo\n"
        "\n"
        "steps:\n"
        "  - id: both\n"
        "    parallel:\n"
        "      branches:\n"
        "        a:\n"
        "          - id: x\n"
        "            put: hi\n"
        "            retry: 3\n"
        "        b:\n"
        "          - break: null\n"
        "      max_concurrency: 2\n"
        '    output: "{{ result }}"\n'
        '  - if: "x > 1"\n'
        "    then:\n"
        "      - goto: both\n"
    )


def test_a_function_is_written_by_its_name() -> None:
    step = ast.Task(kind="python", body={"with": {"n": 1}}, function=test_text_of_several_lines_is_written_as_a_block)

    values = to_values(ast.Workflow(name="f", steps=[step]))

    called = values["steps"][0]["python"]["call"]
    assert called == f"{__name__}:test_text_of_several_lines_is_written_as_a_block"


@pytest.mark.parametrize(
    "value", [{1, 2}, object(), b"x", 10**5000, {1: 2}], ids=["set", "object", "bytes", "huge", "key"]
)
def test_a_value_that_no_file_can_say_is_refused_with_its_place(value: Any) -> None:
    with pytest.raises(DumpError, match=r"^steps\[0\]\.put\.a"):
        to_yaml(ast.Workflow(name="f", steps=[ast.Task(kind="put", body={"a": value})]))


def test_an_enumeration_of_texts_is_written_as_its_text() -> None:
    class Style(StrEnum):
        SHORT = "short"

    assert "put: short\n" in to_yaml(ast.Workflow(name="f", steps=[ast.Task(kind="put", body=Style.SHORT)]))


def test_nothing_of_the_tree_is_lost_when_it_equals_a_default_only_by_value() -> None:
    step = ast.Parallel(branches=[], settle=False, tolerate=None)

    assert msgspec.to_builtins(to_values(ast.Workflow(name="f", steps=[step]))["steps"]) == [
        {"parallel": {"branches": []}}
    ]
