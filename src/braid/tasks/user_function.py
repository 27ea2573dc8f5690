"""A function of the author, with what a call needs to know of it worked out once.

Inspecting a signature takes 25 µs, more than all the rest of a step; a function's own doesn't change.
"""

from __future__ import annotations

import functools
import inspect
from typing import Any

from braid.language.task_kind import TaskError
from braid.tasks.user_code import Function

_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


class UserFunction:
    """A function and how it is called.

    Attributes:
        is_async: Calling it gives an awaitable.
    """

    __slots__ = ("_names", "_positional", "_required", "_signature", "function", "is_async")

    def __init__(self, function: Function) -> None:
        self.function = function
        self.is_async = _is_async(function)
        try:
            self._signature: inspect.Signature | None = inspect.signature(function)
        except (ValueError, TypeError):
            self._signature = None
        parameters = [] if self._signature is None else list(self._signature.parameters.values())
        # Functions written in C often take their arguments by position only, though they have names.
        self._positional = [each.name for each in parameters if each.kind is inspect.Parameter.POSITIONAL_ONLY]
        named = [each for each in parameters if each.kind in _BY_NAME]
        self._names = frozenset(each.name for each in named)
        self._required = frozenset(each.name for each in named if each.default is inspect.Parameter.empty)

    def arguments(self, given: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:  # Any: values of a workflow
        """Positional and keyword arguments for a call with these names.

        Raises:
            TaskError: Of type `arguments`: they don't fit the function's parameters.
        """
        signature = self._signature
        if not given and not self._required and not self._positional:
            return (), given
        if signature is None or (not self._positional and self._required <= given.keys() <= self._names):
            return (), given
        by_position = [name for name in self._positional if name in given]
        args = tuple(given[name] for name in by_position)
        kwargs = {name: value for name, value in given.items() if name not in by_position}
        try:
            signature.bind(*args, **kwargs)
        except TypeError as error:
            name = getattr(self.function, "__qualname__", repr(self.function))
            message = f"`with` doesn't fit `{name}{signature}`: {error}"
            raise TaskError(message, type="arguments", retryable=False) from None
        return args, kwargs


def user_function(function: Function) -> UserFunction:
    """What is known of a function."""
    # Only of these it is certain that they can be keys and that equal ones are the same.
    return _known(function) if inspect.isfunction(function) else UserFunction(function)


@functools.lru_cache(maxsize=1024)
def _known(function: Function) -> UserFunction:
    return UserFunction(function)


def _is_async(function: Function) -> bool:
    while isinstance(function, functools.partial):
        function = function.func
    # An object may be called as well, and `__call__` of its class be async.
    called = type(function).__call__ if not inspect.isroutine(function) else function
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(called)
