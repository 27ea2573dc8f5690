"""Workflow files with one mistake each, and whether the language forbids it."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from braid.language.document import Document, Entry, MappingNode, Node, ScalarNode, SequenceNode, read_document

DATA = frozenset(
    {"set", "with", "json", "params", "headers", "form", "value", "output", "return", "initial", "vars"}
    | {"default", "const", "enum", "examples"}
)
"""Keys under which any key is right: data, not language."""
ANY_VALUE = frozenset({"set", "json", "output", "return", "value", "default", "initial", "to", "content", "const"})
"""Keys whose own value may be of any type."""
NAMES = frozenset({"inputs", "vars", "pools", "branches", "properties"})
"""Keys under which there are names that the author chose."""
REQUIRED = {
    "steps": ("", "foreach", "loop", "try", "cases", "catch"),
    "branches": ("parallel",),
    "items": ("foreach", "map", "filter", "reduce"),
    "cases": ("switch",),
    "max": ("loop",),
    "when": ("cases",),
    "to": ("goto", "map", "reduce"),
    "where": ("filter",),
    "that": ("assert",),
    "url": ("http",),
    "path": ("read_file", "write_file"),
    "content": ("write_file",),
    "name": ("",),
}
"""Key → the keys under which it can't go; "" is the top of the file."""
BARE = frozenset({"if", "when", "while", "until", "where", "that", "break", "continue", "merge", "wait"})
"""Keys with expressions that stand in no braces."""
REFERRING = frozenset({"needs", "goto", "pool", "call", "workflow"})
"""Keys whose text is the name of something else."""
BY_RUN = frozenset({"any", "all", "list", "object", "concat"})
KEYWORDS = frozenset(
    {"and", "or", "not", "in", "is", "if", "else", "elif", "endif", "for", "endfor", "set", "recursive"}
    | {"true", "false", "none", "null", "True", "False", "None"}
)
CONSTANT_ROOTS = frozenset({"inputs", "vars", "secrets", "env", "run", "steps", "branch"})

_TOKEN = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[A-Za-z_]\w*|\d[\w.]*|\s+|.", re.DOTALL)
_BRACES = re.compile(r"\{\{(.*?)\}\}|\{%(.*?)%\}", re.DOTALL)


@dataclass(frozen=True)
class Mutation:
    """One mistake.

    Attributes:
        kind: Which sort of mistake.
        text: The file with it.
        places: Offsets of what was mutated, in `text`.
        forbidden: The language forbids it, whatever the checker says.
        what: For people.
        missing: Names that are gone: a diagnostic that is about one of them is at the right place.
    """

    file: Path
    kind: str
    text: str
    places: Sequence[tuple[int, int]]
    forbidden: bool
    what: str
    missing: Sequence[str] = field(default=())

    @property
    def line(self) -> int:
        return self.text.count("\n", 0, self.places[0][0]) + 1


def mutations(file: Path, seed: int = 1) -> Iterator[Mutation]:
    """All of a file, in its order."""
    text = file.read_text(encoding="utf-8")
    document = read_document(text, file.name)
    yield from _Mutator(file, text, random.Random(f"{seed}:{file.name}")).node(document.root, ())


def document_of(text: str) -> Document:
    """Of a file's text."""
    return read_document(text, "f")


