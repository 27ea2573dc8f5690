"""What runs again in an edited workflow, and what depends on that: by mention, by `needs`, by the blocks around.

Dependence is worked out for addresses, not for steps: that item 50 of a foreach runs again says nothing of item 2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from braid.language.checks.graphs import mentioned_step
from braid.language.checks.places import Place, Places, places
from braid.language.plan import Body, FallbackPolicy, GraphNode, Handler, LoopNode, Node, Plan, SwitchCase, TryNode
from braid.language.plan_walk import reachable_plans
from braid.machine.controls.attempt import FALLBACK
from braid.machine.controls.graph import GraphFrame
from braid.machine.controls.trying import CATCH, FINALLY
from braid.machine.controls.workflow import ON_FAILURE
from braid.machine.decision import Key
from braid.machine.frames import Frame, ListFrame, RunFrame, child_address, run_of

_DIRECT: Final = ("condition", "arguments", "inputs", "test", "cases", "while_", "until", "max", "items", "when")
"""Fields of a node by which a step, or what is inside a block, depends on others. `value` is added for a switch."""
_WIDER: Final = (*_DIRECT, "value", "output", "fallback", "merge_expression", "handlers")
"""Fields by which the output of a step depends on others."""
_RUN_NUMBER = re.compile(r"~\d+(?=/|$)")


class Dirt:
    """Addresses that run again, and questions about them."""

    def __init__(self, plan: Plan) -> None:
        self._places: dict[int, Places] = {id(each): places(each) for each in reachable_plans(plan)}
        self._under: dict[Node, set[str]] = {}
        self._all: set[str] = set()
        self._names: dict[tuple[Node, bool], tuple[str, ...]] = {}

    def mark(self, parent: Frame, key: Key, node: Node) -> None:
        """This step gives another result than before, or may."""
        prefixes = list(_prefixes(_plain(child_address(parent.address, key))))
        self._all.update(prefixes)
        for each in (node, *_holders(parent)):
            self._under.setdefault(each, set()).update(prefixes)

    def holds(self, parent: Frame, key: Key) -> bool:
        """Whether this step, or something inside it, gives another result."""
        return _plain(child_address(parent.address, key)) in self._all

    def cause(self, parent: Frame, node: Node, *, wider: bool = False) -> str:
        """Why a step depends on what runs again, such as `depends on forecast`; "" when it doesn't.

        Args:
            parent: The frame that it starts in.
            wider: Ask for its output, not for what its task is asked to do.
        """
        cause = self._own_cause(parent, node, wider)
        frame: Frame | None = parent
        while not cause and frame is not None:
            cause = self._list_cause(frame)
            holder = _holder(frame)
            if not cause and holder is not None and frame.parent is not None:
                cause = self._own_cause(frame.parent, holder, wider=False)
            frame = frame.parent
        return cause

    def _own_cause(self, parent: Frame, node: Node, wider: bool) -> str:
        run = run_of(parent)
        by_id = self._places[id(run.node)].by_id
        around: dict[Body, str] | None = None
        for name in self._mentioned(node, wider):
            place = by_id.get(name)
            if place is None or place.node not in self._under:
                continue
            around = _lists_around(parent) if around is None else around
            if self._is_dirty(place, around):
                return f"depends on {name}"
        if isinstance(parent, GraphFrame):
            return self._needs_cause(parent, node)
        return ""

    def _needs_cause(self, graph: GraphFrame, node: Node) -> str:
        steps = graph.node.body.steps
        for position in graph.node.dependencies[graph.positions[node.key]]:
            needed = steps[position]
            if _plain(child_address(graph.address, needed.key)) in self._under.get(needed, ()):
                return f"depends on {needed.key}"
        return ""

    def _list_cause(self, frame: Frame) -> str:
        """A list that runs because of how another one ended."""
        if not isinstance(frame, ListFrame) or frame.parent is None:
            return ""
        reason = _AFTERMATH.get(frame.key) if isinstance(frame.key, str) else None
        if reason is None or not _follows(frame):
            return ""
        address = _plain(frame.parent.address)
        return reason if (self._all if address == "" else address in self._all) else ""

    def _is_dirty(self, place: Place, around: Mapping[Body, str]) -> bool:
        """Whether the step of this place, as it is seen from inside these lists, gives another result."""
        dirty = self._under[place.node]
        for each in place.upwards():
            address = around.get(each.part.body)
            if address is None:
                continue
            holder = each.outer
            if holder is not None and isinstance(holder.node, LoopNode):
                # What an earlier iteration left is seen in a later one.
                return address.rpartition("/")[0] in dirty
            return child_address(address, each.node.key) in dirty
        return False

    def _mentioned(self, node: Node, wider: bool) -> tuple[str, ...]:
        names = self._names.get((node, wider))
        if names is None:
            names = self._names[node, wider] = tuple(dict.fromkeys(_mentions(node, wider)))
        return names


_AFTERMATH: Final[dict[str, str]] = {
    FINALLY: "cleans up after steps that run again",
    ON_FAILURE: "follows a failure of steps that run again",
    CATCH: "handles a failure of steps that run again",
    FALLBACK: "stands in for a step that runs again",
}


def _follows(frame: ListFrame) -> bool:
    """Whether it is such a list, and no branch or step of that name."""
    parent = frame.parent
    if isinstance(parent, RunFrame):
        return frame.node in (parent.node.finally_, parent.node.on_failure)
    assert parent is not None
    node = parent.node
    if isinstance(node, TryNode) and (frame.node is node.finally_ or frame.key == CATCH):
        return True
    return isinstance(node, Node) and node.fallback is not None and frame.node is node.fallback.body


def _mentions(node: Node, wider: bool) -> Iterator[str]:
    for name in node.__struct_fields__:
        if name in (_WIDER if wider else _DIRECT) or (name == "value" and hasattr(node, "cases")):
            yield from _names_in(getattr(node, name))


def _names_in(part: Any) -> Iterator[str]:  # Any: a field of a node, told apart below
    match part:
        case None:
            return
        case tuple():
            for each in part:
                yield from _names_in(each)
        case SwitchCase() | Handler():
            yield from _names_in(part.when)
        case FallbackPolicy():
            yield from _names_in(part.value)
        case _:
            for use in getattr(part, "uses", ()):
                name = mentioned_step(use)
                if name is not None:
                    yield name


def _lists_around(frame: Frame | None) -> dict[Body, str]:
    """The step lists whose records are seen from inside this frame → their addresses."""
    found: dict[Body, str] = {}
    while frame is not None:
        address = _plain(frame.address)
        match frame:
            case ListFrame():
                found.setdefault(frame.node, address)
            case RunFrame():
                found.setdefault(frame.node.body, address)
                if frame.node.on_failure is not None:
                    found.setdefault(frame.node.on_failure, child_address(address, ON_FAILURE))
                # A called workflow sees its inputs only.
                return found
            case _:
                if isinstance(frame.node, GraphNode | TryNode):
                    found.setdefault(frame.node.body, address)
        frame = frame.parent
    return found


def _holders(frame: Frame | None) -> Iterator[Node]:
    """The steps around, inside out; through `call`, too."""
    while frame is not None:
        holder = _holder(frame)
        if holder is not None:
            yield holder
        frame = frame.parent


def _holder(frame: Frame) -> Node | None:
    """The step that a frame belongs to, if it is one of a block, an attempt or a call."""
    if isinstance(frame, RunFrame):
        return frame.step
    return frame.node if isinstance(frame.node, Node) else None


def _plain(address: str) -> str:
    """An address without the numbers of repeated runs: after a jump back all runs of a step count as one."""
    return _RUN_NUMBER.sub("", address) if "~" in address else address


def _prefixes(address: str) -> Iterator[str]:
    end = address.find("/")
    while end != -1:
        yield address[:end]
        end = address.find("/", end + 1)
    yield address
