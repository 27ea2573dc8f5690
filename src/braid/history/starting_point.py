"""Where a person wants a run to begin again: `--from STEP`."""

from __future__ import annotations

from collections.abc import Iterator

from braid.diagnostics import nearest
from braid.language.checks.places import Place, places
from braid.language.plan import GraphNode, LoopNode, Node, Plan
from braid.machine.frames import Frame, ListFrame, RunFrame, TaskFrame

_ANY = "*"
_UNNAMED_ROLES = frozenset({"steps", "graph"})


class UnknownStepError(ValueError):
    """No step of the workflow has this id or address; the message says which is near."""


class StartingPoint:
    """A step, by id or by address; it and all that comes after it runs again.

    After it come the later steps of its list and of the lists around it, in a graph those that need it, in a loop all
    steps of the loop. What runs beside it, in other branches and items, doesn't.

    Args:
        name: An id of the workflow itself, or the address of a step in a run of it.

    Raises:
        UnknownStepError: There is no such step.
    """

    def __init__(self, plan: Plan, name: str) -> None:
        known = places(plan)
        self._name = name
        self._address = "" if name in known.by_id else name
        place = known.by_id.get(name) or next((each for each in known if _fits(each, name)), None)
        if place is None:
            close = nearest(name, known.by_id)
            raise UnknownStepError(f"there is no step `{name}`" + (f"; did you mean `{close}`?" if close else ""))
        self._step = place.node
        self._chain = {each.part.body: each for each in place.upwards()}

    def reason(self, task: TaskFrame) -> str:
        """Why a task runs again, if it does so for this."""
        child: Frame = task
        frame = task.parent
        while frame is not None:
            place = self._place_in(frame)
            if place is not None:
                if self._in_loop(frame) or self._is_after(place, child, frame):
                    return "asked for" if child is task and task.node is self._step else f"comes after {self._name}"
                return ""
            child, frame = frame, frame.parent
        return ""

    def _place_in(self, frame: Frame) -> Place | None:
        """Where the step, or a block around it, stands in this list."""
        if isinstance(frame, ListFrame):
            place = self._chain.get(frame.node)
        else:
            place = self._chain.get(frame.node.body) if isinstance(frame.node, GraphNode) else None
        # Of an address with numbers only its own iteration and item is meant.
        here = frame.address
        return place if not self._address or here == "" or self._address.startswith(f"{here}/") else None

    def _is_after(self, place: Place, child: Frame, frame: Frame) -> bool:
        node = child.step if isinstance(child, RunFrame) else child.node
        if node is place.node:
            # Inside the step itself, or in another branch of a block around it.
            return node is self._step
        if isinstance(frame.node, GraphNode):
            position = frame.node.body.steps.index(node)
            return bool(frame.node.ancestors[position] >> place.index & 1)
        return _index(frame.node.steps, node) > place.index

    def _in_loop(self, frame: Frame | None) -> bool:
        while frame is not None:
            if isinstance(frame.node, LoopNode):
                return True
            frame = frame.parent
        return False


def _index(steps: tuple[Node, ...], node: object) -> int:
    return next(index for index, step in enumerate(steps) if step is node)


def _fits(place: Place, address: str) -> bool:
    """Whether a step of this place can have this address."""
    parts = [part.partition("~")[0] for part in address.split("/")]
    pattern = list(_pattern(place))
    return len(parts) == len(pattern) and all(
        part.isdecimal() if known == _ANY else part == known
        for part, known in zip(reversed(parts), pattern, strict=True)
    )


def _pattern(place: Place) -> Iterator[str]:
    """The parts of a step's addresses, from the last to the first."""
    for each in place.upwards():
        yield each.node.key
        role, holder = each.part.role, each.outer
        if role == "item" or (role == "body" and holder is not None and isinstance(holder.node, LoopNode)):
            yield _ANY
        elif role == "branch":
            yield each.part.name
        elif role == "case":
            yield f"case-{each.part.name}"
        elif role != "body" and role not in _UNNAMED_ROLES:
            yield role
