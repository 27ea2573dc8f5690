"""Task kinds made of functions: what `@braid.task` adds."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Annotated, Any, TypeVar, get_type_hints

import msgspec

from braid.language.task_kind import (
    ActiveTask,
    Effect,
    Placement,
    TaskContext,
    TaskFields,
    TaskKindError,
    TaskRegistry,
    Value,
    described,
)

CONTEXT = "context"
"""A parameter of this name is given the TaskContext; it is no field."""

Function = TypeVar("Function", bound=Callable[..., Any])  # Any: the author's own function

_NAME = re.compile(r"[a-z_][a-z0-9_]*")


class FunctionTask(ActiveTask):
    """A task kind whose fields are the parameters of a function.

    Async functions run on the loop, others in a thread.

    Raises:
        TaskKindError: The function can't be a task kind; says why.
    """

    # Shadows the class variables: every instance is a kind of its own.
    name: str  # type: ignore[misc]  # of the instance
    fields: type[TaskFields]  # type: ignore[misc]  # of the instance
    summary: str  # type: ignore[misc]  # of the instance
    result: str  # type: ignore[misc]  # of the instance
    example: str  # type: ignore[misc]  # of the instance
    shorthand: str | None  # type: ignore[misc]  # of the instance
    effect: Effect  # type: ignore[misc]  # of the instance

    def __init__(self, function: Callable[..., Any], name: str, effect: Effect) -> None:  # Any: see Function
        if not _NAME.fullmatch(name):
            raise TaskKindError(f"`{name}` can't be a task kind: use lower-case letters, digits and `_`")
        self.function = function
        self.name = name
        self.effect = effect
        parameters = _parameters(function, name)
        self._takes_context = CONTEXT in inspect.signature(function).parameters
        self.fields = _fields(name, parameters)
        documentation = inspect.getdoc(function) or ""
        self.summary = documentation.partition("\n")[0] or f"Calls {function.__qualname__}."
        self.result = "what the function returns"
        required = [parameter.name for parameter, _ in parameters if parameter.default is inspect.Parameter.empty]
        self.shorthand = required[0] if len(required) == 1 else None
        body = "".join(f"      {field}: …\n" for field in required)
        self.example = f"name: {name}-example\nsteps:\n  - {name}:{' {}' if not required else ''}\n{body}"

    def placement(self, fields: Any, context: TaskContext) -> Placement:  # Any: the struct made above
        """See `ActiveTask`."""
        return Placement.LOOP if inspect.iscoroutinefunction(self.function) else Placement.THREAD

    async def run(self, fields: Any, context: TaskContext) -> Value:  # Any: as above
        """See `ActiveTask`."""
        return await self.function(**self._arguments(fields, context))

    def run_blocking(self, fields: Any, context: TaskContext) -> Value:  # Any: as above
        """See `ActiveTask`."""
        return self.function(**self._arguments(fields, context))

    def _arguments(self, fields: Any, context: TaskContext) -> dict[str, Any]:  # Any: as above
        arguments = msgspec.structs.asdict(fields)
        if self._takes_context:
            arguments[CONTEXT] = context
        return arguments


def add_function(
    function: Function, registry: TaskRegistry, *, name: str | None = None, effect: Effect = Effect.WRITES
) -> Function:
    """Make a function a task kind of this process and return it unchanged.

    A function that is defined again at the same place (a notebook cell, a reloaded module) replaces the one before.

    Raises:
        TaskKindError: The name is taken, or the function can't be a task kind.
    """
    kind = FunctionTask(function, name or function.__name__, effect)
    known = registry.added.get(kind.name)
    if isinstance(known, FunctionTask) and _place(known.function) == _place(function):
        registry.added[kind.name] = kind
    else:
        registry.add(kind)
    return function


def _place(function: Callable[..., Any]) -> tuple[str, str]:  # Any: see Function
    return function.__module__, function.__qualname__


Parameter = tuple[inspect.Parameter, Any]  # Any: a type annotation


def _parameters(function: Callable[..., Any], name: str) -> list[Parameter]:  # Any: see Function
    try:
        hints = get_type_hints(function, include_extras=True)
    except Exception as error:
        raise TaskKindError(f"the annotations of task `{name}` can't be resolved: {error}") from error
    parameters = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name == CONTEXT:
            continue
        if parameter.kind not in (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY):
            raise TaskKindError(
                f"task `{name}` takes `{parameter}`: a step gives its fields by name, "
                "so each needs a parameter of its own"
            )
        parameters.append((parameter, hints.get(parameter.name, Any)))
    return parameters


def _fields(name: str, parameters: list[Parameter]) -> type[TaskFields]:
    definitions: list[Any] = []  # Any: what defstruct takes, pairs and triples
    for parameter, hint in parameters:
        if not isinstance(getattr(hint, "__metadata__", (None,))[0], msgspec.Meta):
            hint = Annotated[hint, described(f"Parameter `{parameter.name}` of the function.")]
        if parameter.default is inspect.Parameter.empty:
            definitions.append((parameter.name, hint))
        else:
            definitions.append((parameter.name, hint, _default(parameter.default)))
    struct = msgspec.defstruct(
        f"{name}_fields", definitions, bases=(TaskFields,), frozen=True, kw_only=True, forbid_unknown_fields=True
    )
    assert issubclass(struct, TaskFields)
    return struct


def _default(value: Any) -> Any:  # Any: a default of the author's own function
    if isinstance(value, list | dict | set):
        return msgspec.field(default_factory=value.copy)
    return value
