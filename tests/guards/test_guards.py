"""What a step, an item, a file and a start cost, in counts that are the same on every machine."""

from __future__ import annotations

from pathlib import Path

import pytest
from guard_counts import (
    FIGURES,
    PYTHON,
    bytes_an_item,
    calls,
    commits_a_step,
    dataclasses_made,
    durable,
    each_step,
    growth,
    growth_of_loading,
    instructions,
    journal_bytes_a_step,
    modules,
    packages,
    peak_bytes,
    run_command,
    table,
)
from guard_workflows import Shape, chain, foreach, graph, parallel, referring

MARGIN = 1.02
"""What is counted differs by a thousandth from one run to the next, and by no more."""
MODULES_MORE_MAX = 4
GROWTH_MAX = 1.1
COMMITS_A_STEP_OF_CHAIN_MAX = 1.02
COMMITS_A_STEP_MAX = 0.05
BYTES_AN_ITEM_MAX = 150
BYTES_UNCOLLECTED_MAX = 50_000_000

UPDATE = "if there is a reason for it: python tests/guards/guard_counts.py --update"


def bound(name: str) -> float:
    """The most that may be counted."""
    figure: float = table()["figures"][name]
    return figure + MODULES_MORE_MAX if name.startswith("modules") else figure * MARGIN


@pytest.mark.parametrize("name", FIGURES)
def test_nothing_costs_more_than_its_figure(name: str, tmp_path: Path) -> None:
    if table()["python"] != PYTHON and name.startswith(("instructions", "modules")):
        pytest.skip(f"bytecode and the standard library of Python {PYTHON} are others than those of the table")

    assert FIGURES[name](tmp_path) <= bound(name), UPDATE


def test_every_figure_of_the_table_is_counted() -> None:
    assert set(table()["figures"]) == set(FIGURES)


def test_a_run_imports_no_further_package(tmp_path: Path) -> None:
    assert packages(modules(run_command(tmp_path))) == set(table()["packages"]), UPDATE


@pytest.mark.parametrize("shape", [foreach, chain, graph, parallel], ids=lambda shape: shape.__name__)
def test_a_step_costs_the_same_among_ten_times_as_many(shape: Shape, tmp_path: Path) -> None:
    few, more = (1_000, 10_000) if shape is foreach else (200, 2_000)

    assert growth(shape, tmp_path, few, more) <= GROWTH_MAX


@pytest.mark.parametrize("shape", [chain, graph, referring], ids=lambda shape: shape.__name__)
def test_a_step_of_a_large_file_is_read_and_checked_with_as_many_calls(shape: Shape, tmp_path: Path) -> None:
    assert growth_of_loading(shape, tmp_path) <= GROWTH_MAX


def test_a_chain_commits_once_a_step(tmp_path: Path) -> None:
    assert commits_a_step(chain, tmp_path, 200) <= COMMITS_A_STEP_OF_CHAIN_MAX


@pytest.mark.parametrize("shape", [parallel, foreach], ids=lambda shape: shape.__name__)
def test_a_fan_out_commits_together_what_ended_together(shape: Shape, tmp_path: Path) -> None:
    assert commits_a_step(shape, tmp_path, 1_000) <= COMMITS_A_STEP_MAX


def test_the_default_journal_is_synced_at_each_commit(tmp_path: Path) -> None:
    """Else commits would be cheap, and their number would tell nothing."""
    assert any("SYNCHRONOUS = FULL" in statement for statement in durable(tmp_path, chain(3)))


def test_an_item_needs_few_bytes_beyond_its_result(tmp_path: Path) -> None:
    assert bytes_an_item(tmp_path) <= BYTES_AN_ITEM_MAX


def test_items_that_are_not_collected_need_little(tmp_path: Path) -> None:
    assert peak_bytes(tmp_path, foreach(50_000, collect="none")) <= BYTES_UNCOLLECTED_MAX


class TestGuardsCanFail:
    """Waste that is planted in steps and workflows is noticed."""

    @pytest.mark.parametrize("shape", [chain, parallel, foreach, graph], ids=lambda shape: shape.__name__)
    def test_five_calls_more_a_step_exceed_the_figure(self, shape: Shape, tmp_path: Path) -> None:
        more = each_step(calls, shape, tmp_path, 100, 300, function="five_calls_more")
        name = f"calls a step, {shape.__name__}"

        assert more - each_step(calls, shape, tmp_path, 100, 300) == pytest.approx(5, abs=1)
        assert table()["figures"][name] + 4 > bound(name)

    def test_calls_that_grow_with_the_steps_before_are_growth(self, tmp_path: Path) -> None:
        assert growth(chain, tmp_path, 200, 2_000, function="calls_that_grow") > GROWTH_MAX

    def test_a_loop_without_calls_shows_in_instructions(self) -> None:
        def loop() -> None:
            for _ in range(1_000):
                pass

        assert calls(loop) < 10
        assert instructions(loop) > 1_000

    def test_one_at_a_time_commits_too_often(self, tmp_path: Path) -> None:
        assert commits_a_step(foreach, tmp_path, 100, limit=1) > COMMITS_A_STEP_MAX

    def test_a_result_of_a_thousand_characters_shows_in_the_journal_and_in_memory(self, tmp_path: Path) -> None:
        size = journal_bytes_a_step(foreach, tmp_path, 500, function="large")

        assert size > bound("journal bytes a step, foreach")
        assert bytes_an_item(tmp_path, 1_000, 20_000, function="large") > BYTES_AN_ITEM_MAX

    def test_a_package_and_some_modules_more_are_noticed(self, tmp_path: Path) -> None:
        found = modules(["--help"], first="")
        more = modules(run_command(tmp_path))

        assert len(more) > len(found) + MODULES_MORE_MAX
        assert packages({*found, "pydantic.main"}) - packages(found) == {"pydantic"}

    def test_a_dataclass_is_noticed(self) -> None:
        assert dataclasses_made(["--help"]) == set()
        assert "braid.testing.profiles.Profile" in dataclasses_made(["--help"], first="import braid.testing.profiles\n")

    def test_a_file_whose_check_grows_is_growth(self, tmp_path: Path) -> None:
        def squared(steps: int) -> list[str]:
            return chain(steps * steps // 1_000)

        assert growth_of_loading(squared, tmp_path, 500, 1_000) > GROWTH_MAX
