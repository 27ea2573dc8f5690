"""A step list: its steps in order, and the jumps that land in it."""

from __future__ import annotations

from braid.language.plan import Body, JumpNode
from braid.machine.controls.control import Control
from braid.machine.decision import Decision, Finish, Key, StartStep
from braid.machine.frames import ListFrame, child_address
from braid.machine.outcome import Failed, Failure, Jumped, Outcome, Skipped, Succeeded
from braid.machine.scope import Records


class SequenceControl(Control[Body, ListFrame]):
    """Runs the steps of a list one after the other; the output is that of the last one."""

    def start(self, frame: ListFrame) -> Decision:
        return self._proceed(frame)

    def on_child(self, frame: ListFrame, key: Key, outcome: Outcome, exports: Records | None) -> Decision:
        match outcome:
            case Succeeded(value):
                frame.last = value
            case Skipped():
                frame.last = None
            case Jumped(target, source) if target in frame.node.positions:
                return self._jump(frame, key, target, source)
            case _:
                return (Finish(outcome),)
        frame.position += 1
        return self._proceed(frame)

    def _proceed(self, frame: ListFrame) -> Decision:
        steps = frame.node.steps
        position = frame.position
        if position == len(steps):
            return (Finish(Succeeded(frame.last)),)
        node = steps[position]
        return (StartStep(self._key(frame, position, node.key), node, frame.scope),)

    def _key(self, frame: ListFrame, position: int, key: str) -> str:
        # Only after a goto can a step run twice in one list; its address must tell the runs apart.
        if frame.runs is None:
            return key
        run = frame.runs[position] = frame.runs.get(position, 0) + 1
        return key if run == 1 else f"{key}~{run}"

    def _jump(self, frame: ListFrame, key: Key, target: str, source: JumpNode) -> Decision:
        if frame.jumps is None:
            frame.jumps = {}
            frame.runs = dict.fromkeys(range(frame.position + 1), 1)
        jumps = frame.jumps[source] = frame.jumps.get(source, 0) + 1
        if jumps > source.visits_max:
            message = (
                f"`goto: {target}` has jumped {source.visits_max} times; `goto: {{to: {target}, max: N}}` allows more"
            )
            # The goto may stand deep inside the child; the child is what this list knows the address of.
            address = child_address(frame.address, key)
            return (Finish(Failed(Failure("limit", message, step=source.key, address=address, retryable=False))),)
        frame.position = frame.node.positions[target]
        frame.last = None
        return self._proceed(frame)
