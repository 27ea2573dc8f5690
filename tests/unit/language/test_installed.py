"""Entry points are those that `importlib.metadata` knows, whether or not it is asked."""

from __future__ import annotations

import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest

from braid.language.installed import GROUP, all_points, own_points
from braid.language.task_kind import TaskKindError, TaskRegistry


def installed(folder: Path, name: str, points: str) -> None:
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(points)


def test_those_of_braid_are_those_that_it_declares() -> None:
    declared = {point.name: point.value for point in distribution("braidflow").entry_points if point.group == GROUP}

    assert {name: point.value for name, point in own_points().items()} == declared
    assert all(own_points()[name].load().name == name for name in declared)


def test_a_plug_in_is_found_and_takes_no_name_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(tmp_path, "others", f"[{GROUP}]\nsing = songs:Sing\nlog = songs:Log\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])

    assert all_points()["sing"].value == "songs:Sing"
    assert all_points()["log"].value == own_points()["log"].value
    registry = TaskRegistry()
    assert "sing" in registry
    assert "dance" not in registry
    with pytest.raises(TaskKindError, match="songs:Sing"):
        registry.get("sing")


def test_without_a_folder_of_its_own_braid_is_asked_of_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("braid.language.installed.sys.path", ["/nowhere", ""])

    assert own_points() == {}


def test_sections_of_other_groups_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(
        tmp_path, "braidflow", f"[console_scripts]\nbraid = a:b\n\n[{GROUP}]\nlog = a:Log\n# x = y\n\n[more]\nc = d:E\n"
    )
    monkeypatch.setattr(sys, "path", [str(tmp_path)])

    assert {name: point.value for name, point in own_points().items()} == {"log": "a:Log"}
