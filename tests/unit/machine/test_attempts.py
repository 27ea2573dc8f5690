"""Attempts, without waiting: timers fire when the test says so."""

from __future__ import annotations

from machine_script import script

from braid.machine.outcome import Failed, Succeeded
from braid.testing.driver import START_TIME
from braid.testing.script import started


def delays(retry: str, failures: int) -> list[float]:
    """Seconds between each failure and the next attempt."""
    run = script(f"- id: a\n  work: {{}}\n  retry: {retry}")
    found = []
    for _ in range(failures):
        run.fail("a")
        due = next(iter(run.timers.values()), None)
        if due is None:
            break
        found.append(round(due - run.now, 6))
        run.fire("a")
    return found


def test_exponential_delays_double_up_to_the_longest() -> None:
    assert delays("{attempts: 6, delay: 1s, max_delay: 5s}", 6) == [1, 2, 4, 5, 5]


def test_linear_delays_grow_by_the_first() -> None:
    assert delays("{attempts: 4, delay: 200ms, backoff: linear}", 4) == [0.2, 0.4, 0.6]


def test_fixed_delays_stay() -> None:
    assert delays("{attempts: 4, delay: 1s, backoff: fixed}", 4) == [1, 1, 1]


def test_a_number_is_the_attempts_in_all_and_the_last_one_sets_no_timer() -> None:
    run = script("- {id: a, work: {}, retry: 2}")
    run.fail("a")
    run.fire("a")
    run.fail("a", "again")

    assert run.timers == {}
    assert isinstance(run.outcome, Failed)
    assert (run.outcome.failure.message, run.outcome.failure.attempts) == ("again", 2)


def test_jitter_only_shortens_and_is_the_same_on_every_replay() -> None:
    first, second = (delays("{attempts: 5, delay: 8s, backoff: fixed, jitter: 0.5}", 4) for _ in range(2))

    assert first == second
    assert all(4 <= delay <= 8 for delay in first)
    assert len(set(first)) > 1


def test_no_attempt_starts_later_than_within() -> None:
    # A failure takes the script one second: attempts would start at 3, 6, 9, …
    assert delays("{attempts: 9, delay: 2s, backoff: fixed, within: 7s}", 9) == [2, 2]


def test_when_decides_alone() -> None:
    retry = "retry: {attempts: 3, when: \"error.type == 'http'\"}"
    run = script(f"- id: a\n  work: {{}}\n  {retry}")
    run.fail("a", type="http", retryable=False)
    assert run.timers
    run.fire("a")
    run.fail("a", type="other")

    assert isinstance(run.outcome, Failed)


def test_what_cannot_be_mended_is_not_tried_again() -> None:
    run = script("- {id: a, work: {}, retry: 5}")
    run.fail("a", retryable=False)

    assert isinstance(run.outcome, Failed)


def test_timeout_of_a_block_cancels_awaits_and_tries_again() -> None:
    run = script("- id: a\n  timeout: 5s\n  retry: {attempts: 2, delay: 1s}\n  steps: [{id: inner, work: {}}]")
    assert list(run.timers.values()) == [START_TIME + 5]
    run.fire("a")
    assert run.cancelling == ["a/inner"]
    assert run.timers == {}, "the next attempt waits until nothing of this one is running"

    run.acknowledge("inner")
    run.fire("a")
    assert started(run) == ["inner"]
    run.finish("inner", 7)

    assert run.outcome == Succeeded(7)
    assert run.timers == {}


def test_timeout_of_a_task_goes_with_the_task() -> None:
    run = script("- {id: a, work: {}, timeout: 5s}")

    assert run.running["a"].timeout == 5
    assert run.timers == {}


def test_schema_is_checked_after_output_and_fails_the_attempt() -> None:
    run = script(
        "- {id: a, work: {}, output: '{{ result.n }}', schema: {type: integer}, retry: {attempts: 2, delay: 1s}}"
    )
    run.finish("a", {"n": "text"})
    run.fire("a")
    run.finish("a", {"n": 4})

    assert run.outcome == Succeeded(4)


def test_fallback_sees_the_last_error_and_the_record_keeps_it() -> None:
    run = script(
        "- {id: a, work: {}, retry: {attempts: 2, delay: 1s}, fallback: {value: '{{ error.message }}'}}\n"
        "- {id: b, work: {value: '{{ steps.a.reason }} {{ steps.a.attempts }} {{ steps.a.error.message }}'}}"
    )
    run.fail("a", "one")
    run.fire("a")
    run.fail("a", "two")

    assert run.running["b"].arguments["value"] == "fallback 2 two"
    run.finish("b")
    assert isinstance(run.outcome, Succeeded)
