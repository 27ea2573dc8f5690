"""Edits as values: how they are put into a text, and which slips are certain."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from braid.diagnostics import Diagnostic, Source, Span, to_json
from braid.diagnostics.fix import Edit, Fix, applied
from braid.language.slips import certainly_meant

SOURCE = Source("f", "one two three")
KEYS = ["timeout", "items", "max_concurrency", "then", "when", "retry", "form", "log"]


def fix(start: int, end: int, text: str) -> Fix:
    return Fix("t", (Edit(Span(SOURCE, start, end), text),))


def test_edits_are_put_in_from_the_last_to_the_first() -> None:
    one, three = fix(0, 3, "a longer one"), fix(8, 13, "3")

    assert applied(SOURCE.text, [one, three]) == ("a longer one two 3", [one, three])


def test_of_two_fixes_at_one_place_the_first_is_taken() -> None:
    first, second, third = fix(0, 7, "a"), fix(4, 13, "b"), fix(8, 13, "c")

    assert applied(SOURCE.text, [first, second, third]) == ("a c", [first, third])


def test_two_fixes_may_share_an_edit() -> None:
    shared = Edit(Span(SOURCE, 0, 3), "1")
    one, other = Fix("a", (shared,)), Fix("b", (shared, Edit(Span(SOURCE, 4, 7), "2")))

    assert applied(SOURCE.text, [one, other]) == ("1 2 three", [one, other])


@given(st.lists(st.tuples(st.integers(0, 13), st.integers(0, 13), st.text("xy", max_size=3)), max_size=6))
def test_what_no_edit_touches_stays(edits: list[tuple[int, int, str]]) -> None:
    fixes = [fix(min(a, b), max(a, b), text) for a, b, text in edits]
    after, done = applied(SOURCE.text, fixes)

    taken = {edit for each in done for edit in each.edits}
    touched = {place for edit in taken for place in range(edit.span.start, edit.span.end)}
    kept = [char for place, char in enumerate(SOURCE.text) if place not in touched]
    assert sorted(after) == sorted([*kept, *(char for edit in taken for char in edit.text)])


def test_json_has_the_fix() -> None:
    (found,) = to_json([Diagnostic("c", "m", Span(SOURCE, 0, 3), fix=fix(0, 3, "1"))])["diagnostics"]

    edit = {"text": "1", "file": "f", "line": 1, "column": 1, "end_line": 1, "end_column": 4}
    assert found["fix"] == {"message": "t", "edits": [edit]}


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("timeuot", "timeout"),  # neighbours swapped
        ("timout", "timeout"),  # one too few
        ("timeoutt", "timeout"),  # one too many
        ("timeoit", "timeout"),  # another one, in a long word
        ("maxConcurrency", "max_concurrency"),
        ("max-concurrency", "max_concurrency"),
        ("Items", "items"),
        ("item", "items"),
        ("than", None),  # another letter in a short word is another word
        ("lgo", None),
        ("logs", None),
        ("tmeut", None),  # two slips
        ("", None),
        ("timeout", None),
    ],
)
def test_one_slip_of_the_keyboard_is_certain(word: str, meant: str | None) -> None:
    assert certainly_meant(word, KEYS) == meant


def test_two_words_that_may_be_meant_are_none() -> None:
    assert certainly_meant("stepss", ["steps", "stepsa"]) is None
    assert certainly_meant("ste_ps", ["step_s", "s_teps"]) is None
    assert certainly_meant("thens", ["then", "theme", "thenx"]) is None
    assert certainly_meant("thn", ["then", "thy"]) is None
