"""Paths in a syntax tree, and where the parts of an expression end."""

from __future__ import annotations

import re
from typing import Final

import msgspec
from jinja2 import nodes

from braid.expressions.references import static_step
from braid.expressions.tokens import Closers
from braid.language.types.findings import Path

_LITERAL: Final = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[\w.]+", re.DOTALL)


class Chain(msgspec.Struct, frozen=True):
    """A name and the keys after it, all known without running.

    Attributes:
        start: Offset of the name.
        ends: For the name and each key, the offset where it ends.
    """

    path: Path
    start: int
    ends: tuple[int, ...]


def chain_of(node: nodes.Node, source: str, closers: Closers) -> Chain | None:
    """The path that an expression is, if it is nothing else."""
    links: list[nodes.Getattr | nodes.Getitem] = []
    while isinstance(node, (nodes.Getattr, nodes.Getitem)):
        links.append(node)
        node = node.node
    if not isinstance(node, nodes.Name):
        return None
    path: list[str | int] = [node.name]
    ends = [node.lineno + len(node.name)]
    for link in reversed(links):
        step = static_step(link, source, closers)
        if step is None:
            return None
        path.append(step[0])
        ends.append(step[1])
    return Chain(tuple(path), node.lineno, tuple(ends))


def end_of(node: nodes.Node, source: str, closers: Closers) -> int:
    """The offset behind an expression."""
    match node:
        case nodes.Name():
            return node.lineno + len(node.name)
        case nodes.Getattr() | nodes.Getitem():
            step = static_step(node, source, closers)
            return step[1] if step is not None else closers.get(node.lineno, node.lineno) + 1
        case nodes.Filter():
            end = node.lineno + len(node.name)
            return closers[end] + 1 if end in closers else end
        case nodes.Call() | nodes.List() | nodes.Dict() | nodes.Tuple() if node.lineno in closers:
            return closers[node.lineno] + 1
        case nodes.Const():
            found = _LITERAL.match(source, node.lineno)
            return found.end() if found else node.lineno + 1
    ends = [end_of(child, source, closers) for child in node.iter_child_nodes()]
    return max(ends) if ends else node.lineno + 1


def start_of(node: nodes.Node, source: str, closers: Closers) -> int:
    """The offset of the first character of an expression, with the brackets that belong to a part of it."""
    starts = [node.lineno, *(child.lineno for child in node.find_all(nodes.Expr))]
    start, end = min(starts), end_of(node, source, closers)
    while (opening := len(source[:start].rstrip()) - 1) in closers and source[opening] == "(":
        if closers[opening] >= end:
            break
        start = opening
    return start