class _Mutator:
    def __init__(self, file: Path, text: str, dice: random.Random) -> None:
        self.file = file
        self.text = text
        self.dice = dice

    def node(self, node: Node, path: tuple[str, ...]) -> Iterator[Mutation]:
        """Of all that is inside of a value."""
        match node:
            case MappingNode(entries=entries):
                for index, entry in enumerate(entries):
                    yield from self._entry(node, index, entry, path)
            case SequenceNode(items=items):
                for item in items:
                    yield from self.node(item, path)
            case ScalarNode():
                yield from self._scalar(node, path)

    def _entry(self, holder: MappingNode, index: int, entry: Entry, path: tuple[str, ...]) -> Iterator[Mutation]:
        yield self._removed(holder, index, entry, path)
        yield self._misspelt(entry, path)
        yield self._doubled(holder, entry)
        yield self._wrong_type(entry, path)
        yield from self.node(entry.value, (*path, entry.key.text))

    def _removed(self, holder: MappingNode, index: int, entry: Entry, path: tuple[str, ...]) -> Mutation:
        entries = holder.entries
        key, value = entry.key, entry.value
        if index + 1 < len(entries):
            start, end, put = key.start, entries[index + 1].key.start, ""
        elif index:
            start, end, put = entries[index - 1].value.end, value.end, ""
        else:
            start, end, put = (holder.start, holder.end, "{}")
        text = self.text[:start] + put + self.text[end:]
        cut = end - start - len(put)
        # The keys that are left beside it, and what stands before the block: the key that it belongs to.
        own = [
            (
                each.key.start - (cut if each.key.start > start else 0),
                each.key.end - (cut if each.key.start > start else 0),
            )
            for each in entries
            if each is not entry
        ]
        before = len(self.text[: holder.start].rstrip(" \n-{["))
        places = [(max(before - 1, 0), before), *own, (start, start + len(put))]
        missing = [key.text, *([value.text] if isinstance(value, ScalarNode) and value.text else [])]
        if key.text == "if" and isinstance(value, ScalarNode):
            missing += set(re.findall(r"[A-Za-z_]\w*", value.text)) - KEYWORDS
        inner = [
            each.value.text for each in _entries(value) if each.key.text == "id" and isinstance(each.value, ScalarNode)
        ]
        names = [each.key.text for each in _entries(value)] if key.text in NAMES else []
        return Mutation(
            self.file,
            "key removed",
            text,
            places,
            _is_required(key.text, path),
            f"`{key.text}`",
            [name for name in (*missing, *inner, *names) if name],
        )

    def _misspelt(self, entry: Entry, path: tuple[str, ...]) -> Mutation:
        key = entry.key
        slip = self._slip(key.text)
        text = self.text[: key.start] + slip + self.text[key.end :]
        what = f"`{key.text}` → `{slip}`"
        kind = "name misspelt" if path[-1:] and path[-1] in NAMES else "key misspelt"
        return Mutation(
            self.file, kind, text, [(key.start, key.start + len(slip))], not _is_data(path) and kind[0] == "k", what
        )

    def _doubled(self, holder: MappingNode, entry: Entry) -> Mutation:
        key, value = entry.key, entry.value
        again = self.text[key.start : value.end]
        line = self.text.rfind("\n", 0, holder.start) + 1
        in_flow = self.text[holder.start] == "{"
        joint = ", " if in_flow else "\n" + " " * (holder.start - line)
        text = self.text[: value.end] + joint + again + self.text[value.end :]
        second = value.end + len(joint)
        places = [(key.start, key.end), (second, second + key.end - key.start)]
        return Mutation(self.file, "key doubled", text, places, True, f"`{key.text}`")

    def _wrong_type(self, entry: Entry, path: tuple[str, ...]) -> Mutation:
        key, value = entry.key, entry.value
        match value:
            case ScalarNode(value=str()):
                put = "{x: 1}"
            case ScalarNode():
                put = "nonsense"
            case MappingNode() if key.text in ("retry", "assert"):
                put = "[1]"  # `7` stands for the first field of it
            case _:
                put = "7"
        text = self.text[: value.start] + put + self.text[value.end :]
        free = key.text in ANY_VALUE or _is_data(path) or (path[-1:] == ("vars",))
        places = [(key.start, value.start + len(put))]
        return Mutation(self.file, "value of a wrong type", text, places, not free, f"`{key.text}: {put}`")

    def _slip(self, word: str) -> str:
        """One letter less in a word, or one more in a short one."""
        if len(word) < 4:
            return word + self.dice.choice("xz")
        place = self.dice.randrange(1, len(word) - 1)
        return word[:place] + word[place + 1 :]

    # Names in texts

    def _scalar(self, node: ScalarNode, path: tuple[str, ...]) -> Iterator[Mutation]:
        if not isinstance(node.value, str):
            return
        if "{{" in node.text or "{%" in node.text:
            for found in _BRACES.finditer(node.text):
                group = 1 if found[1] is not None else 2
                yield from self._expression(node, found.start(group), found.end(group))
        elif path and path[-1] in BARE and node.text not in BY_RUN:
            yield from self._expression(node, 0, len(node.text))
        elif path and (path[-1] in REFERRING or path[-2:] == ("goto", "to")):
            span = node.locate(0, len(node.text))
            if self.text[span.start : span.end] == node.text:
                is_function = path[-2:] == ("python", "call")
                kind = "name of a Python function" if is_function else "name of a step, pool or file"
                yield self._renamed(span.start, node.text, kind, forbidden=True)

    def _expression(self, node: ScalarNode, start: int, end: int) -> Iterator[Mutation]:
        before = chain = ""
        binding = False
        local: set[str] = set()
        position = start
        tokens = _TOKEN.findall(node.text[start:end])
        for index, token in enumerate(tokens):
            here = position
            position += len(token)
            if token.isspace():
                continue
            rest = [each for each in tokens[index + 1 :] if not each.isspace()][:1]
            if not re.fullmatch(r"[A-Za-z_]\w*", token) or token in KEYWORDS or rest == ["="]:
                before = f"{before[-8:]} {token}" if token in ("is", "not") else token
                if token in ("for", "in"):
                    binding = token == "for"
                continue
            kind, forbidden = "name in an expression", True
            if before in (".",):
                kind = "member of a declared name" if chain in CONSTANT_ROOTS else "member of a value"
                forbidden = False
            elif before == "|":
                kind = "filter"
            elif before.split()[-1:] == ["is"] or before.split()[-2:] == ["is", "not"]:
                kind = "test"
            elif binding or token in local:
                local.add(token)
                before = chain = token
                continue
            else:
                chain = token
            span = node.locate(here, position)
            if self.text[span.start : span.end] == token:
                yield self._renamed(span.start, token, kind, forbidden=forbidden)
            before = token

    def _renamed(self, start: int, word: str, kind: str, *, forbidden: bool) -> Mutation:
        slip = self._slip(word)
        text = self.text[:start] + slip + self.text[start + len(word) :]
        return Mutation(self.file, kind, text, [(start, start + len(slip))], forbidden, f"`{word}` → `{slip}`")


def _entries(node: Node) -> Iterator[Entry]:
    match node:
        case MappingNode(entries=entries):
            for entry in entries:
                yield entry
                yield from _entries(entry.value)
        case SequenceNode(items=items):
            for item in items:
                yield from _entries(item)


_OVER_ITEMS = (("foreach",), ("map",), ("filter",), ("reduce",))


def _is_data(path: tuple[str, ...]) -> bool:
    """Whether a mapping at this path is the author's own: no key of it means anything to Braid."""
    if path[:1] == ("inputs",):
        return len(path) < 2 or "default" in path or path[-1] == "properties"
    if any(key in DATA for key in path):
        return True
    if path[-1:] == ("items",) and path[-2:-1] in _OVER_ITEMS:
        return True
    return (path[-1:] == ("to",) and path[-2:-1] != ("goto",)) or path[-1:] == ("inputs",)


def _is_required(key: str, path: tuple[str, ...]) -> bool:
    if _is_data(path):
        return False
    return (path[-1] if path else "") in REQUIRED.get(key, ())
