"""The plan: a workflow that was checked, compiled and is final; what the machine runs.

Everything that is the same for all runs of a file is worked out here, once. Nodes are compared by identity, never
changed after compiling, and hold no state of a run.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import msgspec

from braid.diagnostics import Source, Span
from braid.expressions import Scope
from braid.language.task_kind import PureTask, TaskKind, TimerTask, Value

MAX_CONCURRENCY_DEFAULT = 10
"""Branches in progress at once in a block, when neither it nor its file says."""


class Resolvable(Protocol):
    """A value that may hold expressions: a constant, a text, or a list or mapping of such."""

    constant: bool
    """It has no expression: `evaluate` gives the same value in any scope."""

    def evaluate(self, scope: Scope) -> Value:
        """Its value here.

        Raises:
            EvaluationError: With `span` set to the place in the file.
        """


class RetryPolicy(msgspec.Struct, frozen=True):
    attempts: Resolvable
    backoff: str
    delay: Resolvable
    max_delay: Resolvable
    jitter: float
    within: Resolvable | None
    when: Resolvable | None


class FallbackPolicy(msgspec.Struct, frozen=True):
    """Exactly one of the two."""

    value: Resolvable | None
    body: Body | None


class Schema(Protocol):
    """A JSON Schema, compiled."""

    def placed_errors(self, value: Value) -> list[tuple[tuple[str | int, ...], str]]:
        """As `errors`, each with the keys and indexes that lead to its place."""

    def errors(self, value: Value) -> list[str]:
        """What is wrong with the value, each with its place inside; empty when it fits."""


class Node(msgspec.Struct, eq=False, kw_only=True):
    """A step. `key` is its part of an address: its id, or `kind-N` for the N-th step of its list, from 1.

    `origin` is what stands in the file; None for the one step of a top-level `graph`.
    """

    key: str
    kind: str
    id: str | None = None
    name: str | None = None
    span: Span | None = None
    condition: Resolvable | None = None
    retry: RetryPolicy | None = None
    timeout: Resolvable | None = None
    fallback: FallbackPolicy | None = None
    output: Resolvable | None = None
    schema: Schema | None = None
    pool: str | None = None
    idempotent: bool | None = None
    origin: Any = None  # Any: document.MappingNode, of which the plan knows nothing
    guarded: bool = False
    """It needs an attempt frame round its body; worked out from the rest."""

    def __post_init__(self) -> None:
        self.guarded = bool(self.retry or self.timeout or self.fallback or self.output or self.schema)


class Body(msgspec.Struct, eq=False, kw_only=True):
    """A step list, run in order."""

    steps: tuple[Node, ...]
    positions: Mapping[str, int]
    """Id → index among `steps`, for goto."""
    span: Span | None = None


class TaskNode(Node, eq=False, kw_only=True):
    """A step of a task kind. `arguments` is resolved to the mapping of its fields.

    Attributes:
        family: PureTask, TimerTask, or TaskKind for what the executor carries out. Worked out here, because
            `isinstance` asks an abstract class in Python code: 0.5 µs each time, thrice for each step.
        whole_result: The output is what the task gives, unless the step says otherwise.
    """

    task: TaskKind
    arguments: Resolvable
    function: Callable[..., Any] | None = None  # Any: the author's own function, see ast.Task.function
    family: type[TaskKind] = TaskKind
    whole_result: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        kind = type(self.task)
        self.family = next((family for family in (PureTask, TimerTask) if issubclass(kind, family)), TaskKind)
        self.whole_result = kind.output is TaskKind.output


class CallNode(Node, eq=False, kw_only=True):
    """Another workflow, run inside this run. `target` is filled once for each file, so files may call each other."""

    target: Callable[[], Plan]
    workflow: str
    inputs: Resolvable


class GroupNode(Node, eq=False, kw_only=True):
    body: Body


class WaitKind(enum.Enum):
    ALL = "all"
    COUNT = "count"
    """`any` is a count of 1."""
    EXPRESSION = "expression"


class MergeKind(enum.Enum):
    DEFAULT = "default"
    """A list for listed branches, an object by name for named ones."""
    LIST = "list"
    OBJECT = "object"
    CONCAT = "concat"
    EXPRESSION = "expression"


class Tolerate(msgspec.Struct, frozen=True):
    """How many failures a settling block bears: `count`, a number or a text such as `10%`."""

    count: Resolvable


class ParallelNode(Node, eq=False, kw_only=True):
    """`ordered`: a `return` may leave the block, so that later branches are discarded when one jumps (law 3)."""

    branches: tuple[Body, ...]
    names: tuple[str, ...] | None
    limit: Resolvable | None
    wait: WaitKind = WaitKind.ALL
    wait_value: Resolvable | None = None
    merge: MergeKind = MergeKind.DEFAULT
    merge_expression: Resolvable | None = None
    settle: bool = False
    tolerate: Tolerate | None = None
    ordered: bool = False


class ForeachNode(Node, eq=False, kw_only=True):
    """`ordered`: a `break` or `return` may leave the block, so that later items are discarded (law 3)."""

    items: Resolvable
    variable: str
    limit: Resolvable
    body: Body
    settle: bool = False
    tolerate: Tolerate | None = None
    collect: bool = True
    ordered: bool = False


class GraphNode(Node, eq=False, kw_only=True):
    """Indexes are positions in `body.steps`. `ancestors[i]` is a bit mask of all steps that step i may see."""

    body: Body
    dependencies: tuple[tuple[int, ...], ...]
    dependents: tuple[tuple[int, ...], ...]
    ancestors: tuple[int, ...]
    limit: Resolvable | None = None


class IfNode(Node, eq=False, kw_only=True):
    """`condition` chooses the body instead of skipping the step."""

    test: Resolvable
    then: Body
    otherwise: Body | None


class SwitchCase(msgspec.Struct, frozen=True):
    when: Resolvable
    body: Body


class SwitchNode(Node, eq=False, kw_only=True):
    """With `value`, a case holds when it equals it (or is a list that has it); else when its expression is true."""

    value: Resolvable | None
    cases: tuple[SwitchCase, ...]
    default: Body | None


class LoopNode(Node, eq=False, kw_only=True):
    max: Resolvable
    while_: Resolvable | None
    until: Resolvable | None
    body: Body


class Handler(msgspec.Struct, frozen=True):
    when: Resolvable | None
    body: Body


class TryNode(Node, eq=False, kw_only=True):
    body: Body
    handlers: tuple[Handler, ...]
    finally_: Body | None


class JumpKind(enum.Enum):
    BREAK = "break"
    CONTINUE = "continue"
    GOTO = "goto"


class JumpNode(Node, eq=False, kw_only=True):
    """`when` is the condition in the body of break and continue."""

    jump: JumpKind
    when: Resolvable | None = None
    target: str | None = None
    visits_max: int = 0


class ReturnNode(Node, eq=False, kw_only=True):
    value: Resolvable


class InputSpec(msgspec.Struct, frozen=True):
    """One declared input. `required` when its schema has no default."""

    name: str
    schema: Schema
    definition: Mapping[str, Value]
    required: bool
    default: Value
    span: Span | None


class PoolSpec(msgspec.Struct, frozen=True):
    """`rate` is (starts, seconds): at most so many starts in any such time."""

    name: str
    limit: int
    rate: tuple[int, float] | None = None


class Plan(msgspec.Struct, eq=False, kw_only=True):
    """A workflow, ready to run.

    `body` is a list or, for a top-level `graph`, a body of that one graph step. `definition` is the file's content as
    plain values: two plans with equal definitions do the same. `calls` are its `call` steps and `task_kinds` the kinds
    of its tasks, sorted, at any depth.
    """

    name: str
    source: Source
    folder: Path
    version: str | None
    description: str | None
    inputs: Mapping[str, InputSpec]
    variables: Mapping[str, Resolvable]
    secrets: tuple[str, ...]
    env: tuple[str, ...]
    max_concurrency: int
    pools: Mapping[str, PoolSpec]
    timeout: Resolvable | None
    body: Body
    on_failure: Body | None
    finally_: Body | None
    output: Resolvable | None
    definition: Value
    steps_total: int
    calls: tuple[CallNode, ...] = ()
    task_kinds: tuple[str, ...] = ()
    warnings: tuple[Any, ...] = ()  # Any: Diagnostic; findings that don't stop a run
