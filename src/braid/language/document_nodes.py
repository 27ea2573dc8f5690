"""The values of a document with the places where they stand."""

from __future__ import annotations

from collections.abc import KeysView
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from braid.diagnostics import Source, Span
from braid.language.document_scalars import Scalar

if TYPE_CHECKING:
    from braid.language.document_offsets import ScalarMap

Style = Literal["plain", "single", "double", "literal", "folded"]

Value = Any  # Any: what YAML holds: None, bool, int, float, str, list and dict of these

# Structs, and spans made when asked for: 60,000 nodes are built for a 10,000-step file, and an object of a frozen
# dataclass costs eight times the time. Not frozen, for what is worked out late; no stage changes a value.


class ScalarNode(msgspec.Struct, eq=False):
    """One scalar.

    Attributes:
        value: Resolved by the YAML 1.2 core schema when `style` is plain, else `text`.
        text: The characters as YAML decodes them.
        source, start, end: Where it stands; see `span`.
    """

    value: Scalar
    text: str
    source: Source
    start: int
    end: int
    style: Style
    _map: ScalarMap | None = None

    @property
    def span(self) -> Span:
        """From the first to the last character, quotes and block header included, anchor and trailing
        empty lines excluded. Empty for a value that isn't there (`key:`).
        """
        return Span(self.source, self.start, self.end)

    def locate(self, start: int, end: int) -> Span:
        """The place in the file of `text[start:end]`.

        An escape, a doubled quote or a folded line break is one piece: a range that begins or ends
        inside it takes all of it. Offsets outside the text are clamped.
        """
        if self._map is None:
            from braid.language.document_offsets import ScalarMap  # 3 ms; only problems are placed

            self._map = ScalarMap(self.text, self.span, self.style)
        return self._map.locate(start, end)

    def to_value(self) -> Scalar:
        return self.value


class SequenceNode(msgspec.Struct, eq=False):
    """A list. Its span ends with its last item, or with the bracket."""

    items: list[Node]
    source: Source
    start: int
    end: int

    @property
    def span(self) -> Span:
        return Span(self.source, self.start, self.end)

    def to_value(self) -> list[Value]:
        # Recursion is safe: DEPTH_MAX bounds a document, aliases included.
        return [item.to_value() for item in self.items]


class Entry(msgspec.Struct, eq=False):
    """One key and its value."""

    key: ScalarNode
    value: Node


class MappingNode(msgspec.Struct, eq=False):
    """Keys, all text and all different, with their values, in the order of the file.

    Entries of a merge key (`<<`) stand where the merge key stands; a key of the mapping itself wins.
    """

    entries: list[Entry]
    source: Source
    start: int
    end: int
    _index: dict[str, Entry] | None = None

    @property
    def span(self) -> Span:
        return Span(self.source, self.start, self.end)

    def get(self, key: str) -> Node | None:
        entry = self._entries_by_key().get(key)
        return entry.value if entry else None

    def key_node(self, key: str) -> ScalarNode | None:
        entry = self._entries_by_key().get(key)
        return entry.key if entry else None

    def keys(self) -> KeysView[str]:
        return self._entries_by_key().keys()

    def __contains__(self, key: str) -> bool:
        return key in self._entries_by_key()

    def to_value(self) -> dict[str, Value]:
        return {entry.key.text: entry.value.to_value() for entry in self.entries}

    def _entries_by_key(self) -> dict[str, Entry]:
        if self._index is None:
            self._index = {entry.key.text: entry for entry in self.entries}
        return self._index


Node = ScalarNode | SequenceNode | MappingNode
