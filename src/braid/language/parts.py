"""The step lists inside a step, in the order in which they can run."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from braid.language.plan import (
    Body,
    ForeachNode,
    GraphNode,
    GroupNode,
    IfNode,
    LoopNode,
    Node,
    ParallelNode,
    SwitchNode,
    TryNode,
)


class Part(msgspec.Struct, frozen=True):
    """One step list of a step.

    Attributes:
        role: `body`, `branch`, `item`, `graph`, `then`, `else`, `case`, `default`, `catch`, `finally` or `fallback`;
            for a workflow's own lists `steps`, `on_failure` or `finally`.
        name: Which of several: a branch's name or index, a case's or handler's number from 1; else "".
    """

    role: str
    body: Body
    name: str = ""


def parts(node: Node) -> Iterator[Part]:
    """All step lists directly inside this step."""
    match node:
        case GroupNode():
            yield Part("body", node.body)
        case ParallelNode():
            for index, branch in enumerate(node.branches):
                yield Part("branch", branch, node.names[index] if node.names else str(index))
        case ForeachNode():
            yield Part("item", node.body)
        case GraphNode():
            yield Part("graph", node.body)
        case IfNode():
            yield Part("then", node.then)
            if node.otherwise:
                yield Part("else", node.otherwise)
        case SwitchNode():
            for number, case in enumerate(node.cases, 1):
                yield Part("case", case.body, str(number))
            if node.default:
                yield Part("default", node.default)
        case LoopNode():
            yield Part("body", node.body)
        case TryNode():
            yield Part("body", node.body)
            for number, handler in enumerate(node.handlers, 1):
                yield Part("catch", handler.body, str(number))
            if node.finally_:
                yield Part("finally", node.finally_)
    if node.fallback and node.fallback.body:
        yield Part("fallback", node.fallback.body)
