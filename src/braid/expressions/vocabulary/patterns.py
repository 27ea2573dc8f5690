"""Which regular expressions could take exponential time."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

# Python's own parser of patterns; private, hence looked up so that a Python without it refuses nothing else.
_parser: Final[Any] = getattr(re, "_parser", None)  # Any: a private module without types

_REPEATS: Final = frozenset({"MAX_REPEAT", "MIN_REPEAT"})
_CHARACTERS: Final = "".join(map(chr, range(256)))
_DEPTH_MAX: Final = 50


def endless_part(pattern: str, flags: int) -> bool:
    """Whether a repeated part can match one text in several ways.

    That is so where the part repeats something itself and no character must stand between two of its
    rounds that the inner repetition doesn't match: `(a+)+`, `(a|b+)*`, `(\\w+\\s?)+`; and where it has
    alternatives of which two can begin with the same character: `(a|ab)*`. Everything that is refused
    could be harmless; nothing harmful of these shapes passes. Several repetitions in a row (`.*.*x`) take
    polynomial time and are bounded by the length of the text only.
    """
    return _endless(list(_parser.parse(pattern, flags & ~re.UNICODE)), flags, 0)


def _endless(nodes: list[Any], flags: int, depth: int) -> bool:
    if depth > _DEPTH_MAX:
        return True
    for operation, argument in nodes:
        name = str(operation)
        if name in _REPEATS:
            _, most, body = argument
            if most > 1 and _ambiguous(list(body), flags, depth):
                return True
        if any(_endless(part, flags, depth + 1) for part in _bodies(name, argument)):
            return True
    return False


def _bodies(name: str, argument: Any) -> list[list[Any]]:
    """The sequences inside a node."""
    if name in _REPEATS or name == "POSSESSIVE_REPEAT":
        return [list(argument[2])]
    if name == "SUBPATTERN":
        return [list(argument[3])]
    if name == "BRANCH":
        return [list(branch) for branch in argument[1]]
    if name in ("ASSERT", "ASSERT_NOT"):
        return [list(argument[1])]
    if name == "ATOMIC_GROUP":
        return [list(argument)]
    if name == "GROUPREF_EXISTS":
        return [list(part) for part in argument[1:] if part]
    return []


def _ambiguous(body: list[Any], flags: int, depth: int) -> bool:
    """Whether two rounds of `body` can share out one text differently."""
    if depth > _DEPTH_MAX:
        return True
    body = _opened(body)
    for index, (operation, argument) in enumerate(body):
        name = str(operation)
        others = body[:index] + body[index + 1 :]
        if name in _REPEATS and argument[0] != argument[1]:
            inner = _letters(list(argument[2]), flags)
            if inner is None or not any(_separates(other, inner, flags) for other in others):
                return True
        elif name == "BRANCH" and _overlapping([list(branch) for branch in argument[1]], flags):
            return True
    return False


def _opened(body: list[Any]) -> list[Any]:
    """Without groups that only hold the sequence together."""
    result = []
    for operation, argument in body:
        if str(operation) == "SUBPATTERN":
            result.extend(_opened(list(argument[3])))
        else:
            result.append((operation, argument))
    return result


def _has_choice(body: list[Any]) -> bool:
    return any(str(operation) in _REPEATS | {"BRANCH"} for operation, _ in body)


def _separates(node: Any, inner: frozenset[str], flags: int) -> bool:
    letters = _letters([node], flags)
    return letters is not None and not letters & inner


def _letters(body: list[Any], flags: int) -> frozenset[str] | None:
    """The Latin-1 characters that a sequence of one obligatory character matches; None if it is another."""
    if len(body) != 1:
        return None
    operation, argument = body[0]
    name = str(operation)
    if name == "SUBPATTERN":
        return _letters(list(argument[3]), flags)
    if name in _REPEATS:
        return _letters(list(argument[2]), flags) if argument[0] >= 1 else None
    if name in ("LITERAL", "NOT_LITERAL", "ANY", "IN"):
        return _matched(name, argument, flags)
    return None


@lru_cache(1_024)
def _literal(code: int, flags: int) -> frozenset[str]:
    letter = chr(code)
    both = {letter, letter.lower(), letter.upper()} if flags & re.IGNORECASE else {letter}
    return frozenset(both)


def _matched(name: str, argument: Any, flags: int) -> frozenset[str]:
    if name == "IN":
        return _matched_set(argument, flags)
    if name == "LITERAL":
        return _literal(argument, flags)
    everything = frozenset(_CHARACTERS) | {"other"}
    return everything - _literal(argument, flags) if name == "NOT_LITERAL" else everything


_CATEGORIES: Final[dict[str, Callable[[str], bool]]] = {
    "CATEGORY_DIGIT": str.isdecimal,
    "CATEGORY_SPACE": str.isspace,
    "CATEGORY_WORD": lambda letter: letter.isalnum() or letter == "_",
}


def _matched_set(members: Any, flags: int) -> frozenset[str]:
    found: set[str] = set()
    negated = False
    for operation, argument in members:
        match str(operation):
            case "NEGATE":
                negated = True
            case "LITERAL":
                found |= _literal(argument, flags)
            case "RANGE":
                low, high = argument
                for code in range(low, min(high, 255) + 1):
                    found |= _literal(code, flags)
                if high > 255:
                    found.add("other")
            case _:
                found |= _category(str(argument))
    if negated:
        return frozenset(_CHARACTERS) - found | {"other"}
    return frozenset(found)


def _category(name: str) -> set[str]:
    negative = "_NOT_" in name
    test = _CATEGORIES.get(name.replace("_NOT_", "_"))
    if test is None:
        return {*_CHARACTERS, "other"}
    return {letter for letter in _CHARACTERS if test(letter) != negative} | {"other"}


def _overlapping(branches: list[list[Any]], flags: int) -> bool:
    """Whether two alternatives can begin with the same character."""
    seen: set[str] = set()
    for branch in branches:
        letters = _letters(branch[:1], flags)
        if letters is None or letters & seen:
            return True
        if any(_has_choice([node]) for node in _opened(branch)) and len(branch) == 1:
            return True
        seen |= letters
    return False
