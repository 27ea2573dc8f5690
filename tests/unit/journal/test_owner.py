"""Who owns a run: this process, told apart from any other that has or had its number."""

from __future__ import annotations

import os
import subprocess
import sys

import msgspec
import pytest

from braid.journal import owner as owner_module
from braid.journal.owner import Owner
from braid.journal.records import RunEnding, RunRecord


def changed(**fields: object) -> Owner:
    return msgspec.structs.replace(Owner.here(), **fields)


def test_this_process_is_alive() -> None:
    assert Owner.here().alive() is True


def test_two_claims_of_one_process_differ() -> None:
    assert Owner.here() != Owner.here()


def test_another_process_with_the_same_number_is_not_the_owner() -> None:
    assert changed(started="1").alive() is False


def test_no_process_outlives_its_machine_s_restart() -> None:
    assert changed(boot="an earlier one").alive() is False


def test_a_machine_that_got_another_name_is_the_same_machine() -> None:
    assert changed(host="cafe").alive() is True


def test_nothing_is_known_of_another_machine_s_process() -> None:
    assert changed(host="elsewhere", boot="another").alive() is None


def test_an_ended_process_is_dead_before_and_after_its_parent_asks() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        started = owner_module._state(process.pid)[1]
        child = changed(pid=process.pid, started=started)
        assert child.alive() is True
        process.kill()
        # WNOWAIT leaves it a zombie.
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert child.alive() is False
    assert child.alive() is False


@pytest.mark.parametrize(
    ("owner", "ending", "status"),
    [
        (Owner.here(), None, "running"),
        (changed(started="1"), None, "interrupted"),
        (changed(host="elsewhere", boot="another"), None, "running"),
        (None, RunEnding("failed", 1.0), "failed"),
        (None, None, "interrupted"),
    ],
)
def test_a_run_s_status_follows_its_owner(owner: Owner | None, ending: RunEnding | None, status: str) -> None:
    record = RunRecord(id="r", workflow="w", started=0.0, ending=ending, owner=owner, events=0)
    assert record.status == status
