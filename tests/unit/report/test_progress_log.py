"""Progress as plain lines."""

from __future__ import annotations

from progress_run import Story

from braid.machine.outcome import Status
from braid.report.progress import Progress
from braid.report.progress_log import MESSAGE_COLUMNS_MAX, WIDE_CHILDREN_MIN, WIDE_FAILURES_MAX, ProgressLog


class Log:
    """A log in memory; the clock shows whole seconds of the story."""

    def __init__(self, tick: float = 0.0) -> None:
        self.lines: list[str] = []
        log = ProgressLog(
            Progress("brief", 0.0), self.lines.append, lambda: self.story.time, lambda time: f"{time:.0f}"
        )
        self.story = Story(log, tick=tick)


def test_each_event_is_a_line_with_time_word_and_address() -> None:
    log = Log(tick=2.0)
    log.story.start("a")
    log.story.end("a")
    log.story.start("b")
    log.story.end("b", Status.FAILED, message="HTTP 503\nfor a while")
    log.story.end("c", Status.SKIPPED, reason="its `if` is false")

    assert log.lines == [
        "2 started a",
        "4 succeeded a (2.0s)",
        "6 started b",
        "8 failed b: HTTP 503 ⏎ for a while",
        "10 skipped c (its `if` is false)",
    ]


def test_a_retry_says_why_and_when() -> None:
    log = Log(tick=1.0)
    log.story.start("a")
    log.story.retry("a", attempt=1, due=3.5, message="refused")

    assert log.lines[-1] == "1 retrying a in 2.5s: attempt 1 failed: refused"


def test_a_wide_block_is_told_of_now_and_then_instead_of_item_by_item() -> None:
    log = Log(tick=1.0)
    log.story.open("each", 1000, 2)
    for number in range(20):
        log.story.start(f"each/{number}/fetch")
        log.story.end(f"each/{number}/fetch")
    log.story.end("each")

    assert log.lines[0] == "1 started each"
    assert log.lines[1] == "7 progress each: 3/1,000 done"
    assert not any("each/" in line for line in log.lines)
    assert len(log.lines) < 12
    assert log.lines[-2].endswith("progress each: 20/1,000 done")


def test_a_narrow_block_is_told_step_by_step() -> None:
    log = Log()
    log.story.open("each", WIDE_CHILDREN_MIN, 2)
    log.story.start("each/0/fetch")

    assert log.lines[-1] == "0 started each/0/fetch"


def test_failures_inside_a_wide_block_are_named_up_to_a_limit() -> None:
    log = Log()
    log.story.open("each", 1000, 50)
    for number in range(40):
        log.story.start(f"each/{number}/fetch")
        log.story.end(f"each/{number}/fetch", Status.FAILED)

    assert sum(" failed each/" in line for line in log.lines) == WIDE_FAILURES_MAX
    assert sum("further failures" in line for line in log.lines) == 1


def test_a_line_stays_a_line_however_long_the_message() -> None:
    log = Log()
    log.story.start("a")
    log.story.end("a", Status.FAILED, message="x" * 10_000 + "\n\x1b[31m")

    assert len(log.lines[-1]) == MESSAGE_COLUMNS_MAX
    assert "\n" not in log.lines[-1]
