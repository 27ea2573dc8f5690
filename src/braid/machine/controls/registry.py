"""Which control rules which node."""

from __future__ import annotations

from typing import Any

from braid.language.plan import (
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
from braid.machine.controls.attempt import AttemptControl
from braid.machine.controls.choice import IfControl, SwitchControl
from braid.machine.controls.control import Control
from braid.machine.controls.foreach import ForeachControl
from braid.machine.controls.graph import GraphControl
from braid.machine.controls.group import GroupControl
from braid.machine.controls.loop import LoopControl
from braid.machine.controls.parallel import ParallelControl
from braid.machine.controls.sequence import SequenceControl
from braid.machine.controls.trying import TryControl
from braid.machine.controls.workflow import WorkflowControl

SEQUENCE = SequenceControl()
ATTEMPT = AttemptControl()
WORKFLOW = WorkflowControl()

CONTROLS: dict[type[Node], Control[Any, Any]] = {  # Any: each control has its own node and frame
    GroupNode: GroupControl(),
    ParallelNode: ParallelControl(),
    ForeachNode: ForeachControl(),
    GraphNode: GraphControl(),
    IfNode: IfControl(),
    SwitchNode: SwitchControl(),
    LoopNode: LoopControl(),
    TryNode: TryControl(),
}
"""A control is chosen by the node's type, never by the shape of a value."""
