"""Live progress on a terminal: it never scrolls, never wraps, and leaves the terminal as it found it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from terminal import Terminal

WIDE = """\
name: wide
steps:
  - id: both
    parallel:
      branches:
        left:
          - id: each
            foreach:
              items: "{{ range(200) | list }}"
              max_concurrency: 40
              settle: true
              steps:
                - delay: "{{ (item % 7) * 60 + 20 }}ms"
                - if: item % 50 == 3
                  fail: "bad \\x1b[2J {{ item }}"
              collect: none
        right:
          - log: hello there
          - id: stubborn
            shell: exit 3
            retry: {attempts: 2, delay: 900ms, backoff: fixed}
            fallback: {value: 1}
  - set: the end
"""

SLOW = """\
name: slow
steps:
  - id: sleeper
    shell: sleep 100
"""

DEAF = """\
name: deaf
steps:
  - id: sleeper
    shell: trap '' TERM INT; while true; do sleep 1; done
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("wide", WIDE), ("slow", SLOW), ("deaf", DEAF)):
        (tmp_path / f"{name}.braid.yaml").write_text(text)
    return tmp_path


@pytest.mark.parametrize(("columns", "rows"), [(60, 20), (120, 40), (24, 6)])
def test_the_tree_fits_whatever_the_terminal(folder: Path, columns: int, rows: int) -> None:
    with Terminal("run", "wide.braid.yaml", columns=columns, rows=rows, cwd=folder) as terminal:
        terminal.wait_for("each")
        assert len(terminal.screen.lines) <= rows
        assert terminal.screen.scrolled == 0
        # A line of the log may wrap, as it stays; of the tree none does.
        assert terminal.screen.wrapped <= (columns == 24)
        assert terminal.finish() == 0

        assert terminal.screen.text.endswith("the end")
        assert not terminal.screen.cursor_hidden
        if columns >= 60:
            assert (terminal.screen.scrolled, terminal.screen.wrapped) == (0, 0 if columns > 60 else 1)
            assert re.search(r"log both/right/log-1: hello there\nwide succeeded in", terminal.screen.text)


def test_a_wide_fan_out_is_counts_with_the_slowest_and_the_failed(folder: Path) -> None:
    with Terminal("run", "wide.braid.yaml", columns=80, rows=30, cwd=folder) as terminal:
        terminal.wait_for("✗")
        lines = terminal.screen.text.splitlines()
        assert any(re.match(r"    left/each  \d+/200 done  \d failed  \d+ running +\d", line) for line in lines)
        assert any(re.match(r"      ✗ 3/fail-2  bad \\x1b\[2J 3$", line) for line in lines)
        assert any(re.match(r"      … and \d+ more", line) for line in lines)
        assert sum("/delay-1" in line for line in lines) <= 8
        terminal.wait_for("stubborn  retries in")
        assert terminal.finish() == 0


def test_a_terminal_that_gets_narrower_is_not_littered(folder: Path) -> None:
    with Terminal("run", "wide.braid.yaml", columns=100, rows=30, cwd=folder) as terminal:
        terminal.wait_for("each")
        terminal.resize(50, 30)
        terminal.wait_for("retries in")
        headings = [line for line in terminal.screen.text.splitlines() if line.startswith("wide  ")]
        assert len(headings) == 1
        assert terminal.finish() == 0
        assert re.match(r"\S+ log both/right/log-1: hello there\nwide succeeded in", terminal.screen.text)


def test_ctrl_c_says_what_it_does_and_leaves_the_terminal_sane(folder: Path) -> None:
    with Terminal("run", "slow.braid.yaml", columns=70, rows=20, cwd=folder) as terminal:
        terminal.wait_for("sleeper")
        terminal.press("\x03")

        assert terminal.finish() == 130
        assert "interrupted: cancelling 1 running step… (a second time ends at" in terminal.screen.text
        assert "slow interrupted in" in terminal.screen.text
        assert "to go on with it:  braid resume " in terminal.screen.text
        assert "Traceback" not in terminal.raw
        assert not terminal.screen.cursor_hidden


def test_a_second_ctrl_c_ends_at_once(folder: Path) -> None:
    with Terminal("run", "deaf.braid.yaml", columns=70, rows=20, cwd=folder) as terminal:
        terminal.wait_for("sleeper")
        terminal.press("\x03")
        terminal.wait_for("interrupted: cancelling 1 running step")
        terminal.press("\x03")

        assert terminal.finish() == 130
        assert "Traceback" not in terminal.raw


@pytest.mark.parametrize(("env", "colored"), [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True)])
def test_colour_is_for_terminals_unless_refused(folder: Path, env: dict[str, str], colored: bool) -> None:
    with Terminal("check", "slow.braid.yaml", columns=70, rows=20, cwd=folder, env=env) as terminal:
        assert terminal.finish() == 0
        assert ("\x1b[32m" in terminal.raw) is colored


def test_a_dumb_terminal_gets_plain_lines(folder: Path) -> None:
    with Terminal("run", "wide.braid.yaml", columns=90, rows=60, cwd=folder, env={"TERM": "dumb"}) as terminal:
        assert terminal.finish() == 0
        assert "started both/left/each" in terminal.screen.text
        assert "\x1b" not in terminal.raw
