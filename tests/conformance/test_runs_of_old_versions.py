"""A run that an earlier version interrupted can be gone on with for ever, and ends as it would have then.

The fixtures are never written anew: `old_runs.py` of the version of the encoding in their name made them.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from old_runs import SECRET

import braid
from braid.journal.codec import CODEC_VERSION
from braid.journal.errors import RunOwnedError
from braid.journal.sqlite import SqliteJournal
from braid.machine.events import ResultDropped, ResultKept, RunEdited
from braid.report.json_values import json_value

FOLDER = Path(__file__).parent / "fixtures"
FIXTURES = sorted(FOLDER.glob("runs_v*"))
RUNS = [(path, run_id) for path in FIXTURES for run_id in json.loads((path / "expected.json").read_text())]


def copied(fixture: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(fixture, tmp_path / "state"))


def test_this_version_has_a_fixture() -> None:
    assert f"runs_v{CODEC_VERSION}" in [path.name for path in FIXTURES]


@pytest.mark.parametrize(("fixture", "run_id"), RUNS, ids=lambda part: getattr(part, "name", part))
def test_an_old_run_goes_on_and_ends_as_it_would_have(fixture: Path, run_id: str, tmp_path: Path) -> None:
    state = copied(fixture, tmp_path)
    journal = SqliteJournal(state)
    before = list(journal.events(run_id))

    result = braid.resume(run_id, state=state, secrets={"TOKEN": SECRET})
    assert (result.status, result.error) == ("succeeded", None)
    assert json_value(result.output) == json.loads((fixture / "expected.json").read_text())[run_id]
    assert result.steps["flaky"].attempts == 3
    assert {step.status for step in result.steps.values()} == {"succeeded", "cancelled"}
    events = list(journal.events(run_id))
    assert events[: len(before)] == before
    # In its sleep, which was over long ago, or after its first failure.
    assert len(events) - len(before) == (10 if run_id == "retried" else 2)
    assert journal.check().whole


def test_an_edit_of_an_old_run_is_read_with_what_it_kept(tmp_path: Path) -> None:
    events = list(SqliteJournal(copied(FOLDER / "runs_v2", tmp_path)).events("edited"))

    assert [type(event) for event in events].count(RunEdited) == 1
    assert [event.address for event in events if isinstance(event, ResultKept)] == [
        "large",
        "hidden",
        "race/quick/quick",
    ]
    assert {event.address: event.reason for event in events if isinstance(event, ResultDropped)} == {
        "flaky": "failed before",
        **{f"each/{item}/double": "argument 'code' changed" for item in range(3)},
        "inner/python-1": "depends on each",
        "nap": "had not ended",
    }


def test_old_runs_that_can_t_be_gone_on_with_say_why(tmp_path: Path) -> None:
    state = copied(FOLDER / "journal_v1", tmp_path)

    with pytest.raises(braid.ResumeError, match="run unbegun can't be resumed: its journal has no workflow"):
        braid.resume("unbegun", state=state)
    with pytest.raises(braid.ResumeError, match="run ended succeeded; there is nothing left to do"):
        braid.resume("ended", state=state)
    with pytest.raises(RunOwnedError, match=r"`owned` belongs to process 4242 on elsewhere\.example"):
        braid.resume("owned", state=state)
