"""Formatting changes white space and nothing else, and formatting again changes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_reader_dump import workflows

from braid.diagnostics import DiagnosticsError
from braid.language import ast
from braid.language.document import read_document
from braid.language.dump import to_values, to_yaml
from braid.language.formatting import format_text, formatter
from braid.language.reader import read_workflow

ROOT = Path(__file__).parents[3]
ALL = sorted([*ROOT.glob("examples/**/*.braid.yaml"), *ROOT.glob("tests/cases/**/*.braid.yaml")])


def problems_of(text: str | bytes, read: Callable[[str | bytes, str], object]) -> str:
    try:
        read(text, "x")
    except DiagnosticsError as refused:
        return str(refused)
    return ""


FILES = [file for file in ALL if not problems_of(file.read_bytes(), read_document)]
USUAL = [
    file
    for file in FILES
    if not file.parent.name.startswith("broken")
    and file.name != "whole_example.braid.yaml"  # that of the specification, where values stand in columns
]
TRICKY = [
    'a: |+\n  x\n\n\nb: >-\n    folded\n      more\n\n    text\nc: |2\n    lead\n   x\nd: "a\\\n   b\\ \n   c"\n',
    "g:\n- a\n- b: |\n      x\n        \nh:\n- |\n x\ni: 1\n",
    "e: 'it''s\n  two\n\n  lines'\nf: plain\n  more\n  words\n",
    "x: &a [1, {b: c}]\ny: *a\nz:\n- &k\n  q: 1\n- <<: *k\n  r: 2\n- - 1\n  - - 2\n    - 3\n-\n  - 4\n",
    "-   a:   1\n    b : 2\n",
    "%YAML 1.2\n---\nname: x  # c\n# d\nsteps: [\n  {a: 1,\n   b: [1,\n       2]}, # e\n  # f\n]\n...\n# end\n",
    "? a\n: b\n? c\n:\n  d: e\nf: {? g : h, i, j: , k: ''}\na: &x b\n*x : c\nl: {*x : 1}\nm:\n  &y\n  f: 1\n",
]
TEXTS = [file.read_text(encoding="utf-8") for file in FILES if file.stat().st_size < 3000] + TRICKY
INSERTED = [
    " ",
    "   ",
    "\n",
    "\n\n\n",
    " # c\n",
    "\n# d\n",
    "\n     # e\n",
    "\t",
    "\r\n",
    "'",
    '"',
    ", ",
    "- ",
    "{",
    "]",
]
QUIET = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def events(text: str) -> list[Any]:  # Any: compared only
    return [
        {"event": type(event).__name__} | {name: value for name, value in vars(event).items() if "mark" not in name}
        for event in yaml.parse(text.removeprefix("\ufeff"), Loader=yaml.CLoader)
    ]


def comments(text: str) -> list[str]:
    """The rest of every line from a `#` on, in comments and wherever else."""
    return [found.rstrip() for found in re.findall(r"#.*", text)]


def assert_only_white_space_differs(before: str, after: str) -> None:
    assert re.sub(r"\s", "", before.removeprefix("\ufeff")) == re.sub(r"\s", "", after)
    assert events(before) == events(after)
    assert comments(before) == comments(after)
    assert format_text(after, "x") == after


@st.composite
def shaken(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> str:
    """A text with other white space, most often still one that can be read."""
    text = draw(texts)
    for _ in range(draw(st.integers(0, 4))):
        spaces = [match.start() for match in re.finditer(r"[ \n,:{}\[\]]", text)] or [0]
        place = draw(st.sampled_from(spaces))
        text = text[:place] + draw(st.sampled_from(INSERTED)) + text[place:]
    if draw(st.booleans()):
        lines = text.split("\n")
        first = draw(st.integers(0, len(lines) - 1))
        last = draw(st.integers(first, min(len(lines), first + 8)))
        lines[first:last] = [f"{draw(st.sampled_from([' ', '  ', '   ']))}{line}" for line in lines[first:last]]
        text = "\n".join(lines)
    return text.replace("\n", "\r\n") if draw(st.integers(0, 9)) == 0 else text


@pytest.mark.parametrize("file", ALL, ids=lambda file: file.name)
def test_what_keeps_a_file_from_being_read_keeps_it_from_being_formatted(file: Path) -> None:
    assert problems_of(file.read_bytes(), format_text) == problems_of(file.read_bytes(), read_document)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_file_keeps_what_it_says(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    after = format_text(text, file.name)

    assert_only_white_space_differs(text, after)
    tree = read_workflow(read_document(text, file.name))[0]
    if tree:
        same = read_workflow(read_document(after, file.name))[0]
        assert same
        assert to_values(same) == to_values(tree)


@pytest.mark.parametrize("file", USUAL, ids=lambda file: file.name)
def test_every_file_of_ours_has_the_usual_layout(file: Path) -> None:
    text = file.read_text(encoding="utf-8")

    assert format_text(text, file.name) == text


@QUIET
@given(shaken(st.sampled_from(TEXTS)))
def test_a_shaken_text_is_refused_as_it_is_when_read_or_keeps_what_it_says(text: str) -> None:
    problems = problems_of(text, read_document)

    assert problems_of(text, format_text) == problems
    if not problems:
        assert_only_white_space_differs(text, format_text(text, "x"))


@settings(QUIET, max_examples=60)
@given(workflows())
def test_a_generated_workflow_keeps_what_it_says(workflow: ast.Workflow) -> None:
    text = to_yaml(workflow)

    assert_only_white_space_differs(text, format_text(text, "x"))


def test_a_mistake_of_the_formatter_is_told_and_nothing_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formatter, "_space", lambda left, right: "")

    with pytest.raises(DiagnosticsError) as refused:
        format_text("a: 1\n", "x")
    assert "not-formatted" in str(refused.value)
