"""Fixes for what was certainly a slip. Only diagnostics need this, so nothing else may import it at a start."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import yaml

from braid.diagnostics.fix import Edit, Fix
from braid.diagnostics.source import Source, Span
from braid.language.document_nodes import ScalarNode
from braid.language.names import FOREIGN_KEYS

_CHARS_MIN = 4
_CHARS_MIN_OTHER_LETTER = 6
"""`when` is no slip of `then`: with another letter in it a short word is another word."""

_TAB_FILE_CHARS_MAX = 1_000_000
_INDENTS = ("  ", "    ", "        ")


def respelled(node: ScalarNode | None, candidates: Iterable[str]) -> Fix | None:
    """The fix for a misspelt word of a closed set, if no other word can have been meant."""
    if node is None or node.style != "plain" or node.text in FOREIGN_KEYS:
        return None
    meant = certainly_meant(node.text, candidates)
    return Fix(f"wrote `{meant}` for `{node.text}`", (Edit(node.span, meant),)) if meant else None


def certainly_meant(word: str, candidates: Iterable[str]) -> str | None:
    """The only candidate that one slip makes of a word.

    A slip is a letter too many or too few, two neighbours swapped, another letter in a word of at least
    `_CHARS_MIN_OTHER_LETTER`, or other case and separators (`maxConcurrency`). Two candidates are none.
    """
    return _meant(word, tuple(dict.fromkeys(candidates)))


# The same slip is often made again and again.
@lru_cache(maxsize=256)
def _meant(word: str, known: tuple[str, ...]) -> str | None:
    plain = _plain(word)
    same = [each for each in known if _plain(each) == plain]
    if same:
        return same[0] if len(same) == 1 and same[0] != word else None
    near = [each for each in known if _is_one_edit_away(word, each)]
    if len(near) != 1 or min(len(word), len(near[0])) < _CHARS_MIN:
        return None
    # In a short word another letter makes another word.
    is_other_letter = len(word) == len(near[0]) and sorted(word) != sorted(near[0])
    return None if is_other_letter and len(word) < _CHARS_MIN_OTHER_LETTER else near[0]


def _plain(word: str) -> str:
    return word.casefold().replace("-", "").replace("_", "")


def _is_one_edit_away(word: str, other: str) -> bool:
    if len(word) > len(other):
        word, other = other, word
    start = 0
    while start < len(word) and word[start] == other[start]:
        start += 1
    if len(word) + 1 == len(other):
        return word[start:] == other[start + 1 :]
    if len(word) != len(other) or word == other:
        return False
    if word[start + 1 :] == other[start + 1 :]:
        return True
    return word[start : start + 2] == other[start : start + 2][::-1] and word[start + 2 :] == other[start + 2 :]


def without_tabs(source: Source) -> Fix | None:
    """The fix for tabs in the indentation, if all widths of a tab that can be read mean the same file.

    Tabs inside of a text that goes over several lines belong to the text: with another width it would be another one,
    so there is no fix then.
    """
    if len(source.text) > _TAB_FILE_CHARS_MAX:
        return None
    for only_leading in (True, False):
        edits = _tab_edits(source, only_leading)
        if edits and (indent := _only_meaning(source.text, edits)) is not None:
            title = f"indented {len(edits)} line{'s' if len(edits) > 1 else ''} by spaces"
            return Fix(title, tuple(Edit(span, _widened(span.text, indent)) for span in edits))
    return None


def _tab_edits(source: Source, only_leading: bool) -> list[Span]:
    spans = []
    position = 0
    for line in source.text.splitlines(keepends=True):
        lead = len(line) - len(line.lstrip(" \t"))
        if "\t" in line[:lead] and (line[0] == "\t" or not only_leading):
            spans.append(Span(source, position, position + lead))
        position += len(line)
    return spans


def _widened(lead: str, indent: str) -> str:
    return lead.replace("\t", indent)


def _only_meaning(text: str, spans: list[Span]) -> str | None:
    """The narrowest indentation that can be read, if all that can be read say the same."""
    meanings: dict[str, list[tuple[str, ...]]] = {}
    for indent in _INDENTS:
        changed, position = [], 0
        for span in spans:
            changed += [text[position : span.start], _widened(span.text, indent)]
            position = span.end
        meaning = _meaning("".join([*changed, text[position:]]))
        if meaning is not None:
            meanings[indent] = meaning
    first = next(iter(meanings), None)
    return first if first is not None and all(each == meanings[first] for each in meanings.values()) else None


def _meaning(text: str) -> list[tuple[str, ...]] | None:
    """What YAML reads, without places; None when it can't. A list of events: no alias is followed."""
    try:
        return [
            (type(event).__name__, str(getattr(event, "anchor", "")), str(getattr(event, "value", "")))
            for event in yaml.parse(text, Loader=yaml.CSafeLoader)
        ]
    except yaml.YAMLError:
        return None
