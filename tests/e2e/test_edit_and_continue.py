"""`resume --edited`, `resume --from` and `run --reuse`: the real command, effects counted in a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from killed_runs import Place

WORKFLOW = """\
name: w
inputs:
  words: {type: array, default: [a, b, c]}
steps:
  - id: fetch
    python: {call: "work:act", with: {name: fetch}}
  - id: each
    foreach:
      items: "{{ inputs.words }}"
      max_concurrency: 2
      steps:
        - id: get
          python: {call: "work:act", with: {name: "get {{ item }}"}}
        - id: use
          python: {call: "work:act", with: {name: "use {{ get }}"}}
  - id: join
    python: {call: "work:act", with: {name: "join {{ each | length }}"}}
  - id: last
    python: {call: "work:fail", with: {name: last}}
  - id: after
    python: {call: "work:act", with: {name: "after {{ last }}"}}
finally:
  - id: tidy
    python: {call: "work:act", with: {name: tidy}}
output: "{{ [fetch, each, last] }}"
"""
ITEMS = [f"{step} {item}" for item in "abc" for step in ("get", "use get")]
BEFORE = ["fetch", *ITEMS, "join 3", "last", "tidy"]
MENDED = ('call: "work:fail", with: {name: last}', 'call: "work:act", with: {name: last}')


@pytest.fixture
def failed(tmp_path: Path) -> Place:
    """A run whose step `last` failed."""
    place = Place(tmp_path, WORKFLOW)
    assert place.braid("run", "w.braid.yaml", "-q").returncode == 1
    assert sorted(place.effects()) == sorted(BEFORE)
    return place


def edit(place: Place, *changes: tuple[str, str]) -> None:
    text = place.file.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    place.file.write_text(text)


def since(place: Place, count: int = len(BEFORE)) -> list[str]:
    """The effects after the first so many."""
    return place.effects()[count:]


def test_a_failed_run_goes_on_with_the_mended_file_and_does_nothing_twice(failed: Place) -> None:
    edit(failed, MENDED)

    done = failed.braid("resume", "last", "--edited")

    assert done.returncode == 0, done.stderr
    assert since(failed) == ["last", "after last", "tidy"]
    assert json.loads(done.stdout) == ["fetch", ["use get a", "use get b", "use get c"], "last"]
    table, _, progress = done.stderr.partition("keeps 8 results, runs 2 steps again, 1 new\n")
    assert table.split("\n", 1)[1] == (
        "  keep   fetch\n"
        "  keep   each/*/get    ×3\n"
        "  keep   each/*/use    ×3\n"
        "  keep   join\n"
        "  again  last          argument 'call' changed\n"
        "  new    after\n"
        "  again  finally/tidy  cleans up after steps that run again\n"
    )
    assert "resumed: " in progress


def test_a_dry_run_tells_and_does_nothing(failed: Place) -> None:
    edit(failed, MENDED)

    text = failed.braid("resume", "last", "--edited", "--dry-run")
    document = failed.braid("resume", "last", "--edited", "--dry-run", "--json")

    assert (text.returncode, document.returncode) == (0, 0)
    assert text.stdout.endswith("keeps 8 results, runs 2 steps again, 1 new\n")
    found = {
        step["address"]: (step["fate"], step["reason"], step["line"]) for step in json.loads(document.stdout)["steps"]
    }
    assert found["each/1/use"] == ("kept", "", 14)
    assert found["last"] == ("again", "argument 'call' changed", 18)
    assert found["after"] == ("new", "did not run before", 20)
    assert since(failed) == []


def test_a_failure_is_tried_again_though_nothing_was_edited(failed: Place) -> None:
    assert failed.braid("resume", "last").returncode == 2
    assert since(failed) == []

    assert failed.braid("resume", "last", "--edited", "-q").returncode == 1

    assert since(failed) == ["last", "tidy"]


def test_what_depends_on_an_edit_runs_again_and_the_rest_is_kept(failed: Place) -> None:
    edit(failed, MENDED, ('name: "get {{ item }}"', 'name: "got {{ item }}"'))

    done = failed.braid("resume", "last", "--edited", "-q")

    assert done.returncode == 0, done.stderr
    assert sorted(since(failed)) == sorted(
        [*(f"{step} {item}" for item in "abc" for step in ("got", "use got")), "join 3", "last", "after last", "tidy"]
    )


def test_an_edited_run_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    place = Place(tmp_path, WORKFLOW)
    assert place.braid("run", "w.braid.yaml", "-q").returncode == 1
    edit(place, (MENDED[0], 'call: "work:hold", with: {name: last}'))

    place.killed("last", command=("resume", "last", "--edited"))
    place.let_go()
    # The edited file is the run's own by now: no flag is needed, and none of what it kept is asked for again.
    result = place.resumed()

    assert result["status"] == "succeeded"
    assert since(place) == ["last", "last", "after last", "tidy"]
    assert {step["address"] for step in result["steps"]} >= {
        "fetch",
        "each/2/use",
        "join",
        "last",
        "after",
        "finally/tidy",
    }


def test_a_run_may_be_edited_again_and_again(failed: Place) -> None:
    for number in range(3):
        edit(failed, ("{name: last" if number == 0 else f"{{name: last{number - 1}", f"{{name: last{number}"))
        assert failed.braid("resume", "last", "--edited", "-q").returncode == 1
    edit(failed, ('"work:fail"', '"work:act"'))

    assert failed.braid("resume", "last", "--edited", "-q").returncode == 0

    assert [name for name in since(failed) if name != "tidy"] == ["last0", "last1", "last2", "last2", "after last2"]
    assert json.loads(failed.braid("runs", "--json").stdout)["runs"][0]["status"] == "succeeded"


def test_from_a_step_on_everything_runs_again(failed: Place) -> None:
    edit(failed, MENDED)
    assert failed.braid("resume", "last", "--edited", "-q").returncode == 0
    count = len(failed.effects())

    assert failed.braid("resume", "last", "--from", "join", "-q").returncode == 0

    assert since(failed, count) == ["join 3", "last", "after last", "tidy"]
    assert failed.braid("resume", "last", "--from", "jion").stderr.startswith(
        "error[not-resumed]: there is no step `jion`; did you mean `join`?"
    )


def test_a_new_run_takes_the_results_of_another_one_and_leaves_it_as_it_is(failed: Place) -> None:
    edit(failed, MENDED)

    done = failed.braid(
        "run", "w.braid.yaml", "--reuse", "last", "--run-id", "second", "-q", "-i", 'words=["a", "x", "c"]'
    )

    assert done.returncode == 0, done.stderr
    assert sorted(since(failed)) == sorted(["get x", "use get x", "join 3", "last", "after last", "tidy"])
    runs = {run["run_id"]: run["status"] for run in json.loads(failed.braid("runs", "--json").stdout)["runs"]}
    assert sorted(runs.values()) == ["failed", "succeeded"]
    assert runs["second"] == "succeeded"


def test_inputs_of_the_reused_run_are_taken_where_none_are_given(tmp_path: Path) -> None:
    place = Place(tmp_path, WORKFLOW)
    place.braid("run", "w.braid.yaml", "-q", "-i", 'words=["z"]')

    place.braid("run", "w.braid.yaml", "--reuse", "last", "-q")

    assert place.effects() == ["fetch", "get z", "use get z", "join 1", "last", "tidy", "last", "tidy"]


def test_a_reusing_run_that_is_killed_needs_the_other_one_no_more(failed: Place) -> None:
    edit(failed, (MENDED[0], 'call: "work:hold", with: {name: last}'))
    first = json.loads(failed.braid("runs", "--json").stdout)["runs"][0]["run_id"]

    failed.killed("last", command=("run", "w.braid.yaml", "--reuse", "last"))
    assert failed.braid("forget", first, "--yes").returncode == 0
    failed.let_go()

    assert failed.resumed()["status"] == "succeeded"
    assert since(failed) == ["last", "last", "after last", "tidy"]


def test_why_says_which_argument_changed(failed: Place) -> None:
    edit(failed, MENDED)
    failed.braid("resume", "last", "--edited", "-q")

    assert "argument 'call' changed" in failed.braid("why", "last", "last").stdout


def test_inputs_that_the_edited_file_does_not_take_are_refused_before_anything_runs(failed: Place) -> None:
    edit(failed, ("words: {type: array, default: [a, b, c]}", "words: {type: array, maxItems: 2}"))

    done = failed.braid("resume", "last", "--edited")

    assert done.returncode == 2
    assert "don't fit the workflow as it is now: input `words`" in done.stderr
    assert since(failed) == []


def test_an_edited_file_with_errors_is_told_and_the_run_is_as_it_was(failed: Place) -> None:
    edit(failed, ("{{ get }}", "{{ gte }}"))

    done = failed.braid("resume", "last", "--edited")

    assert done.returncode == 2
    assert "did you mean `get`" in done.stderr
    edit(failed, ("{{ gte }}", "{{ get }}"), MENDED)
    assert failed.braid("resume", "last", "--edited", "-q").returncode == 0
