"""What is in progress: a tree of frames, one for each control node, step list and task that has started and not ended.

A frame holds the state, its control holds the rules. Frames of a foreach exist for the items in its window only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from braid.language.plan import Body, Node, Plan, TaskNode
from braid.language.task_kind import Value
from braid.machine.decision import Key
from braid.machine.outcome import Failure, Outcome
from braid.machine.scope import ListScope, Records

if TYPE_CHECKING:
    from braid.machine.controls.control import Control


class Frame:
    """A node in progress.

    Attributes:
        step: The node, when the end of this frame is the end of a step; None for step lists and for the inner frame
            of a step that has an attempt frame.
        scope: What the node's own expressions see.
        verdict: The outcome, once decided; the frame ends when its last child has ended.
        exports: Records that become visible in the enclosing list when the frame ends.
    """

    __slots__ = (
        "_address",
        "attempts",
        "began",
        "children",
        "control",
        "ended",
        "error",
        "exports",
        "key",
        "node",
        "parent",
        "reason",
        "scope",
        "step",
        "timers",
        "verdict",
    )

    def __init__(self, parent: Frame | None, key: Key, scope: ListScope, node: Any) -> None:  # Any: each control's own
        self.parent = parent
        self.key = key
        self.scope = scope
        self.node = node
        self.control: Control[Any, Any]  # Any: the frame doesn't know its own subclass
        self.step: Node | None = None
        self.children: dict[Key, Frame] = {}
        self.verdict: Outcome | None = None
        self.ended = False
        self.exports: Records | None = None
        self.timers: set[str] | None = None
        self.began = 0.0
        self.attempts = 1
        self.error: Failure | None = None
        self.reason = ""
        self._address: str | None = None

    @property
    def address(self) -> str:
        """The path of ids, branch names or indexes and iteration numbers from the root; the root's is empty."""
        address = self._address
        if address is None:
            address = self._address = child_address(self.parent.address, self.key) if self.parent else ""
        return address


def child_address(parent: str, key: Key) -> str:
    """The address of a child: its key joined to its parent's address; an empty key adds nothing."""
    if key == "":
        return parent
    return f"{parent}/{key}" if parent else str(key)


class WindowFrame(Frame):
    """A block that has at most `limit` of its `total` children in progress."""

    __slots__ = ("limit", "total")

    def __init__(
        self, parent: Frame | None, key: Key, scope: ListScope, node: Any, total: int = 0
    ) -> None:  # Any: as above
        super().__init__(parent, key, scope, node)
        self.limit = 1
        self.total = total


class TaskFrame(Frame):
    """A task that was sent off, or that waits for its time; it has no control and no children."""

    __slots__ = ("attempt", "cancelling")

    node: TaskNode

    def __init__(self, parent: Frame, key: Key, scope: ListScope, node: TaskNode, attempt: int) -> None:
        super().__init__(parent, key, scope, node)
        self.attempt = attempt
        self.cancelling = False


class ListFrame(Frame):
    """A step list: where it stands, its last output, and how often each goto jumped."""

    __slots__ = ("jumps", "last", "position", "runs")

    node: Body

    def __init__(self, parent: Frame, key: Key, scope: ListScope, body: Body) -> None:
        super().__init__(parent, key, scope, body)
        self.position = 0
        self.last: Value = None
        self.jumps: dict[Any, int] | None = None  # Any: plan.JumpNode, by identity
        self.runs: dict[int, int] | None = None
        self.exports = scope.records


class RunFrame(Frame):
    """A workflow: the run itself, or one that `call` started.

    Attributes:
        max_concurrency: The limit of blocks that don't set their own.
        result: The outcome of the body, which `on_failure` and `finally` follow.
        records: Of the body, for what follows it.
    """

    __slots__ = ("cancelled", "depth", "inputs", "max_concurrency", "records", "result", "timed_out")

    node: Plan

    def __init__(self, parent: Frame | None, key: Key, scope: ListScope, plan: Plan, depth: int) -> None:
        super().__init__(parent, key, scope, plan)
        self.depth = depth
        self.inputs: Mapping[str, Value] = {}
        self.max_concurrency = plan.max_concurrency
        self.records: Records = {}
        self.result: Outcome | None = None
        self.cancelled = False
        self.timed_out = False


def run_of(frame: Frame) -> RunFrame:
    """The workflow that a frame belongs to."""
    while not isinstance(frame, RunFrame):
        assert frame.parent is not None
        frame = frame.parent
    return frame


def default_limit(frame: Frame) -> int:
    """The limit of a block that sets none: the command line's, else its file's, else the default."""
    return run_of(frame).max_concurrency
