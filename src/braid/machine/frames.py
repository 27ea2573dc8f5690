"""What is in progress: a tree of frames, one for each control node, step list and task that has started and not ended.

A frame holds the state, its control holds the rules. Frames of a foreach exist for the items in its window only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from braid.language.plan import Body, Node, Plan, TaskNode
from braid.language.task_kind import Value
from braid.machine.decision import Key
from braid.machine.outcome import Failure, Outcome
from braid.machine.scope import ListScope, Records


class Frame(msgspec.Struct, eq=False):
    """A node in progress.

    A msgspec struct, because a step makes two of them: 0.2 µs each, instead of 0.5 µs with an `__init__`.

    Attributes:
        control: Of a task and a wait None.
        step: The node, when the end of this frame is the end of a step; None for step lists and for the inner frame
            of a step that has an attempt frame.
        scope: What the node's own expressions see.
        verdict: The outcome, once decided; the frame ends when its last child has ended.
        exports: Records that become visible in the enclosing list when the frame ends.
    """

    parent: Frame | None
    key: Key
    scope: ListScope
    node: Any  # Any: each control's own
    control: Any = None  # Any: Control of the frame's own type
    step: Node | None = None
    children: dict[Key, Frame] = msgspec.field(default_factory=dict)
    verdict: Outcome | None = None
    ended: bool = False
    exports: Records | None = None
    timers: set[str] | None = None
    began: float = 0.0
    attempts: int = 1
    error: Failure | None = None
    reason: str = ""
    _address: str | None = None

    @property
    def address(self) -> str:
        """The path of ids, branch names or indexes and iteration numbers from the root; the root's is empty."""
        address = self._address
        if address is None:
            parent, key = self.parent, self.key
            above = "" if parent is None else parent.address
            # As `child_address`, which would be 0.2 µs more.
            address = self._address = f"{above}/{key}" if above and key != "" else child_address(above, key)
        return address


def child_address(parent: str, key: Key) -> str:
    """The address of a child: its key joined to its parent's address; an empty key adds nothing."""
    if key == "":
        return parent
    return f"{parent}/{key}" if parent else str(key)


class WindowFrame(Frame, eq=False):
    """A block that has at most `limit` of its `total` children in progress."""

    limit: int = 1
    total: int = 0


class TaskFrame(Frame, eq=False):
    """A task that was sent off, or that waits for its time; it has no control and no children."""

    node: TaskNode
    attempt: int = 1
    cancelling: bool = False


class ListFrame(Frame, eq=False):
    """A step list: where it stands, and how often each goto jumped."""

    node: Body
    position: int = 0
    jumps: dict[Any, int] | None = None  # Any: plan.JumpNode, by identity
    runs: dict[int, int] | None = None


class RunFrame(Frame, eq=False):
    """A workflow: the run itself, or one that `call` started.

    Attributes:
        max_concurrency: The limit of blocks that don't set their own.
        result: The outcome of the body, which `on_failure` and `finally` follow.
        records: Of the body, for what follows it.
    """

    node: Plan
    depth: int = 0
    inputs: Mapping[str, Value] = msgspec.field(default_factory=dict)
    max_concurrency: int = 1
    records: Records = msgspec.field(default_factory=dict)
    result: Outcome | None = None
    cancelled: bool = False
    timed_out: bool = False

    def __post_init__(self) -> None:
        self.max_concurrency = self.node.max_concurrency


def run_of(frame: Frame) -> RunFrame:
    """The workflow that a frame belongs to."""
    while not isinstance(frame, RunFrame):
        assert frame.parent is not None
        frame = frame.parent
    return frame


def default_limit(frame: Frame) -> int:
    """The limit of a block that sets none: the command line's, else its file's, else the default."""
    return run_of(frame).max_concurrency
