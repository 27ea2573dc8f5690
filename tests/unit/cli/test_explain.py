"""`braid explain`: a page, several, or the list of all."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from braid.cli import explain as module
from braid.cli.explain import list_text, page_text
from braid.cli.main import cli
from braid.diagnostics.pages import codes, read_page


def explain(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["explain", *arguments])


def test_a_page_has_what_it_means_a_wrong_example_why_and_a_right_one() -> None:
    shown = explain("unknown-step").output

    positions = [shown.index(part) for part in ("unknown-step\n", "stands for no step", "wrong:", "misspelt", "right:")]
    assert positions == sorted(positions)
    assert '\n      - log: "{{ forcast.temperature }}"\n' in shown


def test_several_codes_are_explained_at_once_and_each_once() -> None:
    shown = explain("unknown-step", "cycle", "unknown-step").output

    assert shown.count("unknown-step\n") == 1
    assert shown.index("unknown-step\n") < shown.index("cycle\n")


def test_a_code_may_be_copied_with_what_stands_round_it() -> None:
    assert explain("error[unknown-step]:").output == explain("unknown-step").output


def test_without_a_code_all_are_listed_with_a_line_each() -> None:
    shown = explain().output

    assert [line.split()[0] for line in shown.splitlines() if not line.startswith(" ")] == codes()


def test_an_unknown_code_is_answered_with_the_nearest_one() -> None:
    shown = explain("unknown-stepp")

    assert shown.exit_code == 2
    assert "did you mean `unknown-step`?" in shown.output


@pytest.mark.parametrize("width", [40, 60, 100])
def test_prose_fits_the_terminal(width: int) -> None:
    pages = [read_page(code) for code in codes()]

    listed = list_text(pages, color=False, width=width).splitlines()
    told = [line for page in pages for line in page_text(page, color=False, width=width).splitlines()]

    assert max(map(len, listed)) <= width
    assert [line for line in told if len(line) > width and not line.startswith("    ")] == []


def test_colour_is_used_on_terminals_only(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = explain("cycle").output
    monkeypatch.setattr(module, "has_color", lambda stream: True)

    assert "\x1b" not in plain
    assert "\x1b[31mwrong:" in explain("cycle").output
