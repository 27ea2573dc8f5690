"""The state machine that holds a whole run: events in, commands out, and nothing else.

`handle` carries out the directives of the controls on the tree of frames. No clock, file, socket, thread or chance:
the same events give the same commands, so the journal needs to keep events only.
"""

from __future__ import annotations

from collections.abc import Mapping

from braid.language.plan import Plan
from braid.machine import events
from braid.machine.commands import Command
from braid.machine.decision import (
    CancelChildren,
    ClearTimer,
    Directive,
    Finish,
    OpenWindow,
    Retrying,
    SetTimer,
    StartBody,
    StartKind,
    StartStep,
)
from braid.machine.frames import Frame, RunFrame, TaskFrame
from braid.machine.observer import Observer
from braid.machine.outcome import Cancelled, Failed, Failure, Outcome, Succeeded
from braid.machine.starting import StepStarter
from braid.machine.tree import FrameTree, own_output


class Machine:
    """One run of one plan.

    Args:
        plan: What to run.
        secrets: Values of the declared secrets of the plan and of the workflows it calls, by name.
        observer: Told of every step.
    """

    def __init__(
        self, plan: Plan, *, secrets: Mapping[str, str] | None = None, observer: Observer | None = None
    ) -> None:
        self.plan = plan
        self._tree = FrameTree(observer)
        self._starter = StepStarter(self._tree, secrets or {})
        self._root: RunFrame | None = None
        self._cancels = 0

    @property
    def outcome(self) -> Outcome | None:
        """How the run ended: Succeeded, Failed or Cancelled; None while it goes on."""
        return self._tree.outcome

    @property
    def tasks_in_progress(self) -> tuple[str, ...]:
        """Addresses of the tasks that were started and have not been answered."""
        return tuple(self._tree.tasks)

    def handle(self, event: events.Event) -> list[Command]:
        """What shall happen now that this has happened. Answers to what is not in progress are ignored."""
        self._tree.circumstances.time = event.time
        match event:
            case events.TaskSucceeded():
                self._answered(event, Succeeded(event.value))
            case events.TaskFailed():
                self._answered(event, Failed(_failure(event)))
            case events.TaskCancelled():
                self._answered(event, Cancelled())
            case events.TimerFired():
                self._timer_fired(event)
            case events.RunStarted():
                self._start_run(event)
            case events.CancelRequested():
                self._cancel_run()
            case _:
                raise AssertionError(f"unknown event {event!r}")
        agenda = self._tree.agenda
        while agenda:
            frame, directive = agenda.pop()
            # What is decided is not asked again: directives from before the verdict are void.
            if frame.verdict is None and not frame.ended:
                self._carry_out(frame, directive)
        return self._tree.taken()

    def _start_run(self, event: events.RunStarted) -> None:
        assert self._root is None, "a machine holds one run"
        self._tree.circumstances.run_id = event.run_id
        self._starter.env = event.env
        self._starter.override = event.max_concurrency
        self._root = self._starter.open_workflow(None, "", self.plan, event.inputs)

    def _answered(
        self, event: events.TaskSucceeded | events.TaskFailed | events.TaskCancelled, outcome: Outcome
    ) -> None:
        frame = self._tree.tasks.get(event.address)
        if frame is None or frame.attempt != event.attempt:
            return
        del self._tree.tasks[event.address]
        frame.began = event.started
        self._tree.end(frame, own_output(frame, outcome))

    def _timer_fired(self, event: events.TimerFired) -> None:
        frame = self._tree.fired(event.address, event.name)
        if frame is None:
            return
        if isinstance(frame, TaskFrame):
            self._tree.end(frame, Succeeded(None))
        elif frame.verdict is None:
            self._tree.push(frame, frame.control.on_timer(frame, event.name))

    def _cancel_run(self) -> None:
        if self._root is None or self._root.ended:
            return
        self._cancels += 1
        if self._cancels == 1:
            self._tree.cancel(self._root)
        else:
            self._tree.cancel_at_once(self._root)

    def _carry_out(self, frame: Frame, directive: Directive) -> None:
        tree = self._tree
        match directive:
            case StartStep():
                self._starter.start_step(frame, directive)
            case Finish(outcome, reason):
                tree.finish(frame, outcome, reason)
            case OpenWindow():
                child = frame.control.next(frame)
                if child is not None:
                    tree.push(frame, (child, directive))
            case StartBody():
                self._starter.start_body(frame, directive)
            case StartKind():
                self._starter.start_kind(frame, directive)
            case CancelChildren(keys):
                for key in keys:
                    if key in frame.children:
                        tree.cancel(frame.children[key])
            case SetTimer(name, due):
                tree.set_timer(frame, name, due)
            case ClearTimer(name):
                tree.clear_timer(frame, name)
            case Retrying(failure, attempt, due):
                if tree.observer is not None:
                    tree.observer.step_retrying(frame.address, frame.node, failure, attempt, due)


def _failure(event: events.TaskFailed) -> Failure:
    return Failure(
        event.type,
        event.message,
        details=event.details,
        retryable=event.retryable,
        retry_after=event.retry_after,
    )
