"""The workflow as its author wrote it: one class a kind of step.

These classes are both what a file is read into and what a Python program builds
(`Parallel(id="gather", branches={...}, max_concurrency=2)`). They hold values and texts, nothing compiled; a program's
workflow is written out and read back, so that both ways meet the same checks. `origin` is the node of the document.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

Value = Any  # any value of a workflow, see task_kind.Value
Duration = Annotated[
    str | int | float,
    Meta(
        description="A duration: `250ms`, `30s`, `5m`, `1h30m`, `2d`, or ISO 8601.",
        extra={"format": "duration"},
    ),
]
Bare = Annotated[str | bool, Meta(description="A bare expression.", extra={"format": "expression"})]
Expression = Annotated[str, Meta(extra={"format": "expression"})]
Braced = Annotated[str, Meta(description="Text with `{{ … }}` that gives the value.", extra={"format": "braced"})]
Identifier = Annotated[str, Meta(extra={"format": "identifier"})]
Schema = Annotated[dict[str, Value] | bool, Meta(extra={"format": "schema"})]
Count = Annotated[int, Meta(ge=1)]
Text = str


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Any mapping of the file with fixed keys. Field `if_` is the key `if`, and so on for Python's own words."""


class Retry(Part, frozen=True, kw_only=True):
    attempts: Annotated[Count | Braced, Meta(description="How often it is tried in all, the first time included.")] = 3
    backoff: Annotated[
        Literal["exponential", "linear", "fixed"],
        Meta(description="How the delay grows from attempt to attempt."),
    ] = "exponential"
    delay: Annotated[Duration, Meta(description="The delay before the second attempt.")] = "1s"
    max_delay: Annotated[Duration, Meta(description="No delay is longer.")] = "1m"
    jitter: Annotated[
        Annotated[float, Meta(ge=0, le=1)] | bool,
        Meta(description="The part of each delay that is drawn at random, from 0 to 1; `true` is 0.5."),
    ] = 0.0
    within: Annotated[Duration | None, Meta(description="No attempt starts later than this after the first.")] = None
    when: Annotated[Bare | None, Meta(description="Over `error`: whether to try again after this failure.")] = None


class Fallback(Part, frozen=True, kw_only=True):
    """`value` or `steps`, used when all attempts failed."""

    value: Annotated[Value, Meta(description="The output.")] = UNSET
    steps: Annotated[list[Step] | None, Meta(description="Steps whose last output is the output.")] = None


class Step(Part, frozen=True, kw_only=True):
    """What every step may have."""

    id: Annotated[
        str | None,
        Meta(description="The name of the step's output in expressions."),
    ] = None
    name: Annotated[Text | None, Meta(description="A label for people.")] = None
    if_: Annotated[Bare | None, Meta(description="When false, the step is skipped and its output is null.")] = (
        msgspec.field(default=None, name="if")
    )
    needs: Annotated[
        list[str] | str | None, Meta(description="Inside `graph`: ids of steps that must be done before.")
    ] = None
    retry: Annotated[Retry | Count | None, Meta(description="How to try again after a failure.")] = None
    timeout: Annotated[Duration | None, Meta(description="Of one attempt, which is cancelled then.")] = None
    fallback: Annotated[Fallback | None, Meta(description="What to use when all attempts failed.")] = None
    output: Annotated[Value, Meta(description="Over `result`: the step's output.")] = UNSET
    schema: Annotated[
        Schema | None,
        Meta(description="JSON Schema that the output must meet, else the attempt fails."),
    ] = None
    pool: Annotated[str | None, Meta(description="The step executes only while it holds a slot of this pool.")] = None
    idempotent: Annotated[
        bool | None, Meta(description="Whether executing it twice does no more than once, as after a crash.")
    ] = None
    origin: Any = None  # Any: braid.language.document.MappingNode; not a key of the file


