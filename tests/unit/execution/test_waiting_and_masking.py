"""Timers, rates, the clock and the masking of secrets."""

from __future__ import annotations

import asyncio
import base64
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from braid.execution.clock import SystemClock
from braid.execution.context import workflow_path
from braid.execution.pools import Pool
from braid.execution.run_ids import new_run_id, run_id_problem
from braid.execution.secrets import Masker
from braid.execution.timers import STALE_MIN, Timers
from braid.language.plan import PoolSpec
from braid.language.task_kind import TaskError
from braid.machine.outcome import Failure


def test_timers_fire_in_order_of_their_time_and_never_early() -> None:
    async def scenario() -> list[tuple[str, bool]]:
        clock, fired, done = SystemClock(), [], asyncio.Event()
        base = clock.now()
        due = {"c": base + 0.03, "a": base - 1, "b": base + 0.01}

        def fire(address: str, name: str) -> None:
            fired.append((address, clock.now() >= due[address]))
            if len(fired) == 3:
                done.set()

        timers = Timers(clock, asyncio.get_running_loop(), fire)
        for address, moment in due.items():
            timers.set(address, "t", moment)
        await asyncio.wait_for(done.wait(), 10)
        assert len(timers) == 0
        return fired

    assert asyncio.run(scenario()) == [("a", True), ("b", True), ("c", True)]


def test_cleared_and_replaced_timers_do_not_fire_and_do_not_pile_up() -> None:
    async def scenario() -> list[str]:
        fired: list[str] = []
        done = asyncio.Event()

        def fire(address: str, name: str) -> None:
            fired.append(address)
            if address == "last":
                done.set()

        timers = Timers(SystemClock(), asyncio.get_running_loop(), fire)
        now = time.time()
        for index in range(3 * STALE_MIN):
            timers.set(str(index), "t", now + 0.001)
            timers.clear(str(index), "t")
        timers.set("moved", "t", now)
        timers.set("moved", "t", now + 3600)
        timers.set("last", "t", now + 0.01)
        await asyncio.wait_for(done.wait(), 10)
        assert len(timers._heap) <= STALE_MIN + 3
        timers.close()
        return fired

    assert asyncio.run(scenario()) == ["last"]


def test_the_clock_follows_steps_forwards_only(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SystemClock()
    before, wall = clock.now(), time.time()
    monkeypatch.setattr(time, "time", lambda: wall - 3600)
    assert clock.now() >= before
    monkeypatch.setattr(time, "time", lambda: wall + 3600)
    assert clock.now() >= before + 3599


def test_a_rate_spaces_starts_and_keeps_their_order() -> None:
    async def scenario() -> tuple[list[int], list[float]]:
        loop = asyncio.get_running_loop()
        pool = Pool(PoolSpec("p", 10, rate=(2, 0.1)), loop)
        order: list[int] = []
        starts: list[float] = []

        async def one(number: int) -> None:
            await pool.acquire()
            order.append(number)
            starts.append(loop.time())
            pool.release()

        await asyncio.gather(*(one(number) for number in range(6)))
        return order, starts

    order, starts = asyncio.run(scenario())
    assert order == list(range(6))
    assert all(later - earlier >= 0.1 for earlier, later in zip(starts, starts[2:], strict=False))


def test_a_slot_given_to_a_waiter_that_is_cancelled_goes_to_the_next() -> None:
    async def scenario() -> None:
        pool = Pool(PoolSpec("p", 1), asyncio.get_running_loop())
        await pool.acquire()
        second, third = (asyncio.ensure_future(pool.acquire()) for _ in range(2))
        await asyncio.sleep(0)
        pool.release()
        second.cancel()
        await asyncio.wait_for(third, 10)
        assert pool.in_use == 1

    asyncio.run(scenario())


secrets = st.text(min_size=4, max_size=20).filter(lambda text: "*" not in text and text.isprintable())


@given(secrets, st.text(max_size=20), st.text(max_size=20))
def test_a_secret_is_masked_wherever_it_stands(secret: str, before: str, after: str) -> None:
    masker = Masker({"TOKEN": secret})
    for disguise in (secret, quote(secret, safe=""), base64.b64encode(secret.encode()).decode()):
        text = f"{before}{disguise}{after}"
        ((key, (masked, raw)),) = masker.value({text: [text, text.encode()]}).items()
        assert key == masked == raw.decode()
        assert secret not in masked
    failure = masker.failure(Failure("t", before + secret, details={"x": secret}, cause=Failure("t", secret)))
    assert failure.cause is not None
    assert secret not in failure.message
    assert (failure.details, failure.cause.message) == ({"x": "***"}, "***")


def test_without_secrets_values_are_left_alone() -> None:
    value = {"a": [1]}
    assert Masker({}).value(value) is value


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "link/x", "a/../../x"])
def test_paths_that_leave_the_folder_are_refused(tmp_path: Path, path: str) -> None:
    folder = tmp_path / "flow"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path)
    with pytest.raises(TaskError, match="leaves the workflow's folder"):
        workflow_path(folder, path, allowed=False)
    assert workflow_path(folder, path, allowed=True).is_absolute()


def test_run_ids_are_sortable_unique_and_fit_their_own_rule() -> None:
    ids = {new_run_id(1.7e9) for _ in range(50)}
    assert len(ids) == 50
    assert all(run_id.startswith("20231114-221320-") and not run_id_problem(run_id) for run_id in ids)
    assert all(run_id_problem(bad) for bad in ("", "../x", "a b", "-x", "x" * 200))
