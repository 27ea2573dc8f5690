"""Law 1. Results stand in branch (item) order, whatever the order of completion."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from law_settings import law, seeds

from braid.machine.outcome import Succeeded
from braid.testing.flat import FlatParallel, flat_parallels
from braid.testing.laws import check_flat, driven
from braid.testing.work import answer


@law
@given(flat_parallels(failures=False), seeds)
def test_results_of_branches_stand_in_branch_order(flat: FlatParallel, seed: int) -> None:
    check_flat(flat, seed)


@law
@given(st.lists(st.integers(0, 99), max_size=12), st.integers(1, 6), seeds)
def test_results_of_items_stand_in_item_order(items: list[int], limit: int, seed: int) -> None:
    step = {"id": "one", "work": {"value": "{{ item }}"}}
    foreach = {"items": items, "max_concurrency": limit, "steps": [step]}

    run = driven({"name": "items", "steps": [{"id": "all", "foreach": foreach}]}, seed)

    expected = [answer(f"all/{index}/one", 1, "work", {"value": item}) for index, item in enumerate(items)]
    assert run.outcome == Succeeded(expected)


@law
@given(st.permutations(["a", "b", "c", "d"]), st.integers(1, 4), seeds)
def test_results_of_a_graph_stand_in_file_order(order: list[str], limit: int, seed: int) -> None:
    steps = [{"id": name, "work": {"value": name}} for name in order]

    run = driven({"name": "graph", "graph": {"steps": steps, "max_concurrency": limit}}, seed)

    assert isinstance(run.outcome, Succeeded)
    assert list(run.outcome.value) == order
