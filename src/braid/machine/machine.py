"""The state machine that holds a whole run: events in, commands out, and nothing else.

`handle` carries out the directives of the controls on the tree of frames. No clock, file, socket, thread or chance:
the same events give the same commands, so the journal needs to keep events only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from braid.language.plan import Plan
from braid.machine import events
from braid.machine.commands import Command
from braid.machine.controls.attempt import AttemptFrame
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
from braid.machine.kept_results import KeptResults
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
        kept: Is asked by each task that starts; by default what ResultKept events offer.
        tree: Holds the frames; by default a new one with the observer.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        secrets: Mapping[str, str] | None = None,
        observer: Observer | None = None,
        kept: KeptResults | None = None,
        tree: FrameTree | None = None,
    ) -> None:
        self.plan = plan
        self._tree = FrameTree(observer) if tree is None else tree
        # Not `or`: one that offers nothing is false.
        self._kept = KeptResults(secrets or {}) if kept is None else kept
        self._starter = StepStarter(self._tree, secrets or {}, self._kept)
        self._root: RunFrame | None = None
        self._cancels = 0
        # By type, not by `match`: that asks for one type after the other, and a step has five directives.
        self._acts: dict[type[Directive], Callable[[Frame, Any], None]] = {  # Any: the directive of that type
            StartStep: self._starter.start_step,
            StartBody: self._starter.start_body,
            StartKind: self._starter.start_kind,
            OpenWindow: self._open_window,
            Finish: self._finish,
            CancelChildren: self._cancel_children,
            SetTimer: self._set_timer,
            ClearTimer: self._clear_timer,
            Retrying: self._tell_of_retry,
        }

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
            case events.ResultKept():
                self._kept.add(event)
            case events.RunEdited():
                self._tree.circumstances.timers_from = event.time
            case events.ResultDropped():
                pass
            case _:
                raise AssertionError(f"unknown event {event!r}")
        self._carry_out()
        while self._kept.taken:
            self._answer_kept()
            self._carry_out()
        return self._tree.taken()

    def _carry_out(self) -> None:
        agenda, acts = self._tree.agenda, self._acts
        while agenda:
            frame, directive = agenda.pop()
            # What is decided is not asked again: directives from before the verdict are void.
            if frame.verdict is None and not frame.ended:
                acts[type(directive)](frame, directive)

    def _start_run(self, event: events.RunStarted) -> None:
        assert self._root is None, "a machine holds one run"
        circumstances = self._tree.circumstances
        circumstances.run_id = event.run_id
        circumstances.timers_from = max(circumstances.timers_from, event.time)
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
        self._tree.end(frame, outcome if frame.node.whole_result else own_output(frame, outcome))

    def _answer_kept(self) -> None:
        """Handle the earliest of the kept results that steps have taken, as if its answer came only now."""
        frame, event = self._kept.next()
        if frame.ended:
            return
        self._tree.circumstances.time = event.time
        frame.began = event.started
        if isinstance(frame.parent, AttemptFrame):
            frame.parent.attempts = max(frame.parent.attempts, event.attempt)
        self._tree.end(frame, own_output(frame, Succeeded(event.value)))

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

    # Directives.

    def _open_window(self, frame: Frame, directive: OpenWindow) -> None:
        following = frame.control.next(frame)
        if following is not None:
            child, more = following
            if more:
                self._tree.agenda.append((frame, directive))
            self._acts[type(child)](frame, child)

    def _finish(self, frame: Frame, directive: Finish) -> None:
        self._tree.finish(frame, directive.outcome, directive.reason)

    def _cancel_children(self, frame: Frame, directive: CancelChildren) -> None:
        for key in directive.keys:
            if key in frame.children:
                self._tree.cancel(frame.children[key])

    def _set_timer(self, frame: Frame, directive: SetTimer) -> None:
        self._tree.set_timer(frame, directive.name, directive.due)

    def _clear_timer(self, frame: Frame, directive: ClearTimer) -> None:
        self._tree.clear_timer(frame, directive.name)

    def _tell_of_retry(self, frame: Frame, directive: Retrying) -> None:
        if self._tree.observer is not None:
            failure, attempt, due = directive.failure, directive.attempt, directive.due
            self._tree.observer.step_retrying(frame.address, frame.node, failure, attempt, due)


def _failure(event: events.TaskFailed) -> Failure:
    return Failure(
        event.type,
        event.message,
        details=event.details,
        retryable=event.retryable,
        retry_after=event.retry_after,
    )
