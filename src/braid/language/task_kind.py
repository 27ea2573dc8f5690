"""What a kind of task is: the contract between the language, the machine and the files in `braid.tasks`.

A kind is one class in one file, found by its entry point (group `braid.tasks`, the name is the key in a step).
It declares its fields as a `TaskFields` struct, from which the checker, `braid tasks` and the JSON Schema are made.
There are four families, told apart by who acts:

* `PureTask`: computed inside the machine; no clock, no file, no network; the same arguments give the same value.
* `TimerTask`: ends at a time; the machine sets a timer, so that the wait survives a restart.
* `ActiveTask`: acts on the world; the executor runs it, the journal keeps what it answered.
* `SubworkflowTask`: another workflow file, run inside the same machine.
"""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

import msgspec

from braid.language.installed import EntryPoint, all_points, own_points

if TYPE_CHECKING:
    from braid.language.types.lattice import Type

Value = Any
"""A value of a workflow: JSON, dates, decimals, bytes. Python's type system can't name the recursive union cheaply."""


class Interpolation(enum.Enum):
    """How text with `{{ … }}` in a field becomes a value."""

    VALUE = "value"
    """A lone `{{ … }}` keeps its type, anything else is text. The default."""
    TEMPLATE = "template"
    """Text with Jinja statements (`{% for %}`)."""
    EXPRESSION = "expression"
    """A bare expression, as in `if:`."""
    REFUSED = "refused"
    """No interpolation: the text is code, and data must reach it another way."""


class Interpolated(msgspec.Struct, frozen=True):
    """One evaluated `{{ … }}` on its way into a text; `raw` when the author wrote `| raw`."""

    value: Value
    raw: bool


Part = str | Interpolated
Joiner = Callable[[Sequence[Part]], Value]
"""Makes the field's value of the literal texts and the evaluated interpolations between them, in order.

Raises:
    EvaluationError: An interpolation can't stand where it does, or its value can't be there.
"""


class FieldRule(msgspec.Struct, frozen=True):
    """What the type of a field doesn't say.

    Attributes:
        interpolation: See `Interpolation`.
        join: How parts become the value where data must be quoted by position (a shell script, a URL).
        names: Names that exist only inside this field (`item`, `index`). A field with names is deferred: its
            value is a callable that takes them as keywords and evaluates the field.
        format: `duration`, `path` or `code`: constant text is checked for it before the run.
        help: How to do it right, shown when an interpolation is refused.
    """

    interpolation: Interpolation = Interpolation.VALUE
    join: Joiner | None = None
    names: tuple[str, ...] = ()
    format: str | None = None
    help: str = ""


def described(text: str, rule: FieldRule | None = None, **constraints: Any) -> msgspec.Meta:  # Any: Meta's own
    """Field metadata: `url: Annotated[str, described("Where to.", FieldRule(join=join_url))]`.

    Constraints are those of `msgspec.Meta` (`ge`, `max_length`, `pattern`, `examples`, …).
    """
    return msgspec.Meta(description=text, extra={"rule": rule} if rule else None, **constraints)


class TaskFields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Superclass of the fields of a kind. Each has a type, a default unless required, and `described` metadata."""


F = TypeVar("F", bound=TaskFields)


class TaskError(Exception):
    """A task says that it failed; becomes the step's `error`.

    Args:
        message: For the author of the workflow: what, where, and the way out.
        type: A short stable word, such as `http`, that `retry.when` and `catch.when` compare.
        details: Plain values that handlers may want (`{"status": 503}`); at `error.details`.
        retryable: False where trying again can't help (bad arguments, 404). `retry.when` overrides it.
        retry_after: Seconds to wait before the next attempt at least, as a server asked (429, 503).
    """

    def __init__(
        self,
        message: str,
        *,
        type: str = "task",
        details: Mapping[str, Value] | None = None,
        retryable: bool = True,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.type = type
        self.details = dict(details or {})
        self.retryable = retryable
        self.retry_after = retry_after


class FieldProblem(msgspec.Struct, frozen=True):
    """A mistake in constant arguments, found before the run: where in the fields, what, and the way out."""

    path: tuple[str | int, ...]
    message: str
    help: str = ""
    code: str = "invalid-field"
    offset: int | None = None
    """Character offset in the field's text, where known."""


