"""The census of Python files once more, by other means: tokens instead of syntax trees, brute force instead of Tarjan.

Shares nothing with `examples/census`, so that a mistake would have to be made twice to go unseen.
"""

from __future__ import annotations

import os
import re
import token
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from string import Formatter

LEFT_OUT = ("test", "tests", "idle_test", "site-packages", "dist-packages", "node_modules", "__pycache__")
DECISIONS = ("if", "elif", "for", "while", "except", "and", "or")
IGNORED = (token.ENCODING, token.COMMENT, token.NL, token.ENDMARKER)
Line = list[tokenize.TokenInfo]


@dataclass
class Definition:
    """A module, class or function whose lines are being read."""

    kind: str
    name: str
    line: int
    public: bool
    complexity: int = 1


@dataclass
class Count:
    """What one file holds."""

    module: str
    package: str
    lines: int = 0
    code: int = 0
    classes: int = 0
    decisions: int = 0
    functions: list[Definition] = field(default_factory=list)
    public: int = 0
    documented: int = 0
    imports: list[tuple[str, bool]] = field(default_factory=list)
    """Dotted names as far as they can be told from the text, and whether inside a function."""


def files(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in LEFT_OUT and name[0] != "."]
        yield from (Path(folder, name) for name in names if name.endswith(".py") and name[0] != ".")


def count(root: Path, path: Path) -> Count:
    dotted = str(path.relative_to(root))[: -len(".py")].replace(os.sep, ".").removesuffix(".__init__")
    found = Count(dotted, dotted.split(".")[0])
    with open(path, encoding="latin-1") as text:
        for line in text:
            found.lines += 1
            found.code += re.match(r"\s*[^\s#]", line, re.ASCII) is not None
    _Reader(found, is_package=path.name == "__init__.py").read(path)
    return found


class _Reader:
    """Goes through the logical lines of a file with a stack of the blocks that are open."""

    def __init__(self, found: Count, *, is_package: bool) -> None:
        self.found = found
        self.home = found.module.split(".") if is_package else found.module.split(".")[:-1]
        public = not re.search(r"(^|\.)_", found.module)
        self.blocks = [Definition("module", found.module, 1, public)]
        self.opening: Definition | None = None
        self.undocumented: Definition | None = self._enter(self.blocks[0])

    def read(self, path: Path) -> None:
        line: Line = []
        with open(path, "rb") as source:
            for piece in tokenize.tokenize(source.readline):
                if piece.type == token.INDENT:
                    outer = self.blocks[-1]
                    self.blocks.append(self.opening or Definition("other", "", 0, outer.public))
                    self.opening = None
                elif piece.type == token.DEDENT:
                    self.blocks.pop()
                elif piece.type == token.NEWLINE:
                    self._line(line)
                    line = []
                elif piece.type not in IGNORED:
                    line.append(piece)

    def _line(self, line: Line) -> None:
        words = [word for piece in line for word in _words(piece)]
        decisions = sum(word in DECISIONS for word in words)
        decisions += line[0].string == "case" and line[-1].string == ":"
        start = line[1:] if line[0].string == "async" else line
        own = self._definition(start) if start[0].string in ("def", "class") else None
        self.found.decisions += decisions
        for block in (*self.blocks, *([own] if own else ())):
            block.complexity += decisions
        if self.undocumented is not None:
            self._docstring(line)
        if own is not None:
            self.undocumented = self._enter(own)
            inline = line[_header_end(line) + 1 :]
            if inline and self.undocumented is not None:
                self._docstring(inline)
            self.opening = None if inline else own
        self._imports(line, own)

    def _definition(self, line: Line) -> Definition:
        kind, name = line[0].string, line[1].string
        local = any(block.kind == "def" for block in self.blocks)
        public = self.blocks[-1].public and not local and name[0] != "_"
        made = Definition(kind, name, line[0].start[0], public)
        if kind == "def":
            self.found.functions.append(made)
        else:
            self.found.classes += 1
        return made

    def _enter(self, definition: Definition) -> Definition | None:
        self.found.public += definition.public
        return definition if definition.public else None

    def _docstring(self, line: Line) -> None:
        """The first line of a block: is it text and nothing else?"""
        self.undocumented = None
        first = [piece for piece in line[: _first(line, ";")] if piece.string not in ("(", ")")]
        self.found.documented += bool(first) and all(
            piece.type == token.STRING and re.match(r"[rRuU]?['\"]", piece.string) for piece in first
        )

    def _imports(self, line: Line, own: Definition | None) -> None:
        local = any(block.kind == "def" for block in (*self.blocks, *([own] if own else ())))
        depth = 0
        before = ";"
        for position, piece in enumerate(line):
            if piece.string in ("import", "from") and before in (";", ":") and depth == 0:
                statement = [part.string for part in line[position:]]
                statement = statement[: statement.index(";")] if ";" in statement else statement
                self.found.imports += [(name, local) for name in self._names(statement)]
            depth += (piece.string in ("(", "[", "{")) - (piece.string in (")", "]", "}"))
            before = piece.string

    def _names(self, statement: list[str]) -> Iterator[str]:
        words = [word for word in statement if word not in ("(", ")")]
        middle = words.index("import")
        origin = "".join(words[1:middle])
        dots = len(origin) - len(origin.lstrip("."))
        if dots:
            origin = ".".join([*self.home[: len(self.home) - dots + 1], *filter(None, [origin[dots:]])])
        for name in " ".join(words[middle + 1 :]).split(","):
            if name.strip():  # a comma may end the list
                plain = name.split(" as ")[0].replace(" ", "")
                yield f"{origin}.{plain}" if origin else plain


def _words(piece: tokenize.TokenInfo) -> list[str]:
    if piece.type == token.STRING and re.match(r"[rR]?[fF]", piece.string):
        # Before Python 3.12 an f-string is one token, with its expressions in it.
        fields = (field or "" for _, field, _, _ in Formatter().parse(piece.string))
        return [word for field in fields for word in re.findall(r"[a-z]+", re.sub(r"'[^']*'|\"[^\"]*\"", "", field))]
    return [piece.string] if piece.type == token.NAME else []


def _header_end(line: Line) -> int:
    depth = 0
    for position, piece in enumerate(line):
        depth += (piece.string in ("(", "[", "{")) - (piece.string in (")", "]", "}"))
        if piece.string == ":" and depth == 0:
            return position
    raise AssertionError("a definition without a colon")


def _first(line: Line, text: str) -> int:
    return next((position for position, piece in enumerate(line) if piece.string == text), len(line))


def edges(counts: list[Count], *, early: bool) -> dict[str, set[str]]:
    """Who imports whom; with `early`, only by imports outside of functions."""
    modules = {found.module for found in counts}
    graph: dict[str, set[str]] = {}
    for found in counts:
        targets = {_nearest(name, modules) for name, local in found.imports if not (early and local)}
        graph[found.module] = targets - {found.module}
    return graph


def _nearest(name: str, modules: set[str]) -> str:
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        if ".".join(parts[:length]) in modules:
            return ".".join(parts[:length])
    return parts[0]


def groups(graph: dict[str, set[str]]) -> set[frozenset[str]]:
    """Modules that reach one another, found by following every module's imports to their end."""
    reached = {}
    for name in graph:
        seen: set[str] = set()
        waiting = [name]
        while waiting:
            new = graph.get(waiting.pop(), set()) - seen
            seen |= new
            waiting += new
        reached[name] = seen
    return {
        frozenset(other for other in seen if name in reached.get(other, ()))
        for name, seen in reached.items()
        if name in seen
    }
