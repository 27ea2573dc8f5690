"""Diagnostics as text and as JSON."""

import json
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from braid.diagnostics import DIAGNOSTICS_MAX, Diagnostic, DiagnosticsError, Label, Source, Span, render_text, to_json

BRIEF = Source("brief.braid.yaml", "\n" * 30 + "      {{ forecst | length }} cities\n")
FORECST = Span(BRIEF, BRIEF.text.index("forecst"), BRIEF.text.index("forecst") + 7)
UNKNOWN = Diagnostic("unknown-step", "no step `forecst` is visible here", FORECST, help="did you mean `forecast`?")


def marked(text: str, start: int, end: int, **options: int) -> tuple[str, str]:
    """The excerpt line and the line of carets."""
    lines = render_text([Diagnostic("c", "m", Span(Source("f", text), start, end))], **options).split("\n")
    return lines[3].removeprefix("1 | "), lines[4].removeprefix("  | ")


def test_shape_is_that_of_the_command_line_reference() -> None:
    assert render_text([UNKNOWN]) == (
        "error[unknown-step]: no step `forecst` is visible here\n"
        "  --> brief.braid.yaml:31:10\n"
        "   |\n"
        "31 |       {{ forecst | length }} cities\n"
        "   |          ^^^^^^^\n"
        "   = help: did you mean `forecast`?"
    )


def two_places(text: str, main: str, other: str, *labels: str, width: int | None = None) -> str:
    """What is shown when the problem is at one word and a further place at another."""
    source = Source("f", text)
    spans = [Span(source, text.index(word), text.index(word) + len(word)) for word in (main, other)]
    label, further = labels
    return render_text([Diagnostic("c", "m", spans[0], label, related=(Label(spans[1], further),))], width=width)


def test_notes_and_help_follow_the_excerpt() -> None:
    found = Diagnostic("twice", "m", Span(Source("f", "a"), 0, 1), notes=("n",), severity="warning", help="one\ntwo")

    assert render_text([found]) == (
        "warning[twice]: m\n --> f:1:1\n  |\n1 | a\n  | ^\n  = note: n\n  = help: one\n          two"
    )


def test_places_near_each_other_share_an_excerpt() -> None:
    assert two_places("a: 1\nb: 2\nc: 3", "c", "a", "again", "first") == (
        "error[c]: m\n --> f:3:1\n  |\n1 | a: 1\n  | - first\n2 | b: 2\n3 | c: 3\n  | ^ again"
    )


def test_lines_between_are_left_out_when_they_are_many() -> None:
    assert two_places("a: 1\n\n\n\nc: 3", "c", "a", "again", "first") == (
        "error[c]: m\n --> f:5:1\n  |\n1 | a: 1\n  | - first\n...\n5 | c: 3\n  | ^ again"
    )


def test_places_far_from_each_other_have_excerpts_of_their_own() -> None:
    assert two_places("a: 1" + "\n" * 8 + "c: 3", "c", "a", "again", "first") == (
        "error[c]: m\n --> f:9:1\n  |\n9 | c: 3\n  | ^ again\n ::: f:1:1\n  |\n1 | a: 1\n  | - first"
    )


def test_places_of_two_files_have_excerpts_of_their_own() -> None:
    one, other = (Source(name, "word") for name in "ab")
    text = render_text([Diagnostic("c", "m", Span(one, 0, 4), related=(Label(Span(other, 0, 4), "here"),))])

    assert text == "error[c]: m\n --> a:1:1\n  |\n1 | word\n  | ^^^^\n ::: b:1:1\n  |\n1 | word\n  | ---- here"


def test_two_places_of_one_line_are_marked_in_it() -> None:
    lines = two_places("{one: 1, two: 2}", "two", "one", "again", "first").split("\n")[3:]

    assert lines == ["1 | {one: 1, two: 2}", "  |  ---     ^^^ again", "  |  |", "  |  first"]


def test_three_texts_under_one_line_hang_on_lines_of_their_own() -> None:
    source = Source("f", "a bb c")
    further = (Label(Span(source, 0, 1), "left"), Label(Span(source, 5, 6), "right"))
    lines = render_text([Diagnostic("c", "m", Span(source, 2, 4), "middle", related=further)]).split("\n")[3:]

    assert lines == ["1 | a bb c", "  | - ^^ - right", "  | | |", "  | | middle", "  | left"]


def test_a_place_inside_of_another_keeps_its_carets() -> None:
    lines = two_places("foo.bar.baz", "bar", "foo.bar.baz", "here", "whole").split("\n")[3:]

    assert lines == ["1 | foo.bar.baz", "  | ----^^^----", "  | |   |", "  | |   here", "  | whole"]


