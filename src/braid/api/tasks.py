"""Task kinds made of functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, overload

from braid.language.task_kind import Effect, registry

Function = TypeVar("Function", bound=Callable[..., Any])  # Any: the author's own function


@overload
def task(function: Function, /) -> Function: ...


@overload
def task(*, name: str | None = None, effect: Effect = Effect.WRITES) -> Callable[[Function], Function]: ...


def task(
    function: Function | None = None, /, *, name: str | None = None, effect: Effect = Effect.WRITES
) -> Function | Callable[[Function], Function]:
    """Make a function a task kind of this process, for workflows in YAML and in Python.

    Its parameters, with their annotations, are the fields; a parameter `context` is given the TaskContext. The name is
    the function's unless one is given, the first line of its docstring is shown by `braid tasks`. A step may give the
    only required field without naming it. Async functions run on the event loop, others in a thread.

    ```python
    @braid.task
    async def greet(name: str, loud: bool = False) -> str:
        \"\"\"Says hello.\"\"\"
        return f"Hello, {name}{'!' if loud else '.'}"
    ```

    Raises:
        TaskKindError: The name is taken, or the function can't be a task kind.
    """
    from braid.execution.function_task import add_function

    if function is not None:
        return add_function(function, registry, name=name, effect=effect)
    return lambda given: add_function(given, registry, name=name, effect=effect)
