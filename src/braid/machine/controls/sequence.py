"""A step list: its steps in order, and the jumps that land in it."""

from __future__ import annotations

from braid.language.plan import Body, JumpNode
from braid.machine.controls.control import Control
from braid.machine.decision import Decision, Finish, Key, StartStep
from braid.machine.frames import ListFrame
from braid.machine.outcome import Failed, Failure, Jumped, Outcome, Skipped, Succeeded
from braid.machine.scope import Records


class SequenceControl(Control[Body, ListFrame]):
    """Runs the steps of a list one after the other; the output is that of the last one."""

    def start(self, frame: ListFrame) -> Decision:
        steps = frame.node.steps
        return (StartStep(steps[0].key, steps[0], frame.scope),) if steps else self._proceed(frame)

    def on_child(self, frame: ListFrame, key: Key, outcome: Outcome, exports: Records | None) -> Decision:
        if type(outcome) is Succeeded:  # nearly always; a `case` for it takes twice as long
            frame.last = outcome.value
        elif isinstance(outcome, Skipped):
            frame.last = None
        elif isinstance(outcome, Jumped) and outcome.target in frame.node.positions:
            return self._jump(frame, outcome)
        else:
            return (Finish(outcome),)
        frame.position += 1
        return self._proceed(frame)

    def _proceed(self, frame: ListFrame) -> Decision:
        steps = frame.node.steps
        position = frame.position
        if position == len(steps):
            return (Finish(Succeeded(frame.last)),)
        node = steps[position]
        # Only after a goto can a step run twice in one list; its address must tell the runs apart.
        key = node.key if frame.runs is None else self._run_key(frame.runs, position, node.key)
        return (StartStep(key, node, frame.scope),)

    def _run_key(self, runs: dict[int, int], position: int, key: str) -> str:
        run = runs[position] = runs.get(position, 0) + 1
        return key if run == 1 else f"{key}~{run}"

    def _jump(self, frame: ListFrame, jump: Jumped) -> Decision:
        source: JumpNode = jump.source
        target = jump.target
        if frame.jumps is None:
            frame.jumps = {}
            frame.runs = dict.fromkeys(range(frame.position + 1), 1)
        jumps = frame.jumps[source] = frame.jumps.get(source, 0) + 1
        if jumps > source.visits_max:
            message = (
                f"`goto: {target}` has jumped {source.visits_max} times; `goto: {{to: {target}, max: N}}` allows more"
            )
            return (Finish(Failed(Failure("limit", message, step=source.key, address=jump.address, retryable=False))),)
        frame.position = frame.node.positions[target]
        frame.last = None
        return self._proceed(frame)