def test_two_places_of_a_line_too_long_for_the_terminal_have_excerpts_of_their_own() -> None:
    text = two_places("left" + "." * 100 + "right", "left", "right", "", "", width=60)

    assert text.count("| left") == 1
    assert text.count("::: f:1:105") == 1
    assert max(map(len, text.split("\n"))) <= 60


def test_texts_are_wrapped_on_a_narrow_terminal_and_nowhere_else() -> None:
    source = Source("f", " " * 40 + "here")
    found = Diagnostic(
        "c", "some " * 15, Span(source, 40, 44), "some words " * 6 + "end", help="other words " * 8 + "end"
    )

    narrow = render_text([found], width=60).split("\n")

    assert max(map(len, narrow)) <= 60
    assert " ".join("".join(narrow[6:9]).replace("  |", "").split()) == found.label
    assert len(render_text([found]).split("\n")) == 6


def test_carets_align_under_tabs() -> None:
    assert marked("\tab", 1, 2) == ("    ab", "    ^")


def test_carets_align_under_wide_characters() -> None:
    assert marked("東京x", 2, 3) == ("東京x", "    ^")
    assert marked("東京x", 0, 2) == ("東京x", "^^^^")


def test_carets_align_under_combining_characters() -> None:
    assert marked("e\u0301x", 2, 3) == ("e\u0301x", " ^")


def test_control_and_bidirectional_characters_are_escaped() -> None:
    assert marked("\x1b[1m\u202ex", 5, 6) == ("\\x1b[1m\\u202ex", " " * 13 + "^")
    assert "\x1b" not in render_text([Diagnostic("c", "\x1b[2J", None)])


def test_long_line_is_cut_round_the_place() -> None:
    line, carets = marked("y" * 5_000_000 + "BAD" + "z" * 5_000_000, 5_000_000, 5_000_003, width=60)

    assert len(line) <= 60
    assert line[carets.index("^") : carets.rindex("^") + 1] == "BAD"
    assert line[0] == line[-1] == "…"


def test_place_of_several_lines_is_marked_on_the_first() -> None:
    assert marked("ab\ncd", 1, 5) == ("ab", " ^")


def test_empty_place_has_one_caret() -> None:
    assert marked("a:", 2, 2) == ("a:", "  ^")


def test_diagnostics_are_sorted_by_file_and_place() -> None:
    a, b = Source("a", "xyz"), Source("b", "xyz")
    found = [
        Diagnostic(code, "m", span)
        for code, span in [("4", Span(b, 0, 1)), ("3", Span(a, 1, 2)), ("2", Span(a, 0, 1)), ("1", None)]
    ]

    assert [one["code"] for one in to_json(found)["diagnostics"]] == ["1", "2", "3", "4"]


def test_only_so_many_are_shown_and_the_rest_is_counted() -> None:
    text = render_text([Diagnostic("c", "m", None)] * (DIAGNOSTICS_MAX + 7))

    assert text.count("error[c]") == DIAGNOSTICS_MAX
    assert text.endswith("… and 7 more problems")


def test_colour_changes_nothing_but_colour() -> None:
    colored = render_text([UNKNOWN], color=True)
    plain = colored
    for code in ("\x1b[1;31m", "\x1b[1;34m", "\x1b[1m", "\x1b[0m"):
        plain = plain.replace(code, "")

    assert colored != plain == render_text([UNKNOWN])


def test_json_has_the_fields_of_the_command_line_reference() -> None:
    assert to_json([UNKNOWN]) == {
        "diagnostics": [
            {
                "code": "unknown-step", "severity": "error", "message": "no step `forecst` is visible here",
                "file": "brief.braid.yaml", "line": 31, "column": 10, "end_line": 31, "end_column": 17,
                "help": "did you mean `forecast`?",
            }
        ]
    }  # fmt: skip


def test_error_as_text_is_the_rendered_problems() -> None:
    assert str(DiagnosticsError([UNKNOWN])) == render_text([UNKNOWN])


@given(st.text(st.characters(codec=None), max_size=80), st.integers(0, 80), st.integers(0, 80), st.integers(1, 60))
def test_any_text_renders_to_something_printable(text: str, start: int, end: int, width: int) -> None:
    span = Span(Source("f", text), min(start, len(text)), min(max(start, end), len(text)))
    found = [Diagnostic("c", text, span, label=text, help=text, related=(Label(span, text),))]

    rendered = render_text(found, width=width)

    rendered.encode("utf-8")
    assert not any(unicodedata.category(char) in {"Cc", "Cs"} for char in rendered.replace("\n", ""))
    json.dumps(to_json(found), ensure_ascii=False).encode("utf-8")