class Effect(enum.Enum):
    """What a kind touches outside the run; shown by `braid plan`."""

    NONE = "none"
    READS = "reads"
    WRITES = "writes"


class TaskKind(ABC):
    """A kind of task. Stateless: one instance serves all steps and runs of a process."""

    name: ClassVar[str]
    """The key in a step; equals the entry point's name."""
    fields: ClassVar[type[TaskFields]]
    summary: ClassVar[str]
    """One line for `braid tasks`."""
    result: ClassVar[str]
    """One line: what `result` is, and the output if that differs."""
    example: ClassVar[str]
    """A whole workflow file that runs offline, from an empty folder, and succeeds; CI runs it."""
    shorthand: ClassVar[str | None] = None
    """The field that a body which isn't a mapping stands for (`shell: echo hi`)."""
    whole_body: ClassVar[bool] = False
    """The body always stands for the shorthand field, even when it is a mapping (`set`)."""
    effect: ClassVar[Effect] = Effect.NONE
    function_fields: ClassVar[tuple[str, str] | None] = None
    """The field that names a function of the author (`module:function`), and the one with its arguments by name."""
    one_of: ClassVar[Sequence[Sequence[str]]] = ()
    """Groups of fields, as they are written in the file; a step gives one of each group, and no more of it."""

    def check(self, constants: Mapping[str, Value]) -> Iterable[FieldProblem]:
        """Problems that the types can't tell, among the fields given as constants (others are absent)."""
        return ()

    def output(self, result: Value) -> Value:
        """The step's output when it has no `output:` of its own."""
        return result

    def result_type(self, fields: Mapping[str, Type]) -> Type:
        """What is known of `result` before a run; see `braid.language.types`.

        Args:
            fields: The types of the fields that the step gives; of a field with names of its own, that of each value.
        """
        from braid.language.types.lattice import UNKNOWN

        return UNKNOWN

    def output_type(self, result: Type) -> Type:
        """The type of `output(result)`."""
        from braid.language.types.lattice import UNKNOWN

        return result if type(self).output is TaskKind.output else UNKNOWN

    def names_in(self, field: str, fields: Mapping[str, Type]) -> Mapping[str, Type]:
        """The types of the names that only this field has (`FieldRule.names`), by the types of the others."""
        return {}

    def result_of(self, output: Value) -> Value:
        """A result with this output: what a test that mocks a step by its output gives in the kind's place."""
        return output


class PureTask(TaskKind):
    """Computed inside the machine."""

    only_output: ClassVar[bool] = True
    """Its output is all that it is for; False for a kind that may fail on purpose (`assert`)."""

    @abstractmethod
    def evaluate(self, fields: Mapping[str, Value]) -> Value:
        """The result. Deferred fields are callables.

        Raises:
            TaskError: The step failed.
        """


class TimerTask(TaskKind):
    """Ends at a time that is known when it starts; its result is null."""

    @abstractmethod
    def due(self, fields: Mapping[str, Value], now: datetime) -> datetime:
        """When the step ends; a time in the past ends it at once.

        Raises:
            TaskError: The fields make no time.
        """


class SubworkflowTask(TaskKind):
    """Runs another workflow file. Its `workflow` field is constant, so that the file is checked with this one."""


class TaskContext(Protocol):
    """What a running task may use of its run. Safe to use from the task's thread."""

    run_id: str
    address: str
    attempt: int
    """From 1; counts on after a resume."""
    folder: Path
    """The workflow file's folder."""
    grace: float
    """Seconds a cancelled task has before it is reported as not ending."""
    function: Callable[..., Any] | None  # Any: the author's own function
    """For `python` steps built in Python: the function itself; else None."""

    @property
    def idempotency_key(self) -> str:
        """Equal for all attempts at one step of one run, also after a crash; differs between steps and runs."""

    @property
    def cancelled(self) -> bool:
        """True once the step shall end; blocking tasks look at it between pieces of work."""

    def path(self, text: str) -> Path:
        """A path of the workflow, relative to its folder.

        Raises:
            TaskError: It leaves the folder (symbolic links included) and the run doesn't allow that.
        """

    def log(self, level: str, message: str) -> None:
        """Add a line to the step's log. `level`: debug, info, warning or error. Secrets are masked."""

    def holds_secret(self, text: str) -> bool:
        """Whether a declared secret stands in the text. A worker process isn't told the secrets and says no."""

    def environment(self) -> dict[str, str]:
        """The environment for a child process: this process's own without the declared secrets."""

    async def shared(self, name: str, create: Callable[[], Awaitable[Any]]) -> Any:  # Any: the kind's own object
        """A thing that all steps of the run share (a session), created once, closed (`await close()`) with the run."""


