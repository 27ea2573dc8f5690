"""Regular expressions, of Python's `re`, without the patterns that could take for ever."""

import re
from functools import lru_cache
from typing import Any, Final

from braid.expressions.errors import EvaluationError
from braid.expressions.limits import OUTPUT_CHARS_MAX, REGEX_CHARS_MAX, REGEX_SUBJECT_CHARS_MAX
from braid.expressions.values import Value, too_long
from braid.expressions.vocabulary.patterns import endless_part
from braid.expressions.vocabulary.registry import Vocabulary, text_of

_section: Final = Vocabulary("Regular expressions")


@lru_cache(512)
def pattern_of(name: str, pattern: str, ignorecase: bool, multiline: bool) -> re.Pattern[str]:
    """The compiled pattern.

    Raises:
        EvaluationError: It is none, is longer than `REGEX_CHARS_MAX`, or repeats what itself repeats, as
            in `(a+)+`, for which matching can take exponential time, and Python can't be interrupted in it.
    """
    if len(pattern) > REGEX_CHARS_MAX:
        raise EvaluationError(f"`{name}`: the pattern has more than {REGEX_CHARS_MAX:,} characters", "limit")
    flags = (re.IGNORECASE if ignorecase else 0) | (re.MULTILINE if multiline else 0)
    try:
        compiled = re.compile(pattern, flags)
    except (re.error, RecursionError, OverflowError) as error:
        raise EvaluationError(f"`{name}`: this is no regular expression: {error}", "value") from None
    if endless_part(pattern, compiled.flags):
        raise EvaluationError(
            f"`{name}`: the pattern repeats a part that repeats or branches itself, which could take for ever",
            "limit",
            help="write the inner part so that each round must begin or end with another character: `(a+,)+`",
        )
    return compiled


def _subject(name: str, value: Value) -> str:
    text = text_of(name, value)
    if len(text) > REGEX_SUBJECT_CHARS_MAX:
        raise EvaluationError(f"`{name}`: the text has more than {REGEX_SUBJECT_CHARS_MAX:,} characters", "limit")
    return text


def search(name: str, value: Value, pattern: Value, ignorecase: bool, multiline: bool) -> re.Match[str] | None:
    """The first place where the pattern matches."""
    return pattern_of(name, text_of(name, pattern), ignorecase, multiline).search(_subject(name, value))


def _groups(match: re.Match[str]) -> Value:
    if match.re.groupindex:
        return match.groupdict()
    groups = match.groups()
    if not groups:
        return match[0]
    return groups[0] if len(groups) == 1 else list(groups)


@_section.define(
    "regex_search",
    "What the pattern finds first, else null: its one group, a list of its groups, an object of its named "
    "groups, or all of it.",
    "'id=42;' | regex_search('id=([0-9]+)')",
    "42",
)
def regex_search(value: Value, pattern: str, ignorecase: bool = False, multiline: bool = False) -> Value:
    match = search("regex_search", value, pattern, ignorecase, multiline)
    return None if match is None else _groups(match)


@_section.define(
    "regex_findall",
    "All that the pattern finds, each as in `regex_search`.",
    "'a1 b22' | regex_findall('[0-9]+')",
    ["1", "22"],
)
def regex_findall(value: Value, pattern: str, ignorecase: bool = False, multiline: bool = False) -> list[Value]:
    compiled = pattern_of("regex_findall", text_of("regex_findall", pattern), ignorecase, multiline)
    return [_groups(match) for match in compiled.finditer(_subject("regex_findall", value))]


@_section.define(
    "regex_replace",
    "What the pattern finds, replaced; `\\\\1` or `\\\\g<name>` stand for its groups.",
    "'a-b' | regex_replace('(.)-(.)', '\\\\2-\\\\1')",
    "b-a",
)
def regex_replace(
    value: Value, pattern: str, replacement: str = "", count: int = 0, ignorecase: bool = False, multiline: bool = False
) -> str:
    compiled = pattern_of("regex_replace", text_of("regex_replace", pattern), ignorecase, multiline)
    replacement = text_of("regex_replace", replacement)
    is_constant = "\\" not in replacement
    size = 0

    def expand(match: re.Match[str]) -> str:
        nonlocal size
        text = replacement if is_constant else match.expand(replacement)  # 3 µs for each match
        size += len(text)
        if size > OUTPUT_CHARS_MAX:
            raise too_long()
        return text

    try:
        return compiled.sub(expand, _subject("regex_replace", value), count=max(count, 0))
    except (re.error, IndexError) as error:
        raise EvaluationError(f"`regex_replace`: the replacement doesn't fit: {error}", "value") from None


@_section.define(
    "regex_split", "The parts between what the pattern finds.", "'a, b;c' | regex_split('[,;] *')", ["a", "b", "c"]
)
def regex_split(value: Value, pattern: str, maxsplit: int = 0) -> list[Any]:  # groups that took no part are null
    compiled = pattern_of("regex_split", text_of("regex_split", pattern), False, False)
    return compiled.split(_subject("regex_split", value), maxsplit=max(maxsplit, 0))


@_section.define("regex_escape", "A pattern that finds exactly this text.", "'a.b' | regex_escape", "a\\.b")
def regex_escape(value: Value) -> str:
    return re.escape(text_of("regex_escape", value))
