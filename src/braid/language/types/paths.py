"""Plain paths such as `forecast.items[0].city`: most expressions are one, and are typed without Jinja."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from braid.expressions.paths import PlainPath
from braid.language.types.findings import Finding, Names, Path, may_be_null, no_member, not_called, shown
from braid.language.types.lattice import METHOD, NEVER, PERHAPS_NULL, UNKNOWN, Type
from braid.language.types.members import member


def type_of_path(plain: PlainPath, names: Names, known: Mapping[Path, Type], found: list[Finding]) -> Type:
    """The type of the expression; what is wrong with it goes to `found`.

    Args:
        known: Paths of which conditions say more than their values' makers.
    """
    reference = plain.reference
    path = (reference.name, *reference.path)
    kind = type_of_keys(path, plain.ends, reference.start, names, known, found)
    if kind is METHOD:
        # Inside a larger expression it may be compared with something, which is foolish, but fails not.
        found.append(not_called(path, reference.start, reference.end))
        return UNKNOWN
    return kind


def type_of_keys(
    path: Path,
    ends: Sequence[int],
    start: int,
    names: Names,
    known: Mapping[Path, Type],
    found: list[Finding],
) -> Type:
    """From the longest part of the path of which something is known."""
    for count in range(len(path), 0, -1) if known else ():
        if path[:count] in known:
            return walk(path, count - 1, known[path[:count]], ends, start, found)
    name = path[0]
    if name == "steps":
        if len(path) < 2 or not isinstance(path[1], str):
            return UNKNOWN
        return walk(path, 1, names.record(path[1]), ends, start, found)
    return walk(path, 0, names.named(str(name)), ends, start, found)


def walk(path: Path, taken: int, kind: Type, ends: Sequence[int], start: int, found: list[Finding]) -> Type:
    """The type of what the keys after the first `taken` lead to.

    Args:
        path: A name and its keys.
        kind: What stands at the last key taken.
        ends: For the name and each key, the offset where it ends.
    """
    warned = False
    for index in range(taken, len(path) - 1):
        if kind is UNKNOWN or kind is NEVER:
            return kind
        key = path[index + 1]
        inner, null = member(kind, key)
        if inner is NEVER:
            if kind is PERHAPS_NULL:
                return UNKNOWN
            found.append(no_member(path[: index + 1], kind, key, start, ends[index + 1]))
            return UNKNOWN
        if null and not warned:
            found.append(may_be_null(path[: index + 1], shown(path), start, ends[index]))
            warned = True
        kind = inner
    return kind
