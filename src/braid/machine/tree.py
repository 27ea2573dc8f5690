"""The tree of frames: how frames begin, are cancelled and end, and the commands that this asks of the world."""

from __future__ import annotations

from typing import Any

from braid.language.plan import Node
from braid.machine.commands import CancelTask, ClearTimer, Command, EndRun, SetTimer, StartTask
from braid.machine.controls.attempt import AttemptFrame
from braid.machine.decision import Decision, Directive, Finish, Key
from braid.machine.frames import Frame, TaskFrame, child_address
from braid.machine.observer import Observer
from braid.machine.outcome import Cancelled, Failed, Outcome, StepRecord, Succeeded
from braid.machine.records import frame_record, step_record
from braid.machine.scope import Circumstances, Records


class FrameTree:
    """What is in progress in one run.

    Attributes:
        agenda: Directives to carry out, a stack: all that follows from one is done before the next.
        commands: What the events handled since the last `taken` ask for.
        tasks: Tasks that were sent off and not answered, by address.
        outcome: Of the root, once it has ended.
    """

    def __init__(self, observer: Observer | None) -> None:
        self.circumstances = Circumstances()
        self.observer = observer
        self.agenda: list[tuple[Frame, Directive]] = []
        self.commands: list[Command] = []
        self.tasks: dict[str, TaskFrame] = {}
        self.outcome: Outcome | None = None
        self._timers: dict[tuple[str, str], Frame] = {}

    def taken(self) -> list[Command]:
        """The commands so far; the list starts anew."""
        commands, self.commands = self.commands, []
        return commands

    def push(self, frame: Frame, decision: Decision) -> None:
        """Put directives on the agenda, the first on top."""
        if len(decision) == 1:  # nearly always
            self.agenda.append((frame, decision[0]))
            return
        for directive in reversed(decision):
            self.agenda.append((frame, directive))

    # Beginning.

    def enter(self, frame: Frame, control: Any) -> None:  # Any: Control of the frame's own type
        """Begin a frame and ask its control what to do."""
        frame.control = control
        frame.began = self.circumstances.time
        if frame.parent is not None:
            frame.parent.children[frame.key] = frame
        self.push(frame, control.start(frame))

    def enter_task(self, frame: TaskFrame) -> str:
        """Begin a task or a wait, which has no control; gives its address."""
        parent, address = frame.parent, frame.address
        assert parent is not None
        # As `due(0.0)`, without the call.
        time, earliest = self.circumstances.time, self.circumstances.timers_from
        frame.began = time
        parent.children[frame.key] = frame
        if self.observer is not None and frame.step is not None:
            self.observer.step_started(address, frame.step, time if time > earliest else earliest)
        return address

    def send_off(self, frame: TaskFrame, command: StartTask) -> None:
        """Hand a task to the executor."""
        self.tasks[command.address] = frame
        self.commands.append(command)

    def started(self, frame: Frame, step: Node) -> None:
        """Tell that a step is in progress."""
        if self.observer is not None:
            self.observer.step_started(frame.address, step, self.circumstances.due(0.0))

    # Timers.

    def set_timer(self, frame: Frame, name: str, due: float) -> None:
        """Ask for a timer; it goes with the frame."""
        frame.timers = frame.timers or set()
        frame.timers.add(name)
        self._timers[frame.address, name] = frame
        self.commands.append(SetTimer(frame.address, name, due))

    def clear_timer(self, frame: Frame, name: str) -> None:
        """Drop a timer, if it is still set."""
        if frame.timers and name in frame.timers:
            frame.timers.discard(name)
            del self._timers[frame.address, name]
            self.commands.append(ClearTimer(frame.address, name))

    def fired(self, address: str, name: str) -> Frame | None:
        """The frame of a timer that fired, or None when it isn't wanted any more."""
        frame = self._timers.pop((address, name), None)
        if frame is not None and frame.timers is not None:
            frame.timers.discard(name)
        return frame

    # Ending.

    def finish(self, frame: Frame, outcome: Outcome, reason: str) -> None:
        """Decide a frame's outcome: what is in progress in it is cancelled and awaited, then it ends."""
        frame.verdict = outcome
        frame.reason = reason or frame.reason
        if frame.children:
            # What a child's control answers goes on a stack; from the last to the first, they come out in order.
            for child in reversed(list(frame.children.values())):
                self.cancel(child)
        if not frame.children and not frame.ended:
            self.end(frame, outcome)

    def cancel(self, frame: Frame) -> None:
        """Cancel a frame; its control may clean up first. It ends later, a wait at once."""
        if isinstance(frame, TaskFrame):
            if frame.address not in self.tasks:
                self.end(frame, Cancelled())
            elif not frame.cancelling:
                frame.cancelling = True
                self.commands.append(CancelTask(frame.address, frame.attempt))
        elif frame.verdict is None:
            self.push(frame, frame.control.on_cancel(frame))

    def cancel_at_once(self, frame: Frame) -> None:
        """Cancel a whole tree, without asking its controls: nothing is cleaned up."""
        if isinstance(frame, TaskFrame):
            self.cancel(frame)
            return
        frame.verdict = frame.verdict or Cancelled()
        for child in list(frame.children.values()):
            self.cancel_at_once(child)
        if not frame.children and not frame.ended:
            self.end(frame, frame.verdict)

    def end(self, frame: Frame, outcome: Outcome) -> None:
        """A frame's last child is gone, or it never had one: it is over, and its parent hears of it."""
        while True:
            frame.ended = True
            if frame.timers:
                for name in sorted(frame.timers):
                    self.clear_timer(frame, name)
            parent = frame.parent
            if parent is None:
                self.outcome = outcome
                self.commands.append(EndRun(outcome))
                return
            del parent.children[frame.key]
            if frame.step is not None:
                outcome = self._step_ended(frame, frame.step, outcome)
            elif type(parent) is AttemptFrame:
                parent.reason = frame.reason or parent.reason
                parent.error = frame.error or parent.error
            if parent.verdict is None:
                decision = parent.control.on_child(parent, frame.key, outcome, frame.exports)
                if len(decision) != 1:
                    self.push(parent, decision)
                    return
                directive = decision[0]
                if type(directive) is not Finish or parent.children:
                    self.agenda.append((parent, directive))
                    return
                # It would come off the agenda next: most lists and blocks end like that, 1 µs sooner.
                parent.verdict = directive.outcome
                parent.reason = directive.reason or parent.reason
            elif parent.children:
                return
            frame, outcome = parent, parent.verdict

    def end_at_once(self, parent: Frame, key: Key, step: Node | None, outcome: Outcome) -> None:
        """End a step that never had a frame: skipped, pure, or failed before it began."""
        if step is not None:
            if isinstance(outcome, Failed):
                outcome = Failed(outcome.failure.at(step.key, child_address(parent.address, key), 1))
            time = self.circumstances.time
            record = step_record(outcome, time, time)
            _keep(parent, step, record, None)
            if self.observer is not None:
                self.observer.step_finished(child_address(parent.address, key), step, record)
        self.push(parent, parent.control.on_child(parent, key, outcome, None))

    def _step_ended(self, frame: Frame, step: Node, outcome: Outcome) -> Outcome:
        assert frame.parent is not None
        exports = frame.exports
        # Success first: each `isinstance` that says no costs 0.3 µs.
        if type(outcome) is not Succeeded and isinstance(outcome, Failed | Cancelled):
            # Law 7: what a failed or cancelled block held is not seen outside.
            exports = None
            if isinstance(outcome, Failed):
                outcome = Failed(outcome.failure.at(step.key, frame.address, frame.attempts))
        record = frame_record(frame, outcome, self.circumstances.time)
        if exports or step.id is not None:
            _keep(frame.parent, step, record, exports)
        if self.observer is not None:
            self.observer.step_finished(frame.address, step, record)
        return outcome


def _keep(parent: Frame, step: Node, record: StepRecord, exports: Records | None) -> None:
    assert parent.exports is not None, "steps stand in lists and graphs, which export what they hold"
    if exports:
        parent.exports.update(exports)
    if step.id is not None:
        parent.exports[step.id] = record


def own_output(frame: TaskFrame, outcome: Outcome) -> Outcome:
    """An unguarded task's outcome with the kind's own output; a guarded step's attempt wants the whole result."""
    if frame.step is None or not isinstance(outcome, Succeeded):
        return outcome
    return Succeeded(frame.node.task.output(outcome.value))
