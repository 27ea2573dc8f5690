"""A run that can't be replayed: what its events tell by themselves."""

from __future__ import annotations

from collections.abc import Iterator

from histories import facts, failed_run, texts

from braid.journal.errors import JournalCorruptError
from braid.journal.records import RunHead
from braid.language.workflow_file import WorkflowFile
from braid.machine.events import Event
from braid.report.run_history import ASTRAY, NO_FILES, RunHistory
from braid.report.show_view import show_json, show_lines
from braid.report.timeline import timeline
from braid.report.timeline_view import timeline_lines
from braid.report.why_view import run_answers, why_lines
from braid.testing.driver import START_TIME
from braid.testing.past_run import PastRun


def without_files() -> RunHistory:
    past = failed_run()
    head = RunHead(id="r1", workflow="brief", started=START_TIME)
    return RunHistory(facts(past, "failed", 10), head).read(lambda: past.events)


def test_the_steps_are_known_by_their_answers() -> None:
    history = without_files()

    assert history.note == NO_FILES
    assert [(span.address, span.status, span.attempts) for span in history.spans.values()] == [
        ("gather/left/first", "succeeded", 1),
        ("gather/left/flaky", "failed", 2),
        ("gather/right/slow", "cancelled", 1),
    ]


def test_every_view_works_without_a_plan() -> None:
    history = without_files()
    now = START_TIME + 100

    assert "✗ gather/left/flaky" in "\n".join(texts(show_lines(history, now, 60)))
    assert "error[task]: step `flaky` failed: no luck again" in texts(
        why_lines(history, run_answers(history, now, color=False, width=60), now)
    )
    assert any("gather/right/slow" in line for line in texts(timeline_lines(timeline(history, now), now, 60)))
    assert [step["status"] for step in show_json(history, now)["steps"]] == ["succeeded", "failed", "cancelled"]


def test_a_workflow_that_has_errors_today_is_a_note() -> None:
    past = failed_run()
    head = RunHead(
        id="r1", workflow="brief", started=START_TIME, files=(WorkflowFile("b.yaml", "/", "name: b\nnonsense: 1\n"),)
    )

    history = RunHistory(facts(past, "failed", 10), head).read(lambda: past.events)
    assert history.note.startswith("this Braid can't read the workflow as the run took it (")
    assert len(history.spans) == 3


def test_a_run_that_a_secret_decided_is_not_replayed_wrongly() -> None:
    past = PastRun(
        "name: s\nsecrets: [KEY]\nsteps:\n- if: secrets.KEY != '***'\n  then: [{id: a, shell: 'true'}]\n"
        "  else: [{id: b, shell: 'true'}]\n",
        secrets={"KEY": "open sesame"},
    )
    past.fail(1, "a")

    history = RunHistory(facts(past, "failed", 1), past.head).read(lambda: past.events)
    assert history.note == ASTRAY
    assert [(address.rpartition("/")[2], span.status) for address, span in history.spans.items()] == [("a", "failed")]
    assert history.failure is not None


def test_a_kind_that_is_not_installed_is_no_obstacle() -> None:
    past = failed_run()
    text = past.plan.source.text.replace("shell:", "teleport:")
    head = RunHead(
        id="r1",
        workflow="brief",
        started=START_TIME,
        files=(WorkflowFile("b.yaml", "/", text),),
        notes={"kinds": ["set", "teleport"]},
    )

    history = RunHistory(facts(past, "failed", 10), head).read(lambda: past.events)
    assert history.note == ""
    assert history.spans["gather/left/flaky"].kind == "teleport"
    assert history.failure is not None


def test_what_stands_before_the_damage_is_shown() -> None:
    past = failed_run()

    def events() -> Iterator[Event]:
        yield from past.events[:2]
        raise JournalCorruptError("run `r1` is damaged at event 3 of 6")

    history = RunHistory(facts(past, "failed", 10), past.head).read(events)
    assert history.damage == "run `r1` is damaged at event 3 of 6"
    assert history.spans["gather/left/first"].status == "succeeded"
    assert history.failure is None
