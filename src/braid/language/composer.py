"""YAML events to nodes: our own composer, without recursion and with bounds on everything.

PyYAML's `compose()` crashes the interpreter on deep nesting, keeps duplicate keys and lets aliases
multiply; its event stream does none of that. What this module refuses it refuses while reading, so
that a hostile file costs no more than the part that was needed to recognise it.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

import msgspec
import yaml
from yaml.cyaml import CParser
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from braid.diagnostics import (
    ALIAS_NODES_MAX,
    DEPTH_MAX,
    DIAGNOSTICS_KEPT_MAX,
    NODES_MAX,
    SCALAR_CHARS_MAX,
    Diagnostic,
    Source,
    Span,
)
from braid.language import document_problems as problems
from braid.language.document_nodes import Entry, MappingNode, Node, ScalarNode, SequenceNode, Style
from braid.language.document_scalars import NumberTooLargeError, Scalar, resolve_plain

_STYLES: Final[dict[str | None, Style]] = {
    None: "plain",
    "": "plain",
    "'": "single",
    '"': "double",
    "|": "literal",
    ">": "folded",
}
# What libyaml counts as part of a node but an author does not: anchors, tags and what follows them.
_PROPERTIES = re.compile(r"(?:[&!]\S*|\s+|#[^\r\n]*)*")
# For did-you-mean only: a file with more anchors gets no guess from the later
# ones, and one with many unknown aliases none for the later ones.
_ANCHORS_COMPARED_MAX: Final = 500
_GUESSES_MAX: Final = 20
# Other unquoted text can't be anything but text.
_RESOLVED_STARTS: Final = frozenset(("", *"0123456789+-.~nNtTfF"))
_BLANK: Final = " \t\r\n\x85\u2028\u2029"


class TooManyProblemsError(Exception):
    """Reading ends here: a limit was passed, and going on would only cost time."""


class _Frame(msgspec.Struct):
    """A list or mapping that is being read."""

    start: int
    flow: bool
    anchor: str | None
    is_value: bool  # False: it stands where a key should
    quiet: bool  # inside something that has been reported already
    seen: dict[str, Entry] | None = None  # keys of a mapping; None for a list
    items: list[Node] = msgspec.field(default_factory=list)
    entries: list[Entry] = msgspec.field(default_factory=list)
    key: ScalarNode | None = None
    wants_value: bool = False
    size: int = 1
    height: int = 1
    merges: list[tuple[int, ScalarNode, Node]] | None = None


class _Anchor(msgspec.Struct):
    node: Node | None  # None while it is being read
    span: Span
    size: int = 1
    height: int = 0


class Composer:
    """Reads one text into one node; what is wrong goes to `problems`.

    After `yaml.YAMLError` or `TooManyProblemsError` there is no root, but `problems` has what was
    found before.
    """

    def __init__(self, source: Source, text: str) -> None:
        self.root: Node | None = None
        self.problems: list[Diagnostic] = []
        self._source = source
        self._text = text
        self._stack: list[_Frame] = []
        self._anchors: dict[str, _Anchor] = {}
        self._nodes = 0
        self._alias_nodes = 0
        self._end = 0  # of the last scalar, alias or bracket: where a block collection ends
        self._documents = 0

    def read(self) -> None:
        """Read everything.

        Raises:
            yaml.YAMLError: The text is no YAML.
            TooManyProblemsError: A limit was passed.
        """
        parser = CParser(self._text)
        while True:
            event = parser.get_event()
            kind = type(event)
            if kind is ScalarEvent:
                self._scalar(event)
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                self._open(event)
            elif kind is AliasEvent:
                self._alias(event)
            elif kind is StreamEndEvent or event is None:
                return
            elif kind is DocumentStartEvent:
                self._documents += 1
                if self._documents > 1:
                    self._report(problems.several_documents(self._span(event)))
                    return
            elif self._stack and kind.__name__.endswith("EndEvent"):
                self._close(event)

    # Events

    def _scalar(self, event: ScalarEvent) -> None:
        text: str = event.value
        start: int = event.start_mark.index
        end: int = event.end_mark.index
        self._nodes += 1
        if event.anchor or event.tag:
            start = self._skip_properties(event, start, end)
        style = _STYLES[event.style]
        if style in {"literal", "folded"}:
            # libyaml's end mark stands after the empty lines that follow the block.
            end = start + len(self._text[start:end].rstrip(_BLANK))
        self._end = end
        value: Scalar = text
        if style == "plain" and text[:1] in _RESOLVED_STARTS:
            value = self._resolve(text, start, end)
        node = ScalarNode(value, text, self._source, start, end, style)
        if len(text) > SCALAR_CHARS_MAX:
            self._report(problems.too_long(node.span, len(text)), final=True)
        if self._nodes > NODES_MAX:
            self._report(problems.too_many_nodes(node.span), final=True)
        if event.anchor:
            self._anchors[event.anchor] = _Anchor(node, node.span)
        self._add(node, 1, 0)

    def _resolve(self, text: str, start: int, end: int) -> Scalar:
        try:
            return resolve_plain(text)
        except NumberTooLargeError as error:
            self._report(problems.number_too_large(Span(self._source, start, end), str(error)))
            return text

    def _open(self, event: MappingStartEvent | SequenceStartEvent) -> None:
        start: int = event.start_mark.index
        if event.anchor or event.tag:
            start = self._skip_properties(event, start, len(self._text))
        self._nodes += 1
        if len(self._stack) >= DEPTH_MAX:
            self._report(problems.too_deep(Span(self._source, start, start + 1)), final=True)
        if self._nodes > NODES_MAX:
            self._report(problems.too_many_nodes(Span(self._source, start, start + 1)), final=True)
        parent = self._stack[-1] if self._stack else None
        is_value = parent is None or parent.seen is None or parent.wants_value
        if parent and not is_value:
            self._refuse_key(parent, start)
        quiet = parent.quiet if parent else False
        flow = bool(event.flow_style)
        frame = _Frame(start, flow, event.anchor, is_value, quiet)
        if type(event) is MappingStartEvent:
            frame.seen = {}
        self._stack.append(frame)
        if event.anchor:
            self._anchors[event.anchor] = _Anchor(None, Span(self._source, start, start + 1))

    def _close(self, event: Event) -> None:
        frame = self._stack.pop()
        start = frame.start
        if frame.flow:
            self._end = event.end_mark.index
        end = max(start, self._end)
        node: Node
        if frame.seen is None:
            node = SequenceNode(frame.items, self._source, start, end)
        else:
            if frame.merges:
                self._merge(frame, frame.seen)
            node = MappingNode(frame.entries, self._source, start, end)
        if frame.anchor:
            self._anchors[frame.anchor] = _Anchor(node, node.span, frame.size, frame.height)
        if frame.is_value:
            self._add(node, frame.size, frame.height)
        else:
            self._stack[-1].wants_value = True

    def _alias(self, event: AliasEvent) -> None:
        span = self._span(event)
        self._end = span.end
        self._nodes += 1
        if self._nodes > NODES_MAX:
            self._report(problems.too_many_nodes(span), final=True)
        anchor = self._anchors.get(event.anchor)
        if anchor is None or anchor.node is None:
            if anchor is None:
                few = len(self.problems) < _GUESSES_MAX
                compared = islice(self._anchors.items(), _ANCHORS_COMPARED_MAX if few else 0)
                spans = {name: anchor.span for name, anchor in compared}
                self._report(problems.unknown_anchor(span, event.anchor, spans))
            else:
                self._report(problems.alias_in_itself(span, anchor.span))
            self._add(ScalarNode("", "", self._source, span.start, span.end, "plain"), 1, 0)
            return
        self._alias_nodes += anchor.size
        if self._alias_nodes > ALIAS_NODES_MAX:
            self._report(problems.too_many_alias_nodes(span), final=True)
        if len(self._stack) + anchor.height > DEPTH_MAX:
            self._report(problems.too_deep(span), final=True)
        self._add(anchor.node, anchor.size, anchor.height, place=span)

    # What they add up to

    def _add(self, node: Node, size: int, height: int, place: Span | None = None) -> None:
        """Put a complete node where it belongs; `place` is that of the alias it came by."""
        if not self._stack:
            self.root = node
            return
        frame = self._stack[-1]
        frame.size += size
        if height >= frame.height:
            frame.height = height + 1
        if frame.seen is None:
            frame.items.append(node)
        elif frame.wants_value:
            frame.wants_value = False
            if frame.key is not None:
                self._add_entry(frame, frame.seen, frame.key, node)
        else:
            frame.wants_value = True
            frame.key = self._checked_key(frame, frame.seen, node, place)

    def _checked_key(self, frame: _Frame, seen: dict[str, Entry], node: Node, place: Span | None) -> ScalarNode | None:
        """The key that can be used; None when it was refused, and its value is left out."""
        if isinstance(node, ScalarNode) and isinstance(node.value, str):
            if node.text not in seen or frame.quiet:
                return node
            self._report(problems.duplicate_key(node.text, place or node.span, seen[node.text].key.span))
        elif not frame.quiet:
            self._report(problems.key_not_text(node, place or node.span))
        return None

    def _add_entry(self, frame: _Frame, seen: dict[str, Entry], key: ScalarNode, value: Node) -> None:
        text = key.text
        if text == "<<" and key.style == "plain":
            frame.merges = [*(frame.merges or ()), (len(frame.entries), key, value)]
            return
        if frame.flow and ":" in text and key.style == "plain" and _is_missing(value) and not frame.quiet:
            self._report(problems.missing_space(key.span))
        entry = seen[text] = Entry(key, value)
        frame.entries.append(entry)

    def _merge(self, frame: _Frame, seen: dict[str, Entry]) -> None:
        """Put the entries of merge keys where the keys stand (https://yaml.org/type/merge.html).

        Own keys win over merged ones, and of several merged mappings the earlier one wins.
        """
        if frame.merges and len(frame.merges) > 1:
            self._report(problems.duplicate_key("<<", frame.merges[1][1].span, frame.merges[0][1].span))
            return
        for position, key, value in frame.merges or ():
            merged: list[Entry] = []
            for given in value.items if isinstance(value, SequenceNode) else [value]:
                if not isinstance(given, MappingNode):
                    self._report(problems.merge_of_no_mapping(key.span))
                    return
                for entry in given.entries:
                    if entry.key.text not in seen:
                        seen[entry.key.text] = entry
                        merged.append(entry)
            frame.entries[position:position] = merged

    def _refuse_key(self, parent: _Frame, start: int) -> None:
        """A list or mapping stands where a key should: `{{ x }}`, `{{ x }}: 1` or `? [a]`."""
        if not parent.quiet:
            if parent.flow and start == parent.start + 1 and self._text.startswith("{{", parent.start):
                in_flow = len(self._stack) > 1 and self._stack[-2].flow
                self._report(problems.unquoted_expression(self._source, parent.start, in_flow=in_flow))
            elif self._text.startswith("{{", start):
                self._report(problems.unquoted_expression(self._source, start, in_flow=True))
            else:
                self._report(problems.key_not_text(None, Span(self._source, start, start + 1)))
        parent.quiet = True
        parent.key = None

    def _skip_properties(self, event: NodeEvent, start: int, end: int) -> int:
        found = _PROPERTIES.match(self._text, start, end)
        assert found, "the pattern matches the empty string"
        if event.tag and not (self._stack and self._stack[-1].quiet):
            self._report(problems.tag(self._source, start, found.end()))
        # An empty value has nothing after its anchor; it stands right behind it.
        return found.end() if found.end() < end else start + len(found.group().rstrip(_BLANK))

    def _span(self, event: Event) -> Span:
        return Span(self._source, event.start_mark.index, event.end_mark.index)

    def _report(self, problem: Diagnostic, *, final: bool = False) -> None:
        self.problems.append(problem)
        if final or len(self.problems) >= DIAGNOSTICS_KEPT_MAX:
            raise TooManyProblemsError


def _is_missing(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.style == "plain" and not node.text


YamlError = yaml.YAMLError
