"""What the live view writes, on a terminal that is a text in memory."""

from __future__ import annotations

import io

import pytest

from braid.cli import live
from braid.cli.live import LiveView, Screen
from braid.language.plan import TaskNode
from braid.language.task_kind import registry
from braid.language.values import Constant
from braid.report.progress import Progress
from braid.report.progress_view import Piece

NODE = TaskNode(key="a", kind="shell", task=registry.get("shell"), arguments=Constant({}))


def test_a_run_that_is_over_quickly_draws_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "FIRST_FRAME_SECONDS", 60.0)
    terminal = io.StringIO()

    with LiveView(Progress("brief", 0.0), terminal, color=True) as view:
        view.step_started("a", NODE, 0.0)
    assert terminal.getvalue() == ""


def test_lines_for_above_are_never_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "FIRST_FRAME_SECONDS", 60.0)
    terminal = io.StringIO()

    with LiveView(Progress("brief", 0.0), terminal, color=False) as view:
        view.print_above("one\ntwo \x1b[2J")
    assert terminal.getvalue() == "\rone\x1b[K\ntwo \\x1b[2J\x1b[K\n\x1b[J"


def test_a_frame_starts_where_the_last_one_did() -> None:
    terminal = io.StringIO()
    screen = Screen(terminal, color=False)
    screen.draw([(Piece("a"),), (Piece("b"),)], [])
    terminal.truncate(0)
    terminal.seek(0)

    screen.draw([(Piece("c"),)], ["log"])
    assert terminal.getvalue() == "\r\x1b[2Alog\x1b[K\nc\x1b[K\n\x1b[J"


def test_a_terminal_that_is_gone_does_not_end_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "FIRST_FRAME_SECONDS", 0.0)
    terminal = io.StringIO()
    terminal.close()

    with LiveView(Progress("brief", 0.0), terminal, color=False) as view:
        view.print_above("nobody reads this")


def test_lines_of_the_styles_are_painted_and_reset() -> None:
    terminal = io.StringIO()
    Screen(terminal, color=True).draw([(Piece("x", "bad"), Piece("y"))], [])

    assert "\x1b[31mx\x1b[0my\x1b[K" in terminal.getvalue()
