"""The fix for an id with a hyphen: its new name at all places of the file that speak of the step."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from braid.diagnostics import Diagnostic
from braid.diagnostics.fix import Edit, Fix
from braid.diagnostics.source import Span
from braid.language.document import MappingNode, Node, ScalarNode, SequenceNode
from braid.language.names import id_problem

RENAMES_MAX = 50
"""Ids of one file that get a fix at once: each looks at all texts of the file."""

_BARE = frozenset({"if", "when", "while", "until", "where", "that", "assert", "wait", "merge", "break", "continue"})
"""Keys whose value is an expression without `{{ }}`."""

_CODE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_TOKEN = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|(?P<name>[A-Za-z_][\w.-]*)", re.DOTALL)
_BY_KEY = re.compile(r"(?<![\w.])steps\s*\[\s*(?P<quote>['\"])(?P<name>[\w-]+)(?P=quote)\s*\]")


class _Place(msgspec.Struct, frozen=True):
    """A scalar, and the key that it is a value of or stands in a list under."""

    key: str
    node: ScalarNode


def with_renames(diagnostics: Iterable[Diagnostic], root: Node) -> list[Diagnostic]:
    """The diagnostics, those of ids with a hyphen with a fix where the new name can be written everywhere."""
    places = list(_places(root, ""))
    found: list[Diagnostic] = []
    left = RENAMES_MAX
    for each in diagnostics:
        if each.code == "hyphen-in-id" and left > 0:
            left -= 1
            each = _with_rename(each, places)
        found.append(each)
    return found


def _with_rename(diagnostic: Diagnostic, places: list[_Place]) -> Diagnostic:
    old = next((place.node.text for place in places if place.node.span == diagnostic.span), "")
    fix = _rename(old, old.replace("-", "_").lower(), places) if old else None
    return msgspec.structs.replace(diagnostic, fix=fix)


def _rename(old: str, new: str, places: list[_Place]) -> Fix | None:
    named = [place.node.text for place in places if place.key in ("id", "as")]
    taken = {name.replace("-", "_").lower() for name in named if name != old}
    if id_problem(new) is not None or new in taken or named.count(old) != 1:
        return None
    edits: dict[Span, Edit] = {}
    for place in places:
        for span in _mentions(old, place):
            if span.text != old:
                return None  # an escape or a fold stands in the middle of the name
            edits[span] = Edit(span, new)
    # `price-tax` is a difference where both are names.
    if len(edits) > 1 and all(part in named or part == "item" for part in old.split("-")):
        return None
    count = f", at {len(edits)} places" if len(edits) > 1 else ""
    return Fix(f"renamed `{old}` to `{new}`{count}", tuple(edits[span] for span in sorted(edits)))


def _places(node: Node, key: str) -> Iterator[_Place]:
    # Recursion is safe: DEPTH_MAX bounds a document.
    match node:
        case MappingNode():
            for entry in node.entries:
                yield from _places(entry.value, entry.key.text)
        case SequenceNode():
            for item in node.items:
                yield from _places(item, key)
        case ScalarNode(value=str()):
            yield _Place(key, node)


def _mentions(name: str, place: _Place) -> Iterator[Span]:
    text = place.node.text
    if name not in text:
        return
    if place.key in ("id", "as", "needs", "goto", "to") and text == name:
        yield _inner_span(place.node)
        return
    bare = place.key in _BARE and "{{" not in text
    for start, end in [(0, len(text))] if bare else (found.span() for found in _CODE.finditer(text)):
        for at in sorted({*_in_names(name, text, start, end), *_in_keys(name, text, start, end)}):
            yield place.node.locate(at, at + len(name))


def _inner_span(node: ScalarNode) -> Span:
    return node.locate(0, len(node.text))


def _in_names(name: str, text: str, start: int, end: int) -> Iterator[int]:
    """Where an expression has the name as a word of its own, or after `steps.`; texts in quotes are passed over."""
    for token in _TOKEN.finditer(text, start, end):
        word = token["name"] or ""
        offset = len("steps.") if word.startswith("steps.") else 0
        before = text[token.start() - 1 : token.start()] if token.start() else ""
        if before in (".", "|") or (word[offset:] != name and not word[offset:].startswith(f"{name}.")):
            continue
        yield token.start() + offset


def _in_keys(name: str, text: str, start: int, end: int) -> Iterator[int]:
    for found in _BY_KEY.finditer(text, start, end):
        if found["name"] == name:
            yield found.start("name")
