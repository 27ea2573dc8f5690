"""Did you mean …?"""

from __future__ import annotations

from collections.abc import Iterable

# 500 distances of ordinary names take about 15 ms; a file with more names than that gets a
# suggestion from the first ones that are alike.
_DISTANCES_MAX = 500
_NAME_CHARS_MAX = 64


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that was probably meant, or None rather than a silly guess.

    Case and the difference between `-` and `_` don't count. Otherwise up to a third of the
    characters (at most 3, and none in names of one or two) may be wrong, missing, superfluous or
    swapped with their neighbour (optimal string alignment distance). Of equals the first wins.
    """
    wanted = _plain(name)
    allowed = min(len(wanted) // 3, 3)
    alike: list[tuple[str, str]] = []
    for candidate in candidates:
        if candidate == name:
            continue
        given = _plain(candidate)
        if given == wanted:
            return candidate
        if len(alike) < _DISTANCES_MAX and _may_be_alike(wanted, given, allowed):
            alike.append((candidate, given))
    if len(wanted) > _NAME_CHARS_MAX:
        return None
    best, best_distance = None, allowed + 1
    for candidate, given in alike:
        distance = _distance(wanted, given, best_distance)
        if distance < best_distance:
            best, best_distance = candidate, distance
    return best


def _plain(name: str) -> str:
    return name.casefold().replace("-", "").replace("_", "")


def _may_be_alike(wanted: str, given: str, allowed: int) -> bool:
    if not allowed or abs(len(wanted) - len(given)) > allowed:
        return False
    # Each edit changes the set of characters by at most two.
    return len(set(wanted) ^ set(given)) <= 2 * allowed


def _distance(a: str, b: str, bound: int) -> int:
    """Optimal string alignment distance, or `bound` as soon as it can't be less."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, left in enumerate(a):
        row_before, before = before, row
        row = [i + 1]
        for j, right in enumerate(b):
            cost = min(before[j + 1] + 1, row[j] + 1, before[j] + (left != right))
            if i and j and left == b[j - 1] and a[i - 1] == right:
                cost = min(cost, row_before[j - 1] + 1)
            row.append(cost)
        if min(row) >= bound:
            return bound
    return row[-1]
