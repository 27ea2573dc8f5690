"""A run that failed is told with the step, the expression and the values it had, also when it is looked at later."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

FILE = """\
name: totals
inputs:
  orders: {type: array, default: [{price: 9, count: "three"}]}
secrets: [TOKEN]
vars:
  note: "paid by {{ secrets.TOKEN }}"
steps:
  - foreach:
      items: "{{ inputs.orders }}"
      as: order
      steps:
        - id: total
          set: "{{ order.price - order.count }}"
"""
EXCERPT = """\
   |
12 |         - id: total
   |               ----- in this step
13 |           set: "{{ order.price - order.count }}"
   |                    ^^^^^^^^^^^^^^^^^^^^^^^^^ `order.count` is "three"
   |                    |
   |                    `order.price` is 9
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "totals.braid.yaml").write_text(FILE)
    return tmp_path


def braid(folder: Path, *arguments: str) -> str:
    """All that the command printed."""
    command = [sys.executable, "-m", "braid", *arguments]
    environment = {**os.environ, "TOKEN": "hunter22-and-more"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert "hunter22" not in done.stdout + done.stderr
    return done.stdout + done.stderr


def test_run_why_and_show_have_the_same_excerpt(folder: Path) -> None:
    assert EXCERPT in braid(folder, "run", "totals.braid.yaml")
    assert EXCERPT in braid(folder, "why", "last")
    assert EXCERPT in braid(folder, "show", "last")


def test_the_excerpt_is_that_of_the_file_as_it_was(folder: Path) -> None:
    braid(folder, "run", "totals.braid.yaml")
    (folder / "totals.braid.yaml").write_text("name: another\nsteps:\n  - log: hello\n")

    assert EXCERPT in braid(folder, "why", "last")


def test_values_with_secrets_are_masked(folder: Path) -> None:
    (folder / "totals.braid.yaml").write_text(FILE.replace("order.price - order.count", "vars.note - order.count"))

    assert '`vars.note` is "paid by ***"' in braid(folder, "run", "totals.braid.yaml")
    assert '`vars.note` is "paid by ***"' in braid(folder, "why", "last")


def test_a_condition_that_does_not_hold_is_shown_with_its_values(folder: Path) -> None:
    (folder / "totals.braid.yaml").write_text(
        "name: share\ninputs:\n  share: {type: number, default: 1.5}\nsteps:\n  - assert: inputs.share <= 1\n"
    )

    assert "------------ `inputs.share` is 1.5" in braid(folder, "run", "totals.braid.yaml")
