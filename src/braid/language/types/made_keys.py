"""Which key of a step's text makes a key of its output."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from braid.language import plan
from braid.language.document import MappingNode, Node, ScalarNode, SequenceNode

_MEANT = r"did you mean `([^`]+)`"
_NAME = r"[A-Za-z_]\w*"


def made_key(maker: plan.Node, names: Sequence[str]) -> ScalarNode | None:
    """The one key with the first of these names that is there, where the step's output gets its shape."""
    keys = list(_output_keys(maker))
    for name in names:
        found = [key for key in keys if key.text == name]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def names_of(use: str, root: str, help: str) -> list[str]:
    """The names that a problem is about, the likeliest first: what was meant, and what is read from the root."""
    meant = re.search(_MEANT, help)
    _, _, path = use.partition(root)
    return [*(re.findall(_NAME, meant[1])[-1:] if meant else ()), *reversed(re.findall(_NAME, path))]


def _output_keys(node: plan.Node) -> Iterator[ScalarNode]:
    """The keys in what is written in the file for the output of a step."""
    origin = node.origin
    if not isinstance(origin, MappingNode):
        return
    output = origin.get("output")
    match node:
        case _ if output is not None:
            yield from _keys(output)
        case plan.TaskNode():
            body = origin.get(node.kind)
            yield from _keys(body) if body is not None else ()
        case plan.ParallelNode():
            block = origin.get("parallel")
            branches = block.get("branches") if isinstance(block, MappingNode) else None
            yield from (entry.key for entry in branches.entries) if isinstance(branches, MappingNode) else ()
        case plan.GroupNode(body=steps) | plan.ForeachNode(body=steps) | plan.LoopNode(body=steps):
            yield from _output_keys(steps.steps[-1]) if steps.steps else ()


def _keys(node: Node) -> Iterator[ScalarNode]:
    match node:
        case MappingNode(entries=entries):
            for entry in entries:
                yield entry.key
                yield from _keys(entry.value)
        case SequenceNode(items=items):
            for item in items:
                yield from _keys(item)