class Task(Step, frozen=True, kw_only=True):
    """A step of a task kind: `Task(kind="http", body={"url": …}, id="forecast")`."""

    kind: str
    body: Value = None
    function: Callable[..., Any] | None = None
    """For `python` steps built in Python: the function itself, when it can't be imported by name."""


class Group(Step, frozen=True, kw_only=True):
    steps: Annotated[list[Step], Meta(description="Run in order.")]


Tolerance = Annotated[int, Meta(ge=0)] | Annotated[str, Meta(extra={"format": "percentage"})] | Braced


class Parallel(Step, frozen=True, kw_only=True):
    branches: Annotated[
        list[list[Step]] | dict[str, list[Step]],
        Meta(description="A list of step lists, or name → step list."),
    ]
    max_concurrency: Annotated[Count | Braced | None, Meta(description="Branches in progress at once.")] = None
    wait: Annotated[
        Literal["all", "any"] | Count | Expression | None,
        Meta(description="`all`, `any`, a number of successes, or an expression over ok, failed, done, total."),
    ] = None
    merge: Annotated[
        Literal["list", "object", "concat"] | Expression | None,
        Meta(description="How results become the output: list, object, concat, or an expression over `branches`."),
    ] = None
    settle: Annotated[bool, Meta(description="Every branch ends; results carry their status.")] = False
    tolerate: Annotated[
        Tolerance | None, Meta(description="With `settle`: more failures than this fail the block.")
    ] = None


class Foreach(Step, frozen=True, kw_only=True):
    items: Annotated[Value, Meta(description="The list to go through.")]
    as_: Annotated[Identifier, Meta(description="The name of the item in expressions.")] = msgspec.field(
        default="item", name="as"
    )
    max_concurrency: Annotated[Count | Braced, Meta(description="Items in progress at once.")] = 1
    steps: Annotated[list[Step], Meta(description="Run for each item.")]
    settle: Annotated[bool, Meta(description="Every item ends; results carry their status.")] = False
    tolerate: Annotated[
        Tolerance | None, Meta(description="With `settle`: more failures than this fail the block.")
    ] = None
    collect: Annotated[Literal["list", "none"], Meta(description="`none` keeps no results.")] = "list"


class Graph(Step, frozen=True, kw_only=True):
    steps: Annotated[list[Step], Meta(description="Each starts as soon as what it needs is done.")]
    max_concurrency: Annotated[Count | Braced | None, Meta(description="Steps in progress at once.")] = None


class If(Step, frozen=True, kw_only=True):
    """`if` with `then` and `else`: the condition is `if_`."""

    then: Annotated[list[Step], Meta(description="Run when the condition holds.")]
    else_: Annotated[list[Step] | None, Meta(description="Run when it doesn't.")] = msgspec.field(
        default=None, name="else"
    )


class Case(Part, frozen=True, kw_only=True):
    when: Annotated[
        Value,
        Meta(description="With `value`: the value, or a list of values, that it must equal; else a bare expression."),
    ]
    steps: Annotated[list[Step], Meta(description="Run for the first case that holds.")]


class Switch(Step, frozen=True, kw_only=True):
    value: Annotated[Value, Meta(description="What the cases are compared with.")] = UNSET
    cases: Annotated[list[Case], Meta(description="Tried in order.", min_length=1)]
    default: Annotated[list[Step] | None, Meta(description="Run when no case holds.")] = None


class Loop(Step, frozen=True, kw_only=True):
    max: Annotated[Count | Braced, Meta(description="No more iterations than this.")]
    while_: Annotated[Bare | None, Meta(description="Tested before each iteration.")] = msgspec.field(
        default=None, name="while"
    )
    until: Annotated[Bare | None, Meta(description="Tested after each iteration.")] = None
    steps: Annotated[list[Step], Meta(description="Run in each iteration.")]


class Catch(Part, frozen=True, kw_only=True):
    when: Annotated[Bare | None, Meta(description="Over `error`: whether this handler takes it.")] = None
    steps: Annotated[list[Step], Meta(description="Run when it does.")]


