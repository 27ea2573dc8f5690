"""Problems and pages on a terminal of 60 columns: nothing is wider than it."""

from __future__ import annotations

from pathlib import Path

import pytest
from terminal import Terminal

BROKEN = """\
name: brief
description: A long description that doesn't fit into a line of a narrow terminal, with a mistake in {{ this.value }}
steps:
  - id: gather
    parallel:
      branches:
        weather:
          - id: forecast
            set: {city: Lima, temperature: 19}
        page:
          - template: It is {{ forecast.temperature }} degrees in the city of {{ forecast.city }}, they say.
  - id: forecast
    parallel: {branches: [[{log: a}]], tolerate: 2, wait: 3, merge: objects}
    pool: a_pool_with_a_long_name_that_nobody_declared
  - log: "{{ forcast.city }} {{ a_name_that_has_nothing_to_do_with_any_other }}"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "brief.braid.yaml").write_text(BROKEN)
    (tmp_path / "fails.braid.yaml").write_text(
        "name: fails\ninputs:\n  price: {default: nine euros and some cents, as it was written on the label}\nsteps:\n"
        '  - id: total\n    set: "{{ inputs.price * 2 - 1 }} for two of them, and twice as much for four of them"\n'
    )
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [["check", "brief.braid.yaml"], ["run", "brief.braid.yaml"], ["run", "fails.braid.yaml", "--no-journal"],
     ["explain"], ["explain", "may-be-skipped", "jump-out-of-place"]],
    ids=" ".join,
)  # fmt: skip
def test_nothing_is_wider_than_the_terminal(folder: Path, arguments: list[str]) -> None:
    with Terminal(*arguments, columns=60, rows=1_000, cwd=folder) as terminal:
        terminal.finish()

    assert terminal.screen.wrapped == 0
    assert "|" in terminal.screen.text or "explain" in arguments


def test_where_there_is_no_terminal_nothing_is_wrapped(folder: Path) -> None:
    with Terminal("check", "brief.braid.yaml", columns=300, rows=1_000, cwd=folder) as terminal:
        terminal.finish()

    assert "error[duplicate-id]: two steps have the id `forecast`" in terminal.screen.text
