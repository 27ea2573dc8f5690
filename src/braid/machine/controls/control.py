"""The contract of a control: rules of one kind of node, with no state of their own."""

from __future__ import annotations

from typing import Generic, TypeVar

from braid.machine.decision import NOTHING, Decision, Directive, Finish, Key
from braid.machine.frames import Frame
from braid.machine.outcome import Cancelled, Outcome
from braid.machine.scope import ListScope, Records

N = TypeVar("N")
FrameT = TypeVar("FrameT", bound=Frame)


class Control(Generic[N, FrameT]):
    """Decides what happens in a node; one instance serves all frames of all runs."""

    def open(self, node: N, parent: Frame, key: Key, scope: ListScope) -> FrameT:
        """A frame for the node."""
        raise AssertionError(f"{type(self).__name__} opens no frame")

    def start(self, frame: FrameT) -> Decision:
        """The node has just started."""
        raise NotImplementedError

    def on_child(self, frame: FrameT, key: Key, outcome: Outcome, exports: Records | None) -> Decision:
        """A child has ended. Not called once the frame's outcome is decided.

        `exports` are the records inside the child. Those of a step are in the enclosing list's records already.
        """
        raise NotImplementedError

    def next(self, frame: FrameT) -> tuple[Directive, bool] | None:
        """The next child to start now, if there is one and room for it, and whether there may be yet another beside it.

        Asked after an `OpenWindow`, and again as long as there may be.
        """
        raise AssertionError(f"{type(self).__name__} has no window")

    def on_timer(self, frame: FrameT, name: str) -> Decision:
        """A timer of the frame has fired."""
        return NOTHING

    def on_cancel(self, frame: FrameT) -> Decision:
        """The frame shall end, after cleaning up what it must."""
        return (Finish(Cancelled()),)
