"""Where the journal lies."""

from __future__ import annotations

from pathlib import Path

import pytest

from braid.journal.state_folder import make_state_folder, nearest_state_folder, state_folder


def test_a_given_folder_wins_over_the_variable_and_that_over_the_workflow_s() -> None:
    given, workflow = Path("given"), Path("/flows")
    assert state_folder(workflow, given, {"BRAID_STATE": "/variable"}) == given
    assert state_folder(workflow, None, {"BRAID_STATE": "/variable"}) == Path("/variable")
    assert state_folder(workflow, None, {"BRAID_STATE": ""}) == Path("/flows/.braid")
    assert state_folder(workflow, None, {}) == Path("/flows/.braid")


def test_without_a_file_the_nearest_folder_upwards_is_taken(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    (tmp_path / ".braid").mkdir()
    assert nearest_state_folder(deep, None, {}) == tmp_path / ".braid"
    (tmp_path / "a" / ".braid").mkdir()
    assert nearest_state_folder(deep, None, {}) == tmp_path / "a" / ".braid"
    # A file of that name is no state folder.
    (deep / ".braid").write_text("")
    assert nearest_state_folder(deep, None, {}) == tmp_path / "a" / ".braid"
    assert nearest_state_folder(deep, Path("given"), {"BRAID_STATE": "variable"}) == Path("given")
    assert nearest_state_folder(deep, None, {"BRAID_STATE": "variable"}) == Path("variable")


def test_a_relative_start_is_one_of_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".braid").mkdir()
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    assert nearest_state_folder(Path(), None, {}) == tmp_path / ".braid"


def test_where_there_is_none_none_is_found(tmp_path: Path) -> None:
    found = nearest_state_folder(tmp_path, None, {})
    # A machine may have one above its temporary folder.
    assert found is None or not found.is_relative_to(tmp_path)


def test_a_new_folder_is_ignored_by_git_and_one_that_is_there_is_left_alone(tmp_path: Path) -> None:
    make_state_folder(tmp_path / "deep" / ".braid")
    ignored = tmp_path / "deep" / ".braid" / ".gitignore"
    assert "*" in ignored.read_text().splitlines()

    ignored.write_text("# mine\n")
    make_state_folder(tmp_path / "deep" / ".braid")
    assert ignored.read_text() == "# mine\n"


def test_a_folder_that_can_t_be_made_is_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        make_state_folder(tmp_path / "file" / ".braid")
