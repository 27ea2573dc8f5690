"""Interpolated text: kept types, what becomes of values."""

from datetime import date
from decimal import Decimal

import pytest

from braid.expressions import (
    EvaluationError,
    ExpressionSyntaxError,
    MappingScope,
    compile_text,
)
from braid.expressions.values import Value


def render(text: str, **values: Value) -> Value:
    return compile_text(text).evaluate(MappingScope(values))


@pytest.mark.parametrize("text", ["{{ x }}", " {{ x }}\n", "{{x}}", "{{ x if true }}", "{{ (x) }}", "{# c #}{{ x }}"])
def test_text_that_is_one_interpolation_keeps_the_type(text: str) -> None:
    assert render(text, x=[1]) == [1]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a", "a"),
        (None, ""),
        (True, "true"),
        (3, "3"),
        (1.5, "1.5"),
        ({"a": [1, None, "é"]}, '{"a":[1,null,"é"]}'),
        (Decimal("1.10"), "1.10"),
        (Decimal("1E+3"), "1000"),
        (date(2026, 3, 1), "2026-03-01"),
        ("{{ y }}{% z %}", "{{ y }}{% z %}"),
    ],
)
def test_value_in_a_text(value: Value, shown: str) -> None:
    assert render("[{{ x }}]", x=value) == f"[{shown}]"


@pytest.mark.parametrize("value", [b"a", float("nan"), float("inf"), Decimal("1e999999")])
def test_value_that_no_text_can_hold(value: Value) -> None:
    with pytest.raises(EvaluationError) as caught:
        render("a {{ x }}", x=value)
    assert (caught.value.start, caught.value.end) == (5, 6)


def test_static_text_is_known_without_a_scope() -> None:
    text = compile_text("a {# nobody sees this #}b")

    assert text.is_static
    assert text.static_value == "a b"
    assert not compile_text("{{ a }}").is_static


def test_text_that_looks_like_python_or_shell_stays() -> None:
    source = "${#name} ${x} { {x} } }} %} $(a) {x}"

    assert compile_text(source).static_value == source


def test_braces_and_quotes_inside_an_interpolation() -> None:
    assert render("{{ {'a': {'b': '}}'}}.a.b }}!") == "}}!"


def test_space_control_is_jinjas() -> None:
    assert render("a {{- x -}} b {{ x }}", x=1) == "a1b 1"


def test_references_stand_where_they_are_in_the_text() -> None:
    source = "é {{ a.b }} and {{ c | default(d) }}"

    assert [source[one.start : one.end] for one in compile_text(source).references] == ["a.b", "c", "d"]


def test_error_stands_where_it_is_in_the_text() -> None:
    source = "Hello {{ name }}, {{ a.b + 1 }}"
    with pytest.raises(EvaluationError) as caught:
        compile_text(source).evaluate(MappingScope({"name": "x", "a": {}}))

    assert source[caught.value.start : caught.value.end] == "a.b"


@pytest.mark.parametrize(
    ("source", "failing"),
    [
        ("a {% if x %}", "{%"),
        ("a {{ b", "{{"),
        ("a {# b", "{#"),
        ("a {{ 'b }}", "'b }}"),
        ("a {{ b c }}", "c"),
        ("{{}}", ""),
    ],
)
def test_syntax_error_stands_where_it_is_in_the_text(source: str, failing: str) -> None:
    with pytest.raises(ExpressionSyntaxError) as caught:
        compile_text(source)

    assert source[caught.value.start : caught.value.end] == failing
