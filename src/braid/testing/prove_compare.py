"""Where two results or two folders differ, and where they differ without any crash. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from braid.testing.prove_folder import FileState
from braid.testing.prove_life import Json

SHOWN_CHARS_MAX = 60

JsonPath = tuple[str | int, ...]
"""Keys and indexes from the root of a result."""


@dataclass(frozen=True, slots=True)
class End:
    """How a run ended: its result, and the files that it changed."""

    result: Json
    files: Mapping[str, FileState]


@dataclass(frozen=True, slots=True)
class Difference:
    """`now` and `whole` are for people."""

    place: str
    now: str
    whole: str

    def __str__(self) -> str:
        return f"{self.place}: {self.now}; without a crash {self.whole}"


class Standard:
    """What every run has to come to: the ends of whole runs.

    Attributes:
        ends: Of which the first is what others are compared with.
        unstable_results: Where they differ among themselves, so that nothing can be said of others.
        unstable_files: As above.
    """

    def __init__(self, ends: Sequence[End]) -> None:
        self.ends = tuple(ends)
        first = self.ends[0]
        self.unstable_results: frozenset[JsonPath] = frozenset(
            path for end in self.ends[1:] for path in differing_paths(first.result, end.result)
        )
        self.unstable_files: frozenset[str] = frozenset(
            name for end in self.ends[1:] for name in differing_files(first.files, end.files)
        )

    def result_differences(self, end: End) -> list[Difference]:
        """Where a result isn't what it has to be."""
        whole = self.ends[0].result
        return [
            Difference(path_text(path), _shown(end.result, path), _shown(whole, path))
            for path in differing_paths(whole, end.result)
            if not any(path[: len(unstable)] == unstable for unstable in self.unstable_results)
        ]

    def file_differences(self, end: End) -> list[Difference]:
        """Files that aren't what they have to be."""
        whole = self.ends[0].files
        return [
            Difference(f"`{name}`", _told(end.files.get(name)), _told(whole.get(name)))
            for name in sorted(differing_files(whole, end.files))
            if name not in self.unstable_files
        ]


def differing_paths(first: Json, second: Json, path: JsonPath = ()) -> Iterator[JsonPath]:
    """The innermost places where two JSON values differ."""
    match first, second:
        case dict(), dict() if first.keys() == second.keys():
            for key in first:
                yield from differing_paths(first[key], second[key], (*path, key))
        case list(), list() if len(first) == len(second):
            for index, (one, other) in enumerate(zip(first, second, strict=True)):
                yield from differing_paths(one, other, (*path, index))
        case _:
            # Python's 1 == True == 1.0 are different values of a workflow.
            if type(first) is not type(second) or first != second:
                yield path


def differing_files(first: Mapping[str, FileState], second: Mapping[str, FileState]) -> Iterator[str]:
    """Names of files that aren't the same."""
    for name in {**first, **second}:
        if first.get(name) != second.get(name):
            yield name


def path_text(path: JsonPath) -> str:
    """Such as `output.cities[2]`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".") or "the result"


def _shown(value: Json, path: JsonPath) -> str:
    import json

    for part in path:
        value = value[part]
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN_CHARS_MAX else f"{text[:SHOWN_CHARS_MAX]}…"


def _told(state: FileState | None) -> str:
    return "as it was before" if state is None else state.told