class Placement(enum.Enum):
    """Where an active task runs."""

    LOOP = "loop"
    THREAD = "thread"
    PROCESS = "process"


current_step: ContextVar[TaskContext | None] = ContextVar("braid_step", default=None)
"""The step that this thread or asyncio.Task executes: whom what is printed here belongs to, and whose modules are
importable."""


class ActiveTask(TaskKind):
    """Acts on the world. Exactly one of `run` (on the loop) and `run_blocking` (thread, process) is called."""

    def placement(self, fields: Any, context: TaskContext) -> Placement:  # Any: the kind's own fields struct
        """Where this call runs. May import the author's code: it is called in a thread unless the call is ready."""
        return Placement.LOOP

    def is_ready(self, fields: Any, context: TaskContext) -> bool:  # Any: as above
        """Whether `placement` answers at once; False while it would have to import the author's modules first."""
        return True

    def repeatable(self, fields: Any) -> bool | None:  # Any: as above
        """Whether acting twice with these fields leaves the world as acting once does; None where that can't be known.

        A step whose process died before its answer was kept acts again when the run is resumed.
        """
        return None if self.effect is Effect.WRITES else True

    async def run(self, fields: Any, context: TaskContext) -> Value:
        """Act, on the event loop; cancelled by `asyncio.CancelledError`, and must leave nothing running behind.

        Args:
            fields: An instance of `self.fields`, validated, the task's own copy.

        Raises:
            TaskError: The attempt failed. Any other exception fails it as well, with its class name as type.
        """
        raise AssertionError(f"{self.name} doesn't run on the loop")

    def run_blocking(self, fields: Any, context: TaskContext) -> Value:
        """Act, in a thread or a worker process of its own."""
        raise AssertionError(f"{self.name} doesn't run in a thread")


class TaskRegistry(msgspec.Struct):
    """The kinds that a file may use: installed ones, found by entry point and loaded at first use, and added ones."""

    added: dict[str, TaskKind] = msgspec.field(default_factory=dict)
    _points: dict[str, EntryPoint] | None = None
    _own: dict[str, EntryPoint] | None = None
    _loaded: dict[str, TaskKind] = msgspec.field(default_factory=dict)

    def names(self) -> list[str]:
        """All kinds, sorted."""
        return sorted({*self._entry_points(), *self.added})

    def __contains__(self, name: object) -> bool:
        return name in self.added or self._entry_point(name) is not None

    def get(self, name: str) -> TaskKind:
        """The kind of this name.

        Raises:
            KeyError: No such kind.
            TaskKindError: Its plug-in can't be loaded.
        """
        if name in self.added:
            return self.added[name]
        if name not in self._loaded:
            point = self._entry_point(name)
            if point is None:
                raise KeyError(name)
            try:
                kind = point.load()()
            except Exception as error:
                raise TaskKindError(
                    f"the plug-in for task kind `{name}` ({point.value}) can't be loaded: {error}"
                ) from error
            self._loaded[name] = kind
        return self._loaded[name]

    def add(self, kind: TaskKind) -> None:
        """Add a kind for this process; the name must be free."""
        if kind.name in self:
            raise TaskKindError(f"there is a task kind `{kind.name}` already")
        self.added[kind.name] = kind

    def _entry_points(self) -> dict[str, EntryPoint]:
        if self._points is None:
            self._points = all_points()
        return self._points

    def _entry_point(self, name: object) -> EntryPoint | None:
        if self._points is None:
            if self._own is None:
                self._own = own_points()
            if name in self._own:
                return self._own[str(name)]
        return self._entry_points().get(str(name))


class TaskKindError(Exception):
    """A task kind can't be loaded or added."""


registry = TaskRegistry()
"""The registry of this process."""
