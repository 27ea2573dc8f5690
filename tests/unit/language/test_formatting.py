"""What the usual layout is, piece by piece."""

from __future__ import annotations

from textwrap import dedent

import pytest

from braid.diagnostics import DiagnosticsError
from braid.language.formatting import format_text


def formatted(text: str) -> str:
    return format_text(text, "x")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: { b: 1 ,c: [ 1,2 ] }\n", "a: {b: 1, c: [1, 2]}\n"),
        ("a: {}\nb: [ ]\n", "a: {}\nb: []\n"),
        ('a: {"b":1}\n', 'a: {"b": 1}\n'),
        ("a: {b: , c: 1}\n", "a: {b: , c: 1}\n"),
        ("a :   1\n", "a: 1\n"),
        ("a:\t1\n", "a: 1\n"),
        ("-   a\n-     - b\n", "- a\n- - b\n"),
        ("a: &x   y\nb: *x\n*x : 2\n", "a: &x y\nb: *x\n*x : 2\n"),
        ("a: 1  \nb: 2", "a: 1\nb: 2\n"),
        ("a: 1\r\nb: 2\r\n", "a: 1\nb: 2\n"),
        ("a: 1\rb: 2\r", "a: 1\nb: 2\n"),
        ("\ufeffa: 1\n", "a: 1\n"),
        ("\n\n\na: 1\n\n\n\nb: 2\n\n\n", "a: 1\n\nb: 2\n"),
        ("a: 'it''s'\nb: \"x\\ty\"\n", "a: 'it''s'\nb: \"x\\ty\"\n"),
    ],
)
def test_spaces_and_line_ends(before: str, after: str) -> None:
    assert formatted(before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a:\n- 1\n- b:\n  - 2\n", "a:\n  - 1\n  - b:\n      - 2\n"),
        ("a:\n- 1\n- - 2\n  - 3\nb:\n- 4\nc: 5\n", "a:\n  - 1\n  - - 2\n    - 3\nb:\n  - 4\nc: 5\n"),
        ("a:\n    b:\n        c: 1\n", "a:\n  b:\n    c: 1\n"),
        ("- a: 1\n  b: 2\n-   c: 3\n    d: 4\n", "- a: 1\n  b: 2\n- c: 3\n  d: 4\n"),
        ("-\n    a: 1\n", "-\n  a: 1\n"),
        ("a:\n     1\nb: &x\n   c: 1\n", "a:\n  1\nb: &x\n  c: 1\n"),
        ("? a\n:   b\n", "? a\n: b\n"),
        ("%YAML 1.2\n---\na:\n   - 1\n...\n", "%YAML 1.2\n---\na:\n  - 1\n...\n"),
    ],
)
def test_two_spaces_a_level_and_lists_deeper_than_their_key(before: str, after: str) -> None:
    assert formatted(before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: [1,\n  2]\n", "a: [1,\n    2]\n"),
        ("a: {\n b: 1,\n c: [\n 2\n ]\n}\n", "a: {\n    b: 1,\n    c: [\n      2\n    ]\n  }\n"),
        ("- {\n a: 1 # x\n # y\n }\n", "- {\n    a: 1  # x\n    # y\n  }\n"),
    ],
)
def test_brackets_over_several_lines_keep_their_lines(before: str, after: str) -> None:
    assert formatted(before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: |\n      x\n        y  \n\n      z\n", "a: |\n  x\n    y  \n\n  z\n"),
        ("a:\n- |\n x\n-   >-\n    y\n", "a:\n  - |\n    x\n  - >-\n    y\n"),
        ("a:\n      b: |2\n          x\n         y\n", "a:\n  b: |2\n      x\n     y\n"),
        ("a: |+\n    x\n\n\n\nb: |\n  y\n\n\n\n", "a: |+\n  x\n\n\n\nb: |\n  y\n"),
        ("a: |\n    x\n      \n\nb: 1\n", "a: |\n  x\n    \n\nb: 1\n"),
        ("a: |   # why\n    x\n", "a: |   # why\n  x\n"),
        ("a: |\nb: >\n\n\nc: |\n\n   x\n", "a: |\nb: >\n\nc: |\n\n  x\n"),
        ("a: |\n    x\n    # no comment\n  # a comment\nb: 1\n", "a: |\n  x\n  # no comment\n# a comment\nb: 1\n"),
    ],
)
def test_the_text_of_a_block_stays_what_it_is(before: str, after: str) -> None:
    assert formatted(before) == after


def test_a_file_that_ends_with_a_block_without_a_line_end_gets_none() -> None:
    # One more line end would be one more in the text of the block.
    assert formatted("a: |\n    x") == "a: |\n  x"
    assert formatted("a: |-\n    x") == "a: |-\n  x\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: one\n      two\n\n\n      three\n", "a: one\n  two\n\n\n  three\n"),
        ('a: "one   \n        two\\\n        three"\n', 'a: "one\n  two\\\n  three"\n'),
        ('a: "one\\ \n   two"\n', 'a: "one\\ \n  two"\n'),
        ("a: ['one\n two', three]\n", "a: ['one\n  two', three]\n"),
    ],
)
def test_text_over_several_lines_is_indented(before: str, after: str) -> None:
    assert formatted(before) == after


def test_comments_go_with_the_lines_they_are_about() -> None:
    before = """\
        #   of the file
        steps:   # all
        # before the first
        - id: a
          set: 1
          # end of a

        # before b
        - id: b
          parallel:
              branches:
              - - set: 1
                # in the branch
              # after the branch
        # the end
        """
    after = """\
        #   of the file
        steps:   # all
          # before the first
          - id: a
            set: 1
            # end of a

          # before b
          - id: b
            parallel:
              branches:
                - - set: 1
                  # in the branch
                # after the branch
        # the end
        """

    assert formatted(dedent(before)) == dedent(after)


def test_comments_under_each_other_stay_so() -> None:
    before = """\
        a:      { b: 1 }     # one
        cc: 2                # two
                             # and more of it
        d: [ 1,2,3 ] # three
        """
    after = """\
        a: {b: 1}     # one
        cc: 2         # two
                      # and more of it
        d: [1, 2, 3]  # three
        """

    assert formatted(dedent(before)) == dedent(after)


@pytest.mark.parametrize("text", ["a: [1\n", "a: 1\na: 2\n", "", "a: {{ x }}\n", "a: 1\n---\nb: 2\n", "a: !x 1\n"])
def test_what_cannot_be_read_is_refused_with_its_diagnostics(text: str) -> None:
    with pytest.raises(DiagnosticsError) as refused:
        formatted(text)

    assert "not-formatted" not in str(refused.value)
