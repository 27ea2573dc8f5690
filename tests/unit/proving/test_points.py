"""Places where a run is killed."""

from __future__ import annotations

from braid.machine.events import RunStarted, TaskFailed, TaskSucceeded, TimerFired
from braid.testing.prove_points import CrashPoint, crash_points, sampled, told


def test_each_write_is_killed_before_and_after() -> None:
    assert [str(point) for point in crash_points(2)] == [
        "before write 1",
        "after write 1",
        "before write 2",
        "after write 2",
    ]


def test_a_sample_has_each_place_once_in_order_and_hangs_on_the_seed() -> None:
    points = crash_points(50)

    first = sampled(points, 10, seed=1)

    assert first == sorted(set(first))
    assert len(first) == 10
    assert first == sampled(points, 10, seed=1)
    assert first != sampled(points, 10, seed=2)
    assert sampled(points, None, seed=1) == sampled(points, 1000, seed=1) == points


def test_a_write_is_told_by_what_it_keeps() -> None:
    begin = RunStarted(time=0, run_id="r", workflow="w", inputs={})
    good = TaskSucceeded(time=1, address="a/b", attempt=1, value=1, started=0)
    bad = TaskFailed(time=1, address="c", attempt=1, type="t", message="m", started=0)

    assert told([begin]) == "the start of the run"
    assert told([good]) == "the answer of a/b"
    assert told([good, bad]) == "the answer of a/b and 1 more"
    assert told([TimerFired(time=1, address="", name="timeout")]) == "that the time of the run came"
    assert CrashPoint(0, kept=False) < CrashPoint(0, kept=True) < CrashPoint(1, kept=False)
