"""From a character of a decoded scalar back to the character of the file."""

import textwrap

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from braid.language.document import MappingNode, ScalarNode, read_document

STYLES = {"plain": "", "single": "'", "double": '"', "literal": "|", "folded": ">"}


def scalar(text: str) -> ScalarNode:
    root = read_document(text, "f").root
    while not isinstance(root, ScalarNode):
        root = root.entries[0].value if isinstance(root, MappingNode) else root.items[0]
    return root


def located(text: str, part: str) -> str:
    """What stands in the file where `part` is in the decoded scalar."""
    node = scalar(text)
    start = node.text.index(part)
    return node.locate(start, start + len(part)).text


@pytest.mark.parametrize(
    ("text", "part", "raw"),
    [
        ("a: x {y} z", "{y}", "{y}"),
        ("a: one\n  two\n\n  three", "two\nthree", "two\n\n  three"),
        ("a: 'it''s {{ x }}'", "{{ x }}", "{{ x }}"),
        ("a: 'it''s'", "'", "''"),
        ('a: "\\u263a\\n{{ x }}"', "{{ x }}", "{{ x }}"),
        ('a: "\\u263a x"', "☺", "\\u263a"),
        ('a: "one \\\n   two"', "one two", "one \\\n   two"),
        ('a: "one\\ \n two"', "two", "two"),
        ("a: |\n  # h\n    {{ x }}\n", "{{ x }}", "{{ x }}"),
        ("a: |2-\n    in {{ x }}\n\n", "  in {{ x }}", "  in {{ x }}"),
        ("a: >\n  one\n  two\n\n  three\n\n   more\n  {{ x }}\nb: 1\n", "{{ x }}", "{{ x }}"),
        ("a: >\n  one\n  two\n", "two\n", "two\n"),
        ("a: &x  # c\n  {k: '{{ x }}'}", "{{ x }}", "{{ x }}"),
        ("- - k: |+\n      {{ x }}\n\n\n", "{{ x }}\n\n", "{{ x }}\n\n"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_each_style_leads_back_to_the_file(text: str, part: str, raw: str, newline: str) -> None:
    assert located(text.replace("\n", newline), part) == raw.replace("\n", newline)


def test_ends_of_the_text_are_empty_places() -> None:
    node = scalar("a: 'xy'")

    assert [(node.locate(i, i).start, node.locate(i, i).end) for i in (0, 2, 99)] == [(4, 4), (6, 6), (6, 6)]


def test_an_empty_text_is_where_the_scalar_is() -> None:
    assert scalar("a: ''").locate(0, 0).text == "''"


LINES = st.text(alphabet="ab é😀'\"\\:#-{}\t", max_size=20)


TEXTS = st.lists(LINES, min_size=1, max_size=6).map("\n".join)


@settings(deadline=None)
@given(TEXTS, st.sampled_from(sorted(STYLES)), st.sampled_from(["\n", "\r\n"]))
@example("one\n\n\n  two\nthree\n\n", "folded", "\n")
@example(" lead\nx\n", "literal", "\r\n")
def test_unescaped_characters_lead_to_themselves(text: str, style: str, newline: str) -> None:
    dumped = yaml.dump({"k": text}, default_style=STYLES[style] or None, allow_unicode=True, width=15)
    node = scalar(dumped.replace("\n", newline))
    assert node.text == text
    if not text:
        return

    for i, char in enumerate(text):
        raw = node.locate(i, i + 1).text
        assert raw == char or char in "\n " or len(raw) > 1, (node, i)
        if char == "\n":
            assert any(c in raw for c in "\r\n") or raw.startswith("\\")
    whole = node.locate(0, len(text))
    assert whole.start >= node.span.start


BLOCK_LINES = st.lists(st.text(alphabet="ab {}é😀", max_size=12), min_size=1, max_size=6)


@settings(deadline=None)
@given(BLOCK_LINES, st.integers(1, 4), st.sampled_from("|>"))
def test_hand_written_blocks_are_mapped_exactly(lines: list[str], indent: int, style: str) -> None:
    body = textwrap.indent("\n".join(["start", *lines, "end"]), " " * indent, lambda line: True)
    node = scalar(f"k: {style}\n{body}\nz: 1\n")

    for i, char in enumerate(node.text):
        raw = node.locate(i, i + 1)
        if char not in " \n":
            assert raw.text == char
            assert raw.column > indent
