"""Lines, columns and spans."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from braid.diagnostics import Source, Span

LINED_TEXT = st.text(alphabet="a\n\ré\x85\u2028😀", max_size=60)


def naive_lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


@given(LINED_TEXT)
@example("a\r\n" * 5000)
@example("ab\n" * 5000 + "\r\r\n")
def test_every_line_has_its_text(text: str) -> None:
    source = Source("f", text)
    lines = naive_lines(text)

    some = {1, 2, len(lines) // 2, len(lines) - 1, len(lines)} if len(lines) > 100 else range(1, len(lines) + 1)
    for number in some:
        if number >= 1:
            assert source.line_text(number) == lines[number - 1]
    with pytest.raises(IndexError):
        source.line_text(len(lines) + 1)
    with pytest.raises(IndexError):
        source.line_text(0)


@given(LINED_TEXT, st.integers(0, 60))
def test_position_agrees_with_the_lines_before_it(text: str, offset: int) -> None:
    offset = min(offset, len(text))
    source = Source("f", text)
    if text[offset - 1 : offset + 1] == "\r\n" and offset:
        assert source.position(offset) == source.position(offset - 1)
        return
    lines = naive_lines(text[:offset])

    assert source.position(offset) == (len(lines), len(lines[-1]) + 1)


def test_positions_stay_right_across_chunk_borders() -> None:
    text = "x" * 4095 + "\r\n" + "y" * 4094 + "\r\nz"
    source = Source("f", text)

    assert source.position(text.index("y")) == (2, 1)
    assert source.position(text.index("z")) == (3, 1)
    assert source.line_text(3) == "z"


def test_an_astral_character_is_one_column() -> None:
    assert Source("f", "😀x").position(1) == (1, 2)


def test_span_knows_both_ends() -> None:
    span = Span(Source("f", "ab\ncd"), 1, 4)

    assert (span.line, span.column, span.end_line, span.end_column) == (1, 2, 2, 2)
    assert span.text == "b\nc"


def test_spans_sort_by_file_and_place() -> None:
    a, b = Source("a", "xyz"), Source("b", "xyz")

    assert sorted([Span(b, 0, 1), Span(a, 2, 3), Span(a, 0, 2)]) == [Span(a, 0, 2), Span(a, 2, 3), Span(b, 0, 1)]
