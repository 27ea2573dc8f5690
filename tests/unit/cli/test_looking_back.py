"""`runs`, `show`, `why` and `timeline`, called in this process, over journals in a folder."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from past_journals import begun, braid, damage, dead_owner, failed, keep, succeeded

from braid.journal.owner import Owner
from braid.journal.sqlite import SqliteJournal
from braid.testing.driver import START_TIME

COMMANDS = ("show", "why", "timeline")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The current folder; it is a minute after the runs began, and the zone is UTC."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BRAID_STATE", raising=False)
    monkeypatch.setattr("braid.cli.looking_back.now", lambda: START_TIME + 60)
    with monkeypatch.context() as context:
        context.setenv("TZ", "UTC")
        time.tzset()
        yield tmp_path
    time.tzset()


def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("braid.cli.looking_back.columns_of_output", lambda: 60)


def document(*arguments: str) -> Any:  # Any: JSON
    return json.loads(braid(*arguments, "--json")[1].stdout)


class TestRuns:
    def test_the_latest_comes_first_with_its_status(self, folder: Path) -> None:
        keep(folder, succeeded("one"), "succeeded")
        keep(folder, failed("two"), "failed")
        keep(folder, begun("three"), "running", owner=dead_owner())

        code, result = braid("runs")
        assert code == 0
        assert result.stdout == (
            "RUN    WORKFLOW  STATUS       STARTED              AGE     TOOK  EVENTS\n"
            "three  two       interrupted  2027-01-15 08:00:00  1m ago             2\n"
            "two    two       failed       2027-01-15 08:00:00  1m ago  3.0s       3\n"
            "one    two       succeeded    2027-01-15 08:00:00  1m ago  3.0s       3\n"
        )

    def test_sixty_columns_are_enough(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        narrow(monkeypatch)
        keep(folder, succeeded("20270115-080000-x7k2p"), "succeeded")

        assert braid("runs")[1].stdout == (
            "RUN                    WORKFLOW  STATUS     AGE     TOOK\n"
            "20270115-080000-x7k2p  two       succeeded  1m ago  3.0s\n"
        )

    def test_a_running_run_names_its_owner(self, folder: Path) -> None:
        keep(folder, begun("one"), "running")

        owner = Owner.here()
        assert braid("runs")[1].stdout.splitlines()[1].endswith(f"process {owner.pid} on {owner.host}")
        (run,) = document("runs")["runs"]
        assert run == {
            "run_id": "one",
            "workflow": "two",
            "status": "running",
            "started_at": "2027-01-15T08:00:00.000Z",
            "duration": 60.0,
            "events": 2,
            "owner": {"host": owner.host, "pid": owner.pid},
        }

    def test_filters_and_the_limit(self, folder: Path) -> None:
        for number in range(3):
            keep(folder, succeeded(f"good{number}"), "succeeded")
        keep(folder, failed("bad"), "failed")

        assert [run["run_id"] for run in document("runs", "--status", "failed")["runs"]] == ["bad"]
        assert [run["run_id"] for run in document("runs", "--workflow", "two", "-n", "2")["runs"]] == ["bad", "good2"]
        _, result = braid("runs", "--limit", "1")
        assert result.stderr == "3 earlier runs left out; --limit 0 shows all\n"
        assert len(document("runs", "--limit", "0")["runs"]) == 4

    def test_none_that_fits_is_said_on_standard_error(self, folder: Path) -> None:
        keep(folder, succeeded("one"), "succeeded")

        code, result = braid("runs", "--workflow", "other")
        assert (code, result.stdout, result.stderr) == (0, "", "no such runs\n")
        assert document("runs", "--workflow", "other") == {"runs": [], "left_out": 0}

    def test_a_journal_without_runs_says_how_to_make_one(self, folder: Path) -> None:
        SqliteJournal(folder / ".braid")

        code, result = braid("runs")
        assert (code, result.stdout, result.stderr) == (0, "", "no runs yet: `braid run FILE` makes one\n")

    def test_a_folder_without_a_journal_is_wrong_usage(self, folder: Path) -> None:
        with pytest.raises(click.UsageError, match=r"there is no \.braid/ in this folder or above it"):
            braid("runs")


class TestEveryCommand:
    @pytest.mark.parametrize("command", COMMANDS)
    def test_an_unknown_run_is_answered_with_the_nearest(self, folder: Path, command: str) -> None:
        keep(folder, succeeded("morning"), "succeeded")

        with pytest.raises(click.UsageError, match="there is no run `mornign`; did you mean `morning`"):
            braid(command, "mornign")

    @pytest.mark.parametrize("command", COMMANDS)
    def test_the_workflow_file_is_not_read(self, folder: Path, command: str) -> None:
        keep(folder, failed("one"), "failed")

        code, result = braid(command, "last")
        assert code == 0
        assert "second" in result.stdout
        assert not list(folder.glob("*.yaml"))

    @pytest.mark.parametrize("command", COMMANDS)
    def test_what_can_be_read_of_a_damaged_run_is_shown(self, folder: Path, command: str) -> None:
        keep(folder, failed("one"), "failed")
        damage(folder, "one", 2)

        code, result = braid(command, "one")
        assert code == 1
        assert "two failed after 3.0s" in result.stdout
        assert result.stderr.startswith("error: run `one` in ")
        assert "damaged at event 3 of 3" in result.stderr
        assert "Traceback" not in result.output
        assert "damaged at event 3 of 3" in document(command, "one")["damage"]

    @pytest.mark.parametrize("command", COMMANDS)
    def test_a_run_of_which_nothing_can_be_read_is_told_of(self, folder: Path, command: str) -> None:
        keep(folder, failed("one"), "failed")
        damage(folder, "one", 0)

        code, result = braid(command, "one")
        assert code == 1
        assert "two failed after 3.0s" in result.stdout
        assert "none can be read" in result.stderr

    @pytest.mark.parametrize("command", COMMANDS)
    def test_json_is_one_document_and_nothing_else(self, folder: Path, command: str) -> None:
        keep(folder, failed("one"), "failed")

        found = document(command, "last")
        assert (found["run_id"], found["workflow"], found["status"]) == ("one", "two", "failed")

    @pytest.mark.parametrize("command", COMMANDS)
    def test_reading_leaves_the_journal_as_it_was(self, folder: Path, command: str) -> None:
        keep(folder, begun("one"), "running", owner=dead_owner())
        before = (folder / ".braid" / "journal.sqlite").read_bytes()

        braid(command, "one")
        assert (folder / ".braid" / "journal.sqlite").read_bytes() == before

    @pytest.mark.parametrize("command", COMMANDS)
    def test_state_names_another_folder(self, folder: Path, command: str) -> None:
        keep(folder / "elsewhere", failed("one"), "failed")

        assert braid(command, "one", "--state", "elsewhere/.braid")[0] == 0


class TestShow:
    def test_a_failed_run_ends_with_its_failure(self, folder: Path) -> None:
        keep(folder, failed("one"), "failed")

        assert braid("show", "one")[1].stdout == (
            "two failed after 3.0s\n"
            "  run      one\n"
            "  started  2027-01-15 08:00:00 (1m ago)\n"
            "\n"
            "✓ first  shell                                                                                  1.0s\n"
            "✗ second  shell  no luck                                                                        2.0s\n"
            "\n"
            "error[task]: step `second` failed: no luck\n"
            " --> past.braid.yaml:5:9\n"
            "  |\n"
            "5 |   - id: second\n"
            "  |         ^^^^^^\n"
            "  = note: at second\n"
        )

    def test_a_run_that_goes_on_elsewhere_is_shown_as_it_is_now(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        narrow(monkeypatch)
        keep(folder, begun("one"), "running")

        assert braid("show", "one")[1].stdout == (
            "two has been running for 1m 00s\n"
            "  run      one\n"
            "  started  2027-01-15 08:00:00 (1m ago)\n"
            f"  owner    process {os.getpid()} on {Owner.here().host}\n"
            "\n"
            "✓ first  shell                                          1.0s\n"
            "▶ second  shell                                        59.0s\n"
        )

    def test_json_is_the_document_of_run_with_inputs_and_owner(self, folder: Path) -> None:
        keep(folder, failed("one"), "failed")

        found = document("show", "one")
        assert list(found) == [
            "run_id",
            "workflow",
            "status",
            "output",
            "error",
            "started_at",
            "duration",
            "steps",
            "inputs",
            "owner",
        ]
        assert found["error"]["message"] == "no luck"
        assert [step["status"] for step in found["steps"]] == ["succeeded", "failed"]

    def test_a_step_has_its_arguments_and_its_output(self, folder: Path) -> None:
        keep(folder, succeeded("one"), "succeeded")

        found = document("show", "one", "--step", "first")
        assert found["output"] == {"stdout": "hello"}
        assert found["arguments"]["run"]["script"] == "true"
        assert '"stdout": "hello"' in braid("show", "one", "--step", "first")[1].stdout

    def test_an_unknown_step_is_answered_with_the_nearest(self, folder: Path) -> None:
        keep(folder, succeeded("one"), "succeeded")

        with pytest.raises(click.UsageError, match="did you mean `second`"):
            braid("show", "one", "--step", "secnd")


class TestWhy:
    def test_a_run_whose_process_died_tells_what_would_run_again(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        narrow(monkeypatch)
        keep(folder, begun("one"), "running", owner=dead_owner())

        assert braid("why", "one")[1].stdout == (
            "two was interrupted; its last sign of life came after 1.0s  run one\n"
            "\n"
            "1 step had begun, and no answer is known: `braid resume` runs it again\n"
            "  second  since 08:00:01\n"
            "\n"
            "braid resume one goes on with it\n"
        )

    def test_one_step_can_be_asked_about(self, folder: Path) -> None:
        keep(folder, failed("one"), "failed")

        assert braid("why", "one", "second")[1].stdout.endswith("it began 1.0s after the run, when `first` had ended\n")
        assert document("why", "one", "second")["step"] == "second"

    def test_a_step_that_never_began_is_answered_with_the_nearest(self, folder: Path) -> None:
        keep(folder, failed("one"), "failed")

        with pytest.raises(click.UsageError, match="no step `third` was started in this run"):
            braid("why", "one", "third")


class TestTimeline:
    def test_sixty_columns(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        narrow(monkeypatch)
        keep(folder, failed("one"), "failed")

        assert braid("timeline", "one")[1].stdout == (
            "two failed after 3.0s  run one\n"
            "\n"
            "             |0s         |1s         |2s\n"
            "✓ first     *█████████████                            1.0s\n"
            "✗ second    *            ████████████████████████✗    2.0s\n"
            "\n"
            "█ executing   * critical path\n"
        )
