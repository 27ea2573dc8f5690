"""`python`: a function of the author, or a few lines of code in the file."""

from __future__ import annotations

import asyncio
import functools
import inspect
import keyword
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Literal

import msgspec

from braid.language.task_kind import (
    ActiveTask,
    Effect,
    FieldProblem,
    FieldRule,
    Interpolation,
    Placement,
    TaskContext,
    TaskError,
    TaskFields,
    Value,
    described,
)
from braid.tasks.user_code import (
    function_named,
    function_of_code,
    importable,
    told,
    use_folder_of_step,
    user_traceback,
)
from braid.tasks.user_function import UserFunction, user_function

if TYPE_CHECKING:
    from braid.language.types.lattice import Type

_REFERENCE: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")


class PythonFields(TaskFields, frozen=True, kw_only=True):
    call: Annotated[
        str | None,
        described("`module:function`; the workflow's folder is importable. Async functions may be called as well."),
    ] = None
    with_: Annotated[dict[str, Value], described("The arguments, or the local names of `code`.")] = msgspec.field(
        name="with", default_factory=dict
    )
    code: Annotated[
        str | None,
        described(
            "The body of a function: `with` gives its local names, `return` the result.",
            FieldRule(
                interpolation=Interpolation.REFUSED,
                format="code",
                help="give the data a name in `with`, and use that name in the code",
            ),
        ),
    ] = None
    isolation: Annotated[
        Literal["auto", "thread", "process"],
        described(
            "Where it runs. `auto`: async functions on the event loop, others in a thread. "
            "`process`: in a process of its own, which uses another core and can be killed."
        ),
    ] = "auto"


class Python(ActiveTask):
    name = "python"
    fields = PythonFields
    summary = "Calls a Python function, or runs a few lines of Python."
    result = "The return value: tuples become lists, dataclasses and models objects; what can't be stored is an error."
    shorthand = "call"
    one_of = (("call", "code"),)
    effect = Effect.WRITES
    function_fields = ("call", "with")
    example: ClassVar[str] = """\
name: python-example
steps:
  - id: words
    python:
      code: |
        import re
        return sorted(set(re.findall(r"\\w+", text.lower())))
      with: {text: "The cat, the hat"}
  - id: root
    python: {call: "math:sqrt", with: {x: "{{ words | length }}"}}
output: {words: "{{ words }}", root: "{{ root }}"}
"""

    def check(self, constants: Mapping[str, Value]) -> Iterable[FieldProblem]:
        call, code, names = constants.get("call"), constants.get("code"), constants.get("with")
        if isinstance(call, str) and not _REFERENCE.fullmatch(call):
            yield FieldProblem(("call",), f"`{call}` doesn't name a function", help="write `module:function`")
        if isinstance(names, dict) and isinstance(code, str):
            for name in names:
                if not _is_local(name):
                    yield FieldProblem(("with", name), f"`{name}` can't be a local name in Python")
        if isinstance(code, str):
            yield from _code_problems(code)

    def result_type(self, fields: Mapping[str, Type]) -> Type:
        from braid.language.types.lattice import UNKNOWN, literal
        from braid.language.types.python_source import returned_by

        code = literal(fields.get("code"))
        return UNKNOWN if code is None else returned_by(code)

    def placement(self, fields: PythonFields, context: TaskContext) -> Placement:
        if fields.isolation == "process":
            return Placement.PROCESS
        if fields.isolation == "auto" and _function(fields, context).is_async:
            return Placement.LOOP
        return Placement.THREAD

    def is_ready(self, fields: PythonFields, context: TaskContext) -> bool:
        if fields.isolation != "auto" or fields.call is None or context.function is not None:
            return True
        return fields.call.partition(":")[0] in sys.modules

    async def run(self, fields: PythonFields, context: TaskContext) -> Value:
        function = _function(fields, context)
        args, kwargs = function.arguments(fields.with_)
        # Not `with importable`: that is 1.3 µs more, and on the loop the step is known without it.
        use_folder_of_step(context.folder)
        try:
            return await function.function(*args, **kwargs)
        except TaskError:
            raise
        # KeyboardInterrupt too: out of an asyncio.Task it would end the event loop, and with it the engine.
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            raise _failure(error) from error

    def run_blocking(self, fields: PythonFields, context: TaskContext) -> Value:
        function = _function(fields, context)
        args, kwargs = function.arguments(fields.with_)
        try:
            with importable(context.folder):
                result = function.function(*args, **kwargs)
                return asyncio.run(_awaited(result)) if inspect.isawaitable(result) else result
        except TaskError:
            raise
        # Not BaseException: the runner ends a cancelled thread with one of its own. GeneratorExit would close the
        # engine's coroutine that waits for this call.
        except (Exception, SystemExit, KeyboardInterrupt, GeneratorExit) as error:
            raise _failure(error) from error


def _function(fields: PythonFields, context: TaskContext) -> UserFunction:
    if context.function is not None:
        return user_function(context.function)
    if (fields.call is None) == (fields.code is None):
        raise TaskError("`python` needs `call` or `code`, one of the two", type="arguments", retryable=False)
    if fields.call is not None:
        return _function_named(fields.call, str(context.folder))
    names = tuple(fields.with_)
    for name in names:
        if not _is_local(name):
            raise TaskError(f"`{name}` in `with` can't be a local name in Python", type="arguments", retryable=False)
    try:
        return user_function(function_of_code(fields.code or "", names))
    except SyntaxError as error:
        raise TaskError(f"line {error.lineno} of `code`: {error.msg}", type="SyntaxError", retryable=False) from None


@functools.lru_cache(maxsize=1024)
def _function_named(call: str, folder: str) -> UserFunction:
    if not _REFERENCE.fullmatch(call):
        raise TaskError(f"`call` must be `module:function`, not `{call}`", type="import", retryable=False)
    return user_function(function_named(call, Path(folder)))


async def _awaited(result: Any) -> Value:  # Any: an awaitable of the author
    return await result


def _is_local(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name)


def _code_problems(code: str) -> Iterable[FieldProblem]:
    try:
        function_of_code(code, ())
    except SyntaxError as error:
        lines = code.splitlines(keepends=True)
        line = (error.lineno or 1) - 1
        offset = sum(map(len, lines[:line])) + max((error.offset or 1) - 1, 0)
        yield FieldProblem(
            ("code",), f"Python can't read this: {error.msg}", code="bad-code", offset=min(offset, len(code) - 1)
        )
    except ValueError as error:
        yield FieldProblem(("code",), f"Python can't read this: {error}", code="bad-code")


def _failure(error: BaseException) -> TaskError:
    message = str(error).strip() or type(error).__name__
    if isinstance(error, SystemExit):
        message = f"the code called sys.exit({'' if error.code is None else repr(error.code)})"
    details = {"traceback": user_traceback(error)}
    if error.__cause__ is not None:
        details["cause"] = told(error.__cause__)
    return TaskError(message, type=type(error).__name__, details=details)
