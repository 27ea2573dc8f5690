"""The model of what a run is doing, and the tree that is drawn of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from progress_run import Story, task

from braid.diagnostics.terminal_text import columns
from braid.machine.outcome import Status
from braid.report.progress import Progress
from braid.report.progress_view import CHILDREN_SHOWN_MAX, Line, progress_lines


def texts(progress: Progress, now: float = 10.0, width: int = 80, height: int = 20) -> list[str]:
    return ["".join(piece.text for piece in line) for line in progress_lines(progress, now, width, height)]


def test_running_steps_are_shown_below_the_step_that_holds_them() -> None:
    progress = Progress("brief", 0.0)
    story = Story(progress)
    story.open("gather", 2, 2)
    story.start("gather/weather/forecast")

    heading, gather, forecast = texts(progress)
    assert heading.split() == ["brief", "1", "running", "0", "steps", "done", "10.0s"]
    assert gather.startswith("  gather  0/2 done  1 running")
    assert forecast.startswith("    weather/forecast ")


def test_an_ended_step_leaves_the_tree_and_is_counted() -> None:
    progress = Progress("brief", 0.0)
    story = Story(progress)
    story.start("a")
    story.end("a")

    assert len(texts(progress)) == 1
    assert progress.totals.succeeded == 1
    assert progress.tasks_running == 0


def test_an_item_with_two_steps_counts_once() -> None:
    progress = Progress("brief", 0.0)
    story = Story(progress)
    story.open("each", 3, 1)
    for step in ("fetch", "parse"):
        story.start(f"each/0/{step}")
        story.end(f"each/0/{step}")
    story.start("each/1/fetch")

    block = progress.roots["each"].block
    assert block
    assert (block.succeeded, list(block.running)) == (1, ["1"])


def test_steps_without_a_start_count_too() -> None:
    progress = Progress("brief", 0.0)
    story = Story(progress)
    story.open("each", 3, 1)
    story.end("each/0/set-1")
    story.end("each/1/set-1", Status.SKIPPED)

    block = progress.roots["each"].block
    assert block
    assert (block.succeeded, block.running) == (2, {})


def test_a_failed_item_is_counted_and_named() -> None:
    progress = Progress("brief", 0.0)
    story = Story(progress)
    story.open("each", 3, 3)
    story.start("each/1/fetch")
    story.start("each/2/fetch")
    story.end("each/1/fetch", Status.FAILED, message="HTTP 503\nfor a while")

    lines = texts(progress)
    assert "0/3 done  1 failed  1 running" in lines[1]
    assert lines[-1] == "    ✗ 1/fetch  HTTP 503 ⏎ for a while"


def test_steps_of_a_blocks_fallback_are_no_children_of_it() -> None:
    progress = Progress("brief", 0.0)
    story = Story(progress)
    story.open("each", 3, 3)
    each = progress.roots["each"]
    from braid.language.plan import FallbackPolicy

    each.node.fallback = FallbackPolicy(None, None)
    story.start("each/fallback/plan_b")

    assert each.block
    assert each.block.running == {}
    assert "each/fallback/plan_b" in each.children


def test_a_retry_shows_when_it_is_due_and_then_that_it_runs() -> None:
    progress = Progress("brief", 0.0)
    story = Story(progress)
    story.start("fetch")
    story.retry("fetch", attempt=1, due=13.0, message="refused")

    assert texts(progress, now=10.0)[1].startswith("  fetch  retries in 3.0s  after attempt 1: refused")
    assert "retries" not in texts(progress, now=13.5)[1]


def test_what_a_failed_attempt_of_a_block_held_is_forgotten() -> None:
    progress = Progress("brief", 0.0)
    story = Story(progress)
    story.open("each", 3, 3)
    story.start("each/0/fetch")
    story.retry("each", attempt=1, due=5.0)

    assert progress.tasks_running == 0
    assert progress.find("each/0/fetch") is None


def test_a_wide_block_shows_its_longest_running_children_and_counts_the_rest() -> None:
    progress = Progress("brief", 0.0)
    story = Story(progress, tick=0.1)
    story.open("each", 1000, 50)
    for number in range(50):
        story.start(f"each/{number}/fetch")

    lines = texts(progress, height=40)
    assert [line.split()[0] for line in lines[2:-1]] == [f"{number}/fetch" for number in range(CHILDREN_SHOWN_MAX)]
    assert lines[-1].strip() == f"… and {50 - CHILDREN_SHOWN_MAX} more"


def test_memory_follows_what_is_in_progress() -> None:
    progress = Progress("brief", 0.0)
    story = Story(progress)
    story.open("each", 100_000, 4)
    for number in range(5_000):
        story.start(f"each/{number}/fetch")
        story.end(f"each/{number}/fetch")

    block = progress.roots["each"].block
    assert block
    assert block.succeeded == 5_000
    assert len(block._recent) < 1_000
    assert not progress.roots["each"].children


def test_control_characters_of_messages_and_names_never_reach_the_terminal() -> None:
    progress = Progress("evil\x1b[2J", 0.0)
    story = Story(progress)
    story.open("each", 2, 2)
    story.start("each/\x1b]0;title\x07/a")
    story.start("each/1/b")
    story.end("each/1/b", Status.FAILED, message="\x1b[31mred\u202e")

    assert not any(char in "\x1b\x07\u202e" for line in texts(progress) for char in line)


@pytest.mark.parametrize("width", [1, 7, 20, 59, 120])
def test_a_long_address_keeps_both_its_ends(width: int) -> None:
    progress = Progress("brief", 0.0)
    Story(progress).start("start/" + "x" * 200 + "/end")

    line = texts(progress, width=width)[1]
    assert columns(line) <= width
    if width >= 59:
        assert line.startswith("  start/x")
        assert "/end" in line


@given(
    steps=st.lists(
        st.tuples(st.integers(0, 6), st.text(min_size=1, max_size=12).filter(lambda t: "/" not in t), st.booleans()),
        max_size=30,
    ),
    width=st.integers(1, 130),
    height=st.integers(0, 30),
    failed=st.booleans(),
)
def test_the_tree_never_takes_more_lines_or_columns_than_there_are(
    steps: list[tuple[int, str, bool]], width: int, height: int, failed: bool
) -> None:
    progress = Progress("城市简报", 0.0)
    story = Story(progress)
    addresses: list[str] = []
    for parent, label, block in steps:
        holder = addresses[parent % len(addresses)] + "/" if addresses and parent else ""
        address = f"{holder}{label}-{len(addresses)}"
        if block:
            story.open(address, 10, 3)
        else:
            story.start(address, task(label))
        addresses.append(address)
    if addresses and failed:
        story.end(addresses[-1], Status.FAILED, message="世界" * 50)

    lines: list[Line] = progress_lines(progress, 5.0, width, height)
    assert len(lines) <= height
    assert all(sum(columns(piece.text) for piece in line) <= width for line in lines)
