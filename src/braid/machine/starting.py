"""How steps start: conditions, pure steps, tasks, blocks and called workflows."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from braid.expressions import EvaluationError
from braid.language.inputs import bind_inputs
from braid.language.plan import CallNode, JumpNode, Node, Plan, PoolSpec, ReturnNode, TaskNode
from braid.language.task_kind import PureTask, TimerTask, Value
from braid.machine.commands import StartTask
from braid.machine.controls.attempt import AttemptFrame
from braid.machine.controls.registry import ATTEMPT, CONTROLS, SEQUENCE, WORKFLOW
from braid.machine.decision import Key, StartBody, StartKind, StartStep
from braid.machine.evaluation import expression_failure
from braid.machine.frames import Frame, ListFrame, RunFrame, TaskFrame, WindowFrame, child_address, run_of
from braid.machine.kept_results import KeptResults
from braid.machine.limits import CALL_DEPTH_MAX
from braid.machine.outcome import Failed, Failure, Outcome, Skipped, Succeeded
from braid.machine.pure import jump_outcome, pure_outcome, timer_due
from braid.machine.scope import ListScope, moment
from braid.machine.tree import FrameTree

DELAY = "delay"

_ONLY_ATTEMPT = StartKind(1, None)


class StepStarter:
    """Starts what the controls ask for, in the frames of one run.

    `env` and `override` (the limit of the command line) come with the run's first event.
    """

    def __init__(self, tree: FrameTree, secrets: Mapping[str, str], kept: KeptResults) -> None:
        self.env: Mapping[str, str] = {}
        self.override: int | None = None
        self._tree = tree
        self._secrets = secrets
        self._kept = kept

    def start_body(self, frame: Frame, directive: StartBody) -> None:
        """Start a step list as a child of a block."""
        outer = directive.parent_scope or frame.scope
        scope = ListScope(outer, outer.circumstances, directive.bindings)
        listed = ListFrame(frame, directive.key, scope, directive.body, SEQUENCE, exports=scope.records)
        listed.began = outer.circumstances.time
        frame.children[directive.key] = listed
        if directive.body.steps:
            first = directive.body.steps[0]
            self._begin(listed, first.key, first, scope)
        else:
            self._tree.push(listed, SEQUENCE.start(listed))

    def start_step(self, parent: Frame, directive: StartStep) -> None:
        """Start a step of a list or graph, unless its condition is false."""
        self._begin(parent, directive.key, directive.node, directive.scope)

    def _begin(self, parent: Frame, key: Key, node: Node, scope: ListScope) -> None:
        if node.condition is not None:
            self._tree.circumstances.enter(parent, key, "if")
            try:
                holds = node.condition.evaluate(scope)
            except EvaluationError as error:
                self._tree.end_at_once(parent, key, node, Failed(expression_failure(error)))
                return
            if not holds:
                self._tree.end_at_once(parent, key, node, Skipped("its `if` is false"))
                return
        if node.guarded:
            frame = ATTEMPT.open(node, parent, key, scope)
            frame.step = node
            self._tree.started(frame, node)
            self._tree.enter(frame, ATTEMPT)
        elif type(node) is TaskNode:  # nearly always
            self._start_task(parent, key, node, scope, _ONLY_ATTEMPT, node)
        else:
            self._start_kind(parent, key, node, scope, _ONLY_ATTEMPT, node)

    def start_kind(self, frame: Frame, directive: StartKind) -> None:
        """Start what a guarded step does, inside its attempt."""
        self._start_kind(frame, "", frame.node, frame.scope, directive, None)

    def open_workflow(
        self, parent: Frame | None, key: Key, plan: Plan, inputs: Mapping[str, Value], step: Node | None = None
    ) -> RunFrame:
        """Start a workflow: the run itself, or one that is called."""
        circumstances = self._tree.circumstances
        bindings = {
            "secrets": {name: self._secrets[name] for name in plan.secrets if name in self._secrets},
            "env": {name: self.env[name] for name in plan.env if name in self.env},
            "run": {
                "id": circumstances.run_id,
                "workflow": plan.name,
                "started_at": moment(circumstances.time),
            },
        }
        depth = run_of(parent).depth + 1 if parent else 0
        frame = RunFrame(parent, key, ListScope(None, circumstances, bindings), plan, depth=depth)
        frame.inputs = inputs
        frame.step = step
        if self.override is not None:
            frame.max_concurrency = self.override
        if step is not None:
            self._tree.started(frame, step)
        self._tree.enter(frame, WORKFLOW)
        return frame

    def _start_kind(
        self, parent: Frame, key: Key, node: Node, scope: ListScope, directive: StartKind, step: Node | None
    ) -> None:
        self._tree.circumstances.enter(parent, key)
        match node:
            case TaskNode():
                self._start_task(parent, key, node, scope, directive, step)
            case CallNode():
                self._start_call(parent, key, node, scope, step)
            case JumpNode() | ReturnNode():
                self._tree.end_at_once(parent, key, step, jump_outcome(node, scope, child_address(parent.address, key)))
            case _:
                control = CONTROLS[type(node)]
                frame = control.open(node, parent, key, scope)
                frame.step = step
                if step is not None:
                    self._tree.started(frame, node)
                self._tree.enter(frame, control)
                if self._tree.observer is not None and isinstance(frame, WindowFrame):
                    self._tree.observer.block_opened(frame.address, node, frame.total, frame.limit)

    def _start_task(
        self, parent: Frame, key: Key, node: TaskNode, scope: ListScope, directive: StartKind, step: Node | None
    ) -> None:
        tree, family = self._tree, node.family
        if not node.arguments.constant:
            tree.circumstances.enter(parent, key)
        if family is PureTask:
            assert isinstance(node.task, PureTask)
            outcome = pure_outcome(node, node.task, scope)
            if step is not None and isinstance(outcome, Succeeded):
                outcome = Succeeded(node.task.output(outcome.value))
            self._tree.end_at_once(parent, key, step, outcome)
            return
        frame = TaskFrame(parent, key, scope, node, attempt=directive.attempt)
        frame.step = step
        if family is TimerTask:
            assert isinstance(node.task, TimerTask)
            due = timer_due(node, node.task, scope)
            if isinstance(due, Failed):
                self._tree.end_at_once(parent, key, step, due)
                return
            self._tree.enter_task(frame)
            if self._kept.asked and self._kept.take(frame, node.arguments.evaluate(scope)):
                return
            self._tree.set_timer(frame, f"{DELAY}-{directive.attempt}", due)
            return
        try:
            arguments = node.arguments.evaluate(scope)
        except EvaluationError as error:
            self._tree.end_at_once(parent, key, step, Failed(expression_failure(error)))
            return
        address = tree.enter_task(frame)
        if self._kept.asked and self._kept.take(frame, arguments):
            return
        attempt = directive.attempt
        if attempt == 1 and type(parent) is AttemptFrame:
            # After results that were kept it begins not when those came, but now.
            parent.began = tree.circumstances.due(0.0)
        pool = _pool(frame, node.pool) if node.pool is not None else None
        tree.send_off(frame, StartTask(address, attempt, node, arguments, directive.timeout, pool))

    def _start_call(self, parent: Frame, key: Key, node: CallNode, scope: ListScope, step: Node | None) -> None:
        plan = node.target()
        try:
            given = node.inputs.evaluate(scope)
        except EvaluationError as error:
            self._tree.end_at_once(parent, key, step, Failed(expression_failure(error)))
            return
        inputs, problems = bind_inputs(plan.inputs, given)
        if problems:
            message = f"`{node.workflow}`: {'; '.join(problems)}"
            self._tree.end_at_once(parent, key, step, _refused("inputs", message))
        elif run_of(parent).depth >= CALL_DEPTH_MAX:
            message = f"calls are nested more than {CALL_DEPTH_MAX} deep"
            self._tree.end_at_once(parent, key, step, _refused("limit", message))
        else:
            self.open_workflow(parent, key, plan, inputs, step)


def _refused(type_: str, message: str) -> Outcome:
    return Failed(Failure(type_, message, retryable=False))


def _pool(frame: Frame, name: str) -> PoolSpec:
    # Pools are a file's own: a called workflow's `api` is not the caller's.
    run = run_of(frame)
    spec = run.node.pools[name]
    return spec if run.depth == 0 else replace(spec, name=f"{run.node.source.name}:{name}")
