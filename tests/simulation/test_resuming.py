"""What resuming promises, on small workflows whose crashes are counted by hand."""

from __future__ import annotations

from typing import Any

import pytest

from braid.machine.events import TaskFailed, TaskSucceeded, TimerFired
from braid.machine.outcome import Cancelled, Succeeded
from braid.testing.laws import plan_of
from braid.testing.simulation import Crash, Simulation
from braid.testing.simulation_laws import check_resumed
from braid.testing.simulation_life import Life
from braid.testing.work import answer

SEEDS = range(12)


def simulation(steps: list[dict[str, Any]], seed: int = 0, **options: Any) -> Simulation:
    return Simulation(plan_of({"name": "small", "steps": steps}), {}, answer, seed=seed, **options)


def cut_after(made: Simulation, kind: type, address: str) -> Life:
    """Cut off just after the append that holds this event, and resumed."""
    held = 0
    for append, batch in enumerate(made.whole.batches):
        held += len(batch)
        for event in made.whole.events[held - len(batch) : held]:
            if isinstance(event, kind) and event.address == address:
                life = made.resumed(Crash(append, kept=True))
                check_resumed(made.whole, life)
                return life
    raise AssertionError(f"no {kind.__name__} of {address}")


def test_what_was_recorded_is_not_executed_again() -> None:
    made = simulation([{"id": "a", "work": {}}, {"id": "b", "work": {}}])

    life = cut_after(made, TaskSucceeded, "a")

    assert life.executed == [("b", 1, 1)]
    assert life.outcome == made.whole.outcome


def test_what_was_not_recorded_is_executed_again() -> None:
    made = simulation([{"id": "a", "work": {}}, {"id": "b", "work": {}}])

    life = made.resumed(Crash(1, kept=False))

    assert made.whole.executed[0] == ("a", 1, 1)
    assert life.executed == [("a", 1, 1), ("b", 1, 1)]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_sleep_is_not_started_over(seed: int) -> None:
    made = simulation([{"delay": "1h"}], seed)

    life = made.resumed(Crash(1, kept=False))

    [fired] = [event for event in life.events if isinstance(event, TimerFired)]
    assert fired.time == max(made.whole.events[0].time + 3600, life.born)


@pytest.mark.parametrize("seed", SEEDS)
def test_attempts_are_counted_on(seed: int) -> None:
    step = {"id": "s", "work": {"fail": 9}, "retry": {"attempts": 3, "delay": "1s"}, "fallback": {"value": 0}}
    made = simulation([step], seed)

    life = cut_after(made, TaskFailed, "s")

    assert life.executed == [("s", 2, 1), ("s", 3, 1)]
    assert life.watcher.records["s"].attempts == 3


@pytest.mark.parametrize("seed", SEEDS)
def test_a_race_that_was_won_stays_won(seed: int) -> None:
    branches = {name: [{"id": name, "work": {"value": name}}] for name in "abc"}
    made = simulation([{"id": "race", "parallel": {"branches": branches, "wait": "any"}}, {"work": {}}], seed)
    winner = next(event.address for event in made.whole.events if isinstance(event, TaskSucceeded))

    life = cut_after(made, TaskSucceeded, winner)

    assert life.watcher.records["race"].output == made.whole.watcher.records["race"].output
    assert {address for address, _, _ in life.executed} == {"work-2"}


@pytest.mark.parametrize("seed", SEEDS)
def test_time_and_chance_give_what_they_gave(seed: int) -> None:
    drawn = {"id": "drawn", "set": ["{{ now() | string }}", "{{ uuid() }}", "{{ random() }}"]}
    made = simulation([{"work": {}}, drawn, {"id": "a", "work": {}}, {"set": "{{ drawn }}"}], seed)

    life = cut_after(made, TaskSucceeded, "a")

    assert life.outcome == made.whole.outcome


@pytest.mark.parametrize("seed", SEEDS)
def test_no_more_than_the_limit_are_in_progress_after_a_crash(seed: int) -> None:
    foreach = {"items": list(range(9)), "max_concurrency": 3, "steps": [{"work": {"value": "{{ item }}"}}]}
    made = simulation([{"id": "each", "foreach": foreach}], seed)

    for crash in made.crashes():
        life = made.resumed(crash)
        assert life.watcher.widest.get("each", 0) <= 3
        assert life.outcome == made.whole.outcome


def test_a_task_that_was_told_to_end_is_not_started_again() -> None:
    made = simulation([{"id": "a", "work": {}}], cancel_at=1)

    life = made.resumed(Crash(1, kept=True))

    assert life.executed == []
    assert life.outcome == Cancelled()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_run_is_the_same_each_time(seed: int) -> None:
    steps = [{"foreach": {"items": [1, 2, 3], "max_concurrency": 2, "steps": [{"work": {"value": "{{ item }}"}}]}}]
    first, second = simulation(steps, seed), simulation(steps, seed)

    for crash in first.crashes():
        assert first.resumed(crash).batches == second.resumed(crash).batches
    assert isinstance(first.whole.outcome, Succeeded)
