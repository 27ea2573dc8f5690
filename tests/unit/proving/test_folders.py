"""Copies of a folder, and what changed in them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from braid.testing import prove_folder
from braid.testing.prove_folder import FileState, FolderError, Template


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "made"
    (made / "deep").mkdir(parents=True)
    (made / "a.txt").write_text("aaa")
    (made / "deep" / "b.txt").write_text("b")
    (made / "link").symlink_to("a.txt")
    (made / ".braid").mkdir()
    (made / ".braid" / "journal.sqlite").write_text("no matter")
    return made


def copied(folder: Path, name: str = "copy") -> tuple[Template, Path]:
    template, copy = Template(folder), folder.parent / name
    template.copy(copy)
    return template, copy


def told(changes: dict[str, FileState]) -> dict[str, str]:
    return {name: state.told for name, state in changes.items()}


def test_a_copy_has_all_but_what_is_left_out(folder: Path) -> None:
    _, copy = copied(folder)

    assert sorted(path.relative_to(copy).as_posix() for path in copy.rglob("*")) == [
        "a.txt",
        "deep",
        "deep/b.txt",
        "link",
    ]
    assert os.readlink(copy / "link") == "a.txt"

    Template(folder, ["*.txt"]).copy(folder.parent / "less")
    assert sorted(path.name for path in (folder.parent / "less").rglob("*")) == ["deep", "link"]


def test_an_untouched_copy_has_no_changes_and_neither_has_one_written_as_it_was(folder: Path) -> None:
    template, copy = copied(folder)
    assert template.changes(copy) == {}

    (copy / "a.txt").write_text("aaa")
    assert template.changes(copy) == {}


def test_new_changed_and_missing_files_are_changes(folder: Path) -> None:
    template, copy = copied(folder)
    (copy / "a.txt").write_text("abc")
    (copy / "new.txt").write_text("n")
    (copy / "deep" / "b.txt").unlink()
    (copy / "link").unlink()
    (copy / "link").symlink_to("new.txt")

    assert told(template.changes(copy)) == {
        "a.txt": "3 bytes",
        "new.txt": "1 byte",
        "deep/b.txt": "gone",
        "link": "a link",
    }


def test_the_same_change_is_the_same_in_every_copy_though_it_names_the_copy(folder: Path) -> None:
    template, first = copied(folder)
    second = folder.parent / "other"
    template.copy(second)
    for copy in (first, second):
        (copy / "here.txt").write_text(f"at {copy}/x")

    assert template.changes(first) == template.changes(second)
    (second / "here.txt").write_text(f"at {second}/y")
    assert template.changes(first) != template.changes(second)


def test_too_many_files_are_refused_with_the_way_out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prove_folder, "FILES_MAX", 2)

    with pytest.raises(FolderError, match=r"has more than 2 files .* `--leave-out PATTERN`"):
        Template(folder)
    Template(folder, ["deep"])


def test_copies_may_lie_in_the_folder_that_is_copied(folder: Path) -> None:
    template = Template(folder)
    for name in ("one", "two"):
        template.copy(folder / name)

    assert sorted(path.name for path in (folder / "two").iterdir()) == ["a.txt", "deep", "link"]
    assert template.changes(folder / "two") == {}


def test_empty_folders_are_copied_and_pipes_are_not(folder: Path) -> None:
    (folder / "empty").mkdir()
    os.mkfifo(folder / "pipe")

    _, copy = copied(folder)

    assert (copy / "empty").is_dir()
    assert not (copy / "pipe").exists()
