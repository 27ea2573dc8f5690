"""A group: a step list as a step."""

from __future__ import annotations

from braid.language.plan import GroupNode
from braid.machine.controls.control import Control
from braid.machine.decision import Decision, Finish, Key, StartBody
from braid.machine.frames import Frame
from braid.machine.outcome import Outcome
from braid.machine.scope import ListScope, Records


class GroupControl(Control[GroupNode, Frame]):
    """Ends as its list ends."""

    def open(self, node: GroupNode, parent: Frame, key: Key, scope: ListScope) -> Frame:
        return Frame(parent, key, scope, node)

    def start(self, frame: Frame) -> Decision:
        return (StartBody("", frame.node.body),)

    def on_child(self, frame: Frame, key: Key, outcome: Outcome, exports: Records | None) -> Decision:
        frame.exports = exports
        return (Finish(outcome),)
