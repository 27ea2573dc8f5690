"""Each filter and test does what its example says, and the reference page shows all of them."""

from pathlib import Path

import pytest

from braid.expressions import EvaluationError, MappingScope, compile_expression
from braid.expressions.reference_page import build_page
from braid.expressions.values import Value
from braid.expressions.vocabulary import FILTERS, TESTS, Entry

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "expressions.md"


def evaluate(source: str, **values: Value) -> Value:
    return compile_expression(source).evaluate(MappingScope(values))


def error_of(source: str, value: Value) -> EvaluationError | None:
    """The error, if there is one; anything else that is raised fails the test."""
    try:
        evaluate(source, value=value)
    except EvaluationError as error:
        return error
    return None


@pytest.mark.parametrize(
    "entry", [*FILTERS.values(), *TESTS.values()], ids=lambda entry: f"{entry.section}-{entry.name}"
)
def test_example_gives_what_it_says(entry: Entry) -> None:
    result = evaluate(entry.example)

    assert result == entry.gives
    assert type(result) is type(entry.gives)


def test_reference_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == build_page(), "write build_page() to docs/reference/expressions.md"


def test_every_filter_says_something_of_a_missing_value() -> None:
    copes = {"default", "d", "mandatory"}
    for name, entry in FILTERS.items():
        if name in copes or entry.needs_scope:
            continue
        with pytest.raises(EvaluationError) as caught:
            evaluate(f"nothing | {name}")
        assert caught.value.type == "undefined", name
        assert "nothing" in caught.value.message, name


def test_filters_end_in_evaluation_errors_on_any_kind_of_value() -> None:
    values: list[Value] = [None, True, 0, -1.5, "", "a", [], [1, "a"], {}, {"a": [1]}, b"\xff", float("nan")]
    for name in FILTERS:
        for value in values:
            for source in (f"value | {name}", f"value | {name}(value)"):
                error = error_of(source, value)
                assert error is None or (error.start >= 0 and "object at 0x" not in error.message), source


def test_default_replaces_null_because_that_is_the_output_of_a_skipped_step() -> None:
    assert evaluate("step | default('none yet')", step=None) == "none yet"
    assert evaluate("step | default('none yet')", step=0) == 0
    assert evaluate("step | default('none yet', true)", step=0) == "none yet"


def test_strict_conversions_refuse_what_is_no_number() -> None:
    for source in ("'abc' | int", "null | int", "[] | float", "'abc' | bool"):
        with pytest.raises(EvaluationError):
            evaluate(source)
    assert evaluate("'abc' | int(default=7)") == 7
    assert evaluate("'1e3' | int") == 1000
    assert evaluate("'0x1f' | int(base=16)") == 31


def test_union_keeps_true_and_one_apart() -> None:
    assert evaluate("[1, true, [1], [true]] | unique") == [1, True, [1], [True]]


def test_from_yaml_reads_the_country_code_no_as_text() -> None:
    assert evaluate("text | from_yaml", text="[NO, 010, 1e3, ~]") == ["NO", 10, 1000.0, None]


def test_from_yaml_refuses_aliases_and_depth() -> None:
    with pytest.raises(EvaluationError, match="aliases"):
        evaluate("text | from_yaml", text="a: &a [1]\nb: *a")
    with pytest.raises(EvaluationError, match="deep"):
        evaluate("text | from_yaml", text="[" * 200)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(a*)*",
        "(a|a)*b",
        "(a|ab)*c",
        r"(\w+\s?)+$",
        "(?:a+){2,}",
        "((a+)b?)*",
        "(.*a)*",
        "(?=(a+)+)b",
        "([a-z]+x)+",
    ],
)
def test_pattern_that_could_take_for_ever_is_refused(pattern: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        evaluate("'aaaa' | regex_search(pattern)", pattern=pattern)
    assert caught.value.type == "limit"


@pytest.mark.parametrize(
    "pattern", [r"(\d+,)*\d+", r"(?:[a-z]+ )+", "(foo|bar)+", r"^\s*(\w+)\s*=\s*(.*)$", "[0-9]{4}-[0-9]{2}", "(ab)+"]
)
def test_everyday_pattern_is_accepted(pattern: str) -> None:
    evaluate("'foo = bar' | regex_findall(pattern)", pattern=pattern)


def test_shuffle_and_random_follow_the_seed() -> None:
    expression = compile_expression("[range(20) | shuffle, range(1000) | random, uuid(), random()]")

    first = expression.evaluate(MappingScope({}, seed="run 1"))

    assert first == expression.evaluate(MappingScope({}, seed="run 1"))
    assert first != expression.evaluate(MappingScope({}, seed="run 2"))
    assert sorted(first[0]) == list(range(20))


def test_a_default_of_null_stands_for_what_an_item_lacks() -> None:
    evaluate = compile_expression("[{'a': 1}, {}, null] | map(attribute='a', default=null)").evaluate

    assert evaluate(MappingScope({})) == [1, None, None]
    assert compile_expression("[null, {'x': 1}] | pluck('x')").evaluate(MappingScope({})) == [None, 1]