class Try(Step, frozen=True, kw_only=True):
    steps: Annotated[list[Step], Meta(description="Run in order.")]
    catch: Annotated[list[Catch] | None, Meta(description="The first handler that takes the error runs.")] = None
    finally_: Annotated[list[Step] | None, Meta(description="Run in any case, also when cancelled.")] = msgspec.field(
        default=None, name="finally"
    )


class Break(Step, frozen=True, kw_only=True):
    when: Annotated[Bare | None, Meta(description="Leave the loop only if this holds.")] = None


class Continue(Step, frozen=True, kw_only=True):
    when: Annotated[Bare | None, Meta(description="Go on with the next iteration only if this holds.")] = None


class Goto(Step, frozen=True, kw_only=True):
    to: Annotated[str, Meta(description="Id of a step of the same or an enclosing step list.")]
    max: Annotated[Count, Meta(description="How often this goto may jump in one run of its step list.")] = 100


class Return(Step, frozen=True, kw_only=True):
    value: Annotated[Value, Meta(description="The workflow's output.")] = None


class Pool(Part, frozen=True, kw_only=True):
    limit: Annotated[Count, Meta(description="Steps that execute at once.")]
    rate: Annotated[
        Annotated[str, Meta(extra={"format": "rate"})] | None, Meta(description="Starts per time, such as `100/1m`.")
    ] = None


class Defaults(Part, frozen=True, kw_only=True):
    retry: Annotated[Retry | Count | None, Meta(description="How to try again after a failure.")] = None
    timeout: Annotated[Duration | None, Meta(description="Of one attempt, which is cancelled then.")] = None
    pool: Annotated[str | None, Meta(description="The pool whose slot a step holds while it executes.")] = None


class Workflow(Part, frozen=True, kw_only=True):
    name: Annotated[str, Meta(description="The workflow's name.", min_length=1)]
    version: Annotated[str | int | float | None, Meta(description="The workflow's own version.")] = None
    description: Annotated[str | None, Meta(description="What it is for.")] = None
    inputs: Annotated[
        dict[str, dict[str, Value]], Meta(description="Name → JSON Schema with an optional `default`.")
    ] = {}
    vars: Annotated[
        dict[str, Value], Meta(description="Name → constant or expression, evaluated once at the start.")
    ] = {}
    secrets: Annotated[list[str], Meta(description="Names of the secrets that expressions may use.")] = []
    env: Annotated[list[str], Meta(description="Names of the environment variables that expressions may read.")] = []
    max_concurrency: Annotated[
        Count | None, Meta(description="Default limit of the blocks of this file (10 when absent).")
    ] = None
    pools: Annotated[dict[str, Pool | Count], Meta(description="Named limits on steps that are executing.")] = {}
    defaults: Annotated[Defaults | None, Meta(description="For every task step that doesn't set its own.")] = None
    timeout: Annotated[Duration | None, Meta(description="Of the whole run.")] = None
    steps: Annotated[list[Step] | None, Meta(description="The body: steps in order.")] = None
    graph: Annotated[
        Graph | list[Step] | None, Meta(description="The body: steps that start when what they need is done.")
    ] = None
    on_failure: Annotated[list[Step] | None, Meta(description="Run after a failed run; `error` is set.")] = None
    finally_: Annotated[list[Step] | None, Meta(description="Run after every run.")] = msgspec.field(
        default=None, name="finally"
    )
    output: Annotated[Value, Meta(description="The run's result; the last step's output when absent.")] = UNSET
    origin: Any = None  # Any: braid.language.document.MappingNode; not a key of the file


Unset = UnsetType

CONTROLS: dict[str, type[Step]] = {
    "steps": Group,
    "parallel": Parallel,
    "foreach": Foreach,
    "graph": Graph,
    "then": If,
    "switch": Switch,
    "loop": Loop,
    "try": Try,
    "break": Break,
    "continue": Continue,
    "goto": Goto,
    "return": Return,
}
"""Control keyword → class. `if` with `then` is recognised by `then`."""
