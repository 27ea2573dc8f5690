"""Values against the types of fields, in a file and during a run."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta
from sample_kinds import EachFields, Nested, WebFields

from braid.language.document import read_document
from braid.language.shape import FieldsError, shape_problems, validated
from braid.language.shape_types import shape_of


def problems(text: str, annotation: Any, **options: bool) -> list[tuple[str, str]]:
    """Message and marked text of each problem of the value of `v`."""
    root = read_document(f"v: {text}\n", "f").root
    node = root.get("v")
    assert node is not None
    found = shape_problems(node, annotation, **options)
    return [(each.message, each.span.text if each.span else "") for each in found]


@pytest.mark.parametrize(
    ("text", "annotation", "message"),
    [
        ("x", Annotated[int, Meta(ge=1)], "expected a whole number ≥ 1, found text `x`"),
        ("0", Annotated[int, Meta(ge=1)], "expected a whole number ≥ 1, found the number `0`"),
        ("9", Annotated[int, Meta(gt=0, lt=9)], "expected a whole number > 0 and < 9, found the number `9`"),
        ("2", Annotated[float, Meta(ge=0, le=1)], "expected a number from 0 to 1, found the number `2`"),
        ("true", int, "expected a whole number, found `true`"),
        ("1.5", int, "expected a whole number, found the number `1.5`"),
        ("1", bool, "expected `true` or `false`, found the number `1`"),
        ("null", str, "expected text, found null"),
        ("[1]", str, "expected text, found a list"),
        ("{a: 1}", list[int], "expected a list of whole numbers, found a mapping"),
        ("x", list[str], "expected a list of texts, found text `x`"),
        ("x", dict[str, int], "expected a mapping, found text `x`"),
        ("c", Literal["a", "b"], "expected `a` or `b`, found text `c`"),
        ("[]", int | str | None, "expected a whole number or text, found a list"),
        ("abc", Annotated[str, Meta(max_length=2)], "expected text of at most 2 characters, found text `abc`"),
        ("abc", Annotated[str, Meta(pattern="^x")], "expected text that matches `^x`, found text `abc`"),
        ("3", datetime, "expected a date with a time, found the number `3`"),
        ("7", Annotated[int, Meta(multiple_of=2)], "expected a whole number, a multiple of 2, found the number `7`"),
    ],
)
def test_a_wrong_value_is_told_in_words(text: str, annotation: Any, message: str) -> None:
    assert [found for found, _ in problems(text, annotation)] == [message]


@pytest.mark.parametrize(
    ("text", "annotation"),
    [
        ("1", int),
        ("1", float),
        ("x", Any),
        ("null", int | None),
        ("[1, 2]", list[int]),
        ("[1, 2]", tuple[int, ...]),
        ("{a: 1}", dict[str, int]),
        ("{token: x}", Nested | None),
        ("b", Literal["a", "b"]),
        ("all", Literal["all"] | Annotated[int, Meta(ge=1)] | Annotated[str, Meta(pattern="^x")]),
        ("xyz", Literal["all"] | Annotated[int, Meta(ge=1)] | Annotated[str, Meta(pattern="^x")]),
        ("{a: {b: 1}}", list[int] | dict[str, dict[str, int]]),
    ],
)
def test_a_fitting_value_has_no_problems(text: str, annotation: Any) -> None:
    assert problems(text, annotation) == []


@pytest.mark.parametrize("annotation", [int, bool, list[int], Nested, datetime, dict[str, int], Literal["a"]])
def test_an_expression_fits_every_type(annotation: Any) -> None:
    assert problems('"{{ x }}"', annotation) == []


def test_text_round_an_expression_fits_scalars_only() -> None:
    assert problems('"a {{ x }}"', int) == []
    assert problems('"a {{ x }}"', list[int]) == [
        ("expected a list of whole numbers, found text round an expression", '"a {{ x }}"')
    ]


def test_the_constant_parts_of_a_structure_are_checked_beside_expressions() -> None:
    assert problems('["{{ x }}", no, 3]', list[int]) == [("expected a whole number, found text `no`", "no")]


def test_without_expressions_the_braces_are_text() -> None:
    assert problems('"{{ x }}"', int, expressions=False) == [
        ("expected a whole number, found text `{{ x }}`", '"{{ x }}"')
    ]


def test_all_problems_are_told_at_their_places() -> None:
    text = '{method: PUT, tries: 9, codes: [x, 200, y], auth: {tokn: a}, rato: 1, url: "http://x"}'

    assert problems(text, WebFields) == [
        ("expected `GET` or `POST`, found text `PUT`", "PUT"),
        ("expected a whole number from 1 to 5, found the number `9`", "9"),
        ("expected a whole number, found text `x`", "x"),
        ("expected a whole number, found text `y`", "y"),
        ("`auth` has no key `tokn`", "tokn"),
        ("this has no key `rato`", "rato"),
    ]


def test_a_missing_key_is_marked_at_the_key_of_its_mapping() -> None:
    root = read_document("v:\n  auth:\n    header: x\n  url: x\n", "f").root
    node = root.get("v")

    (problem,) = shape_problems(node, WebFields)

    assert problem.message == "`auth` needs the key `token`"
    assert problem.span is not None
    assert (problem.span.text, problem.span.line) == ("auth", 2)


def test_of_several_structs_the_one_with_fewest_problems_is_meant() -> None:
    assert problems("{token: 1}", Nested | WebFields) == [("expected text, found the number `1`", "1")]


def test_resolved_arguments_become_the_fields() -> None:
    fields = validated(
        WebFields, {"url": "http://x", "codes": [200, 201], "auth": {"token": "t"}, "ratio": Decimal("0.5")}
    )

    assert fields.codes == [200, 201]
    assert fields.auth == Nested(token="t")
    assert fields.ratio == 0.5
    assert fields.method == "GET"


def test_all_resolved_arguments_that_do_not_fit_are_named() -> None:
    with pytest.raises(FieldsError) as caught:
        validated(WebFields, {"url": 3, "codes": [200, "x"], "auth": {}, "body": datetime(2026, 1, 5, tzinfo=UTC)})

    assert [problem.path for problem in caught.value.problems] == [("url",), ("codes", 1), ("auth",), ("body",)]
    assert "`codes[1]`: expected a whole number, found text `x`" in str(caught.value)
    assert "`body`: expected text, bytes or null" not in str(caught.value)
    assert "found a date with a time" in str(caught.value)


def test_text_with_braces_is_no_expression_any_more_during_a_run() -> None:
    with pytest.raises(FieldsError, match="expected a whole number"):
        validated(WebFields, {"url": "x", "tries": "{{ 3 }}"})


def test_bytes_and_functions_are_taken_as_they_are() -> None:
    def chosen(item: int) -> bool:
        return item > 1

    assert validated(WebFields, {"url": "x", "body": b"\0"}).body == b"\0"
    assert validated(EachFields, {"items": [1], "where": chosen}).where is chosen


def test_an_enumeration_is_chosen_by_its_value() -> None:
    class Level(Enum):
        LOW = "low"

    assert problems("low", Level) == []
    assert problems("lo", Level) == [("expected `low`, found text `lo`", "lo")]


def test_a_type_that_says_nothing_about_values_is_the_plug_ins_mistake() -> None:
    with pytest.raises(TypeError, match="only tuples of one type"):
        shape_of(tuple[int, str])
