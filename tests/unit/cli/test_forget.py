"""`braid forget`, called in this process."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click
import pytest
from past_journals import begun, braid, dead_owner, failed, keep, succeeded

from braid.journal.sqlite import SqliteJournal
from braid.testing.driver import START_TIME

DAY = 86400.0


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, 40 days after the runs began."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BRAID_STATE", raising=False)
    monkeypatch.setattr("braid.cli.looking_back.now", lambda: START_TIME + 40 * DAY)
    return tmp_path


def left(folder: Path) -> list[str]:
    return [run.id for run in SqliteJournal(folder / ".braid").runs()]


def test_named_runs_are_deleted_without_asking_where_nobody_can_be_asked(folder: Path) -> None:
    for name in ("one", "two", "three"):
        keep(folder, succeeded(name), "succeeded")

    code, result = braid("forget", "one", "thr")
    assert (code, result.stdout) == (0, "2 runs deleted\n")
    assert left(folder) == ["two"]


def test_a_running_run_is_refused_by_its_owners_name_and_nothing_is_deleted(folder: Path) -> None:
    keep(folder, succeeded("one"), "succeeded")
    keep(folder, begun("two"), "running")

    with pytest.raises(click.ClickException, match=rf"run `two` is running, in process {os.getpid()} on .*; nothing"):
        braid("forget", "one", "two")
    assert left(folder) == ["two", "one"]


def test_age_counts_from_the_end(folder: Path) -> None:
    keep(folder, succeeded("old"), "succeeded", ended=9 * DAY)
    keep(folder, succeeded("young"), "succeeded", ended=11 * DAY)

    assert braid("forget", "--older-than", "30d", "--yes")[1].stdout == "1 run deleted\n"
    assert left(folder) == ["young"]


def test_a_run_that_can_go_on_is_picked_only_when_its_status_is_named(folder: Path) -> None:
    keep(folder, begun("stopped"), "running", owner=dead_owner())
    keep(folder, failed("bad"), "failed")
    keep(folder, begun("alive"), "running")

    braid("forget", "--older-than", "1d", "--yes")
    assert left(folder) == ["alive", "stopped"]
    braid("forget", "--status", "interrupted", "--yes")
    assert left(folder) == ["alive"]


def test_the_latest_of_each_workflow_are_kept(folder: Path) -> None:
    for number in range(4):
        keep(folder, succeeded(f"run{number}"), "succeeded")

    assert braid("forget", "--keep", "1", "--dry-run")[1].stdout == (
        "run2  two  succeeded\nrun1  two  succeeded\nrun0  two  succeeded\n3 runs would be deleted\n"
    )
    assert len(left(folder)) == 4
    braid("forget", "--keep", "1", "-y")
    assert left(folder) == ["run3"]


def test_filters_need_a_yes_where_nobody_can_be_asked(folder: Path) -> None:
    keep(folder, succeeded("one"), "succeeded")

    with pytest.raises(click.UsageError, match="1 run would be deleted; say --yes, or --dry-run to see which"):
        braid("forget", "--older-than", "1d")
    assert left(folder) == ["one"]


@pytest.mark.parametrize(("answer", "rest"), [("y\n", []), ("n\n", ["one"]), ("\n", ["one"])])
def test_a_person_is_asked(folder: Path, monkeypatch: pytest.MonkeyPatch, answer: str, rest: list[str]) -> None:
    monkeypatch.setattr("braid.cli.forget.is_terminal", lambda stream: True)
    keep(folder, succeeded("one"), "succeeded")

    code, result = braid("forget", "one", stdin=answer)
    assert "  one  two  succeeded\nDelete 1 run? [y/N]:" in result.stderr
    assert left(folder) == rest
    assert code == (1 if rest else 0)


def test_json_tells_which(folder: Path) -> None:
    keep(folder, succeeded("one"), "succeeded")

    assert json.loads(braid("forget", "one", "--json")[1].stdout) == {"forgotten": ["one"], "dry_run": False}
    assert json.loads(braid("forget", "--older-than", "1d", "--json")[1].stdout) == {"forgotten": [], "dry_run": False}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "say which runs"),
        (("one", "--keep", "1"), "not both"),
        (("--older-than", "30"), "has no unit"),
        (("unknown",), "there is no run `unknown`"),
    ],
)
def test_wrong_usage_deletes_nothing(folder: Path, arguments: tuple[str, ...], message: str) -> None:
    keep(folder, succeeded("one"), "succeeded")

    with pytest.raises(click.UsageError, match=message):
        braid("forget", *arguments)
    assert left(folder) == ["one"]
