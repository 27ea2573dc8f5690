"""How a failed run is told to a person."""

from __future__ import annotations

from msgspec.structs import replace
from progress_run import Story, task

from braid.diagnostics import Source, Span
from braid.expressions import Reference
from braid.language.document import ScalarNode
from braid.language.plan import Node
from braid.language.values import Seen, Use
from braid.machine.outcome import Failure, Status
from braid.report.aftermath import CANCELLED_SHOWN_MAX, PLACES_MAX, Aftermath
from braid.report.failure_view import DETAIL_LINES_MAX, LINE_COLUMNS_MAX, failure_text

SOURCE = Source("brief.braid.yaml", "steps:\n  - id: fetch\n    shell: exit 7\n")

ORIGIN = Failure("shell", "exit code 7:\nwhy\nreally", step="fetch", address="both/left/fetch", attempts=2)


def placed(key: str) -> Node:
    node = task(key)
    node.span = Span(SOURCE, 15, 20)
    return node


def block(cause: Failure | None = None, *errors: Failure) -> Failure:
    return Failure("branch", "branch `left` failed", step="both", address="both", cause=cause, errors=errors)


def test_the_step_that_failed_first_comes_first_with_its_place() -> None:
    aftermath = Aftermath()
    story = Story(aftermath)
    story.start("both/left/fetch", placed("fetch"))
    story.end("both/left/fetch", Status.FAILED)

    assert failure_text(block(ORIGIN), aftermath).splitlines() == [
        "error[shell]: step `fetch` failed: exit code 7",
        " --> brief.braid.yaml:2:9",
        "  |",
        "2 |   - id: fetch",
        "  |         ^^^^^",
        "  = note: why",
        "          really",
        "  = note: at both/left/fetch",
        "  = note: after 2 attempts",
        "  = note: this failed `both`",
    ]


def test_an_expression_is_shown_with_the_values_it_had_and_the_step_it_is_in() -> None:
    source = Source("f", "steps:\n  - id: sum\n    set: '{{ price - count }}'\n")
    start = source.text.index("price")
    node = ScalarNode("{{ price - count }}", "{{ price - count }}", source, start - 4, start + 17, "single")
    uses = [Use(Reference(name, (), at, at + 5, False), node) for name, at in (("price", 3), ("count", 11))]
    seen = (Seen(uses[0], "price", "nine\n" + "x" * 100), Seen(uses[1], "count", 3))
    failure = Failure("expression", "no", step="sum", address="sum", span=Span(source, start, start + 13), seen=seen)

    aftermath = Aftermath(places={"sum": Span(source, 15, 18)})
    assert failure_text(failure, aftermath).splitlines()[3:] == [
        "2 |   - id: sum",
        "  |         --- in this step",
        "3 |     set: '{{ price - count }}'",
        "  |              ^^^^^^^^^^^^^ `count` is 3",
        "  |              |",
        '  |              `price` is "nine\\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…',
        "  = note: at sum",
    ]


def test_what_was_cancelled_is_named_up_to_a_limit() -> None:
    aftermath = Aftermath()
    story = Story(aftermath)
    for number in range(CANCELLED_SHOWN_MAX + 3):
        story.start(f"each/{number}/fetch")
        story.end(f"each/{number}/fetch", Status.CANCELLED)

    last = failure_text(ORIGIN, aftermath).splitlines()[-1]
    assert last.endswith("cancelled: " + ", ".join(f"each/{n}/fetch" for n in range(5)) + " and 3 other steps")


def test_a_block_with_too_many_failures_lists_them() -> None:
    second = replace(ORIGIN, address="both/right/fetch", message="no luck")
    failure = Failure("tolerate", "2 of 3 failed", step="both", address="both", cause=ORIGIN, errors=(ORIGIN, second))

    text = failure_text(failure, Aftermath())
    assert text.startswith("error[tolerate]: step `both` failed: 2 of 3 failed")
    assert "note: both/left/fetch: exit code 7: ⏎ why ⏎ really" in text
    assert "note: both/right/fetch: no luck" in text


def test_a_long_traceback_is_cut_to_its_end() -> None:
    frames = [f"frame {number}" for number in range(100)]

    text = failure_text(replace(ORIGIN, details={"traceback": frames}), Aftermath())
    assert "frame 99" in text
    assert text.count("frame ") == DETAIL_LINES_MAX


def test_a_line_without_an_end_is_cut() -> None:
    endless = Failure("ValueError", "x" * 100_000, step="a", address="a", details={"traceback": "y" * 100_000})

    text = failure_text(endless, Aftermath())
    assert len(text) < 3 * LINE_COLUMNS_MAX
    assert "x…" in text
    assert "y…" in text


def test_control_characters_never_reach_the_terminal() -> None:
    evil = "\x1b[2J\x9b31m\u202e\x07"
    failure = replace(ORIGIN, message=f"{evil}\n{evil}", step=evil, address=f"a/{evil}", details={"stderr": evil})

    assert not set(failure_text(failure, Aftermath())) & set(evil) - set("[2J31m")


def test_a_million_failures_take_bounded_memory() -> None:
    aftermath = Aftermath()
    story = Story(aftermath)
    for number in range(PLACES_MAX + 500):
        story.start(f"each/{number}/fetch", placed("fetch"))
        story.end(f"each/{number}/fetch", Status.FAILED)

    assert len(aftermath.places) == PLACES_MAX
    assert f"each/{PLACES_MAX + 499}/fetch" in aftermath.places
