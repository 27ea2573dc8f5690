"""Where results and files differ, and what is left out because it differs anyway."""

from __future__ import annotations

from typing import Any

import pytest

from braid.testing.prove_compare import End, Standard, differing_paths, path_text
from braid.testing.prove_folder import FileState


def end(result: Any, **files: str) -> End:  # Any: JSON
    return End(result, {name: FileState(told) for name, told in files.items()})


@pytest.mark.parametrize(
    ("first", "second", "paths"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, [("a", 1, "b")]),
        ([1, 2], [1], [()]),
        ({"a": 1}, {"b": 1}, [()]),
        ({"a": 1}, {"a": True}, [("a",)]),
        ({"a": 1}, {"a": 1.0}, [("a",)]),
        ({"a": None}, {"a": {}}, [("a",)]),
        ("x", "y", [()]),
    ],
)
def test_the_innermost_places_are_named(first: Any, second: Any, paths: list[tuple[str | int, ...]]) -> None:
    assert list(differing_paths(first, second)) == paths
    assert list(differing_paths(second, first)) == paths


def test_places_read_like_expressions() -> None:
    assert path_text(("output", "cities", 2, "name")) == "output.cities[2].name"
    assert path_text(()) == "the result"


def test_what_differs_between_whole_runs_is_not_compared() -> None:
    standard = Standard([end({"id": 1, "n": 5}, log="3 bytes", out="1 byte"), end({"id": 2, "n": 5}, log="4 bytes")])

    assert standard.unstable_results == {("id",)}
    assert standard.unstable_files == {"log", "out"}
    assert standard.result_differences(end({"id": 3, "n": 5})) == []
    assert [str(each) for each in standard.result_differences(end({"id": 3, "n": 6}))] == ["n: 6; without a crash 5"]
    assert standard.file_differences(end({}, log="9 bytes")) == []


def test_inside_of_an_unstable_place_nothing_is_compared_but_around_it_is() -> None:
    standard = Standard([end({"a": {"b": [1]}}), end({"a": {"b": [1, 2]}})])

    assert standard.result_differences(end({"a": {"b": [7]}})) == []
    assert [each.place for each in standard.result_differences(end({"a": None}))] == ["a"]


def test_files_that_are_missing_or_more_are_differences() -> None:
    standard = Standard([end({}, kept="1 byte", missing="1 byte")])

    found = [str(each) for each in standard.file_differences(end({}, kept="1 byte", more="2 bytes"))]

    assert found == [
        "`missing`: as it was before; without a crash 1 byte",
        "`more`: 2 bytes; without a crash as it was before",
    ]


def test_a_long_value_is_cut() -> None:
    standard = Standard([end({"text": "a" * 1000})])

    assert len(standard.result_differences(end({"text": "b" * 1000}))[0].now) < 100
