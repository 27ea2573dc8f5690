"""`shell`: a script for /bin/sh, or a program with its arguments."""

from __future__ import annotations

import errno
import signal
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Final

import msgspec

from braid.expressions.errors import EvaluationError
from braid.expressions.values import to_text
from braid.language.task_kind import (
    ActiveTask,
    Effect,
    FieldProblem,
    FieldRule,
    TaskContext,
    TaskError,
    TaskFields,
    Value,
    described,
)
from braid.tasks.child_process import OUTPUT_BYTES_MAX, Ended, OutputTooLargeError, run_child
from braid.tasks.shell_quoting import join_script

if TYPE_CHECKING:
    from braid.language.types.lattice import Type

TAIL_LINES_MAX: Final = 20
"""Lines of stderr in a failure's message."""
TAIL_CHARS_MAX: Final = 4_000
"""Characters of stdout and stderr in a failure's details."""

Word = Annotated[str | int | float | bool, msgspec.Meta(description="Text, a number or a boolean.")]


class ShellFields(TaskFields, frozen=True, kw_only=True):
    run: Annotated[
        str | dict[str, Value] | None,
        described(
            "A script for `/bin/sh -e`. Each `{{ … }}` is quoted as one word where it stands; `| raw` puts bare text.",
            FieldRule(join=join_script),
        ),
    ] = None
    args: Annotated[
        list[Word] | None,
        described(
            "A program and its arguments, run without a shell. Other users of the machine can list them: "
            "give secrets by `env` or `stdin`."
        ),
    ] = None
    cwd: Annotated[
        str | None, described("The folder to run in; the workflow's folder when absent.", FieldRule(format="path"))
    ] = None
    env: Annotated[dict[str, Word | None], described("Environment variables to set, or with null to remove.")] = (
        msgspec.field(default_factory=dict)
    )
    stdin: Annotated[Value, described("What it reads; a list or object is given as JSON. Nothing when absent.")] = None
    check: Annotated[bool, described("Whether an exit code other than 0 fails the step.")] = True


class Shell(ActiveTask):
    name = "shell"
    fields = ShellFields
    summary = "Runs a shell script or a program. What it left running in its process group is ended with the step."
    result = (
        "`{stdout, stderr, exit_code}`; line ends at the end are removed, as `$( )` does. "
        f"More than {OUTPUT_BYTES_MAX // 1024**2} MiB of output fail the step."
    )
    shorthand = "run"
    one_of = (("run", "args"),)
    effect = Effect.WRITES
    example: ClassVar[str] = """\
name: shell-example
inputs:
  word: {type: string, default: "it's $HOME; rm -rf /"}
steps:
  - id: count
    shell: printf %s {{ inputs.word }} | wc -c
  - id: sorted_lines
    shell:
      args: [sort, -r]
      stdin: "a\\nb\\n"
output:
  characters: "{{ count.stdout | int }}"
  lines: "{{ sorted_lines.stdout.splitlines() }}"
"""

    def check(self, constants: Mapping[str, Value]) -> Iterable[FieldProblem]:
        if constants.get("args") == []:
            yield FieldProblem(("args",), "`args` needs at least the program's name")

    def result_type(self, fields: Mapping[str, Type]) -> Type:
        from braid.language.types.lattice import INT, TEXT, ObjectOf

        return ObjectOf({"stdout": TEXT, "stderr": TEXT, "exit_code": INT})

    async def run(self, fields: ShellFields, context: TaskContext) -> Value:
        command, variables = _command(fields)
        cwd = context.path(fields.cwd or ".")
        if not cwd.is_dir():
            raise TaskError(f"there is no folder `{fields.cwd}` to run in", type="shell", retryable=False)
        if any(context.holds_secret(word) for word in command):
            raise TaskError(
                "a secret would show in the process listing; give it by `env` or `stdin`, "
                "or in a script by `{{ … }}` without `| raw`",
                type="shell",
                retryable=False,
            )
        environment = context.environment() | variables
        for name, value in fields.env.items():
            if value is None:
                environment.pop(name, None)
            else:
                environment[name] = _text(value)
        try:
            ended = await run_child(
                command,
                cwd=cwd,
                environment=environment,
                stdin=_input(fields.stdin),
                grace=context.grace,
            )
        except OutputTooLargeError as error:
            raise TaskError(
                f"{error}; write it to a file and return the path", type="output", retryable=False
            ) from None
        except (OSError, ValueError) as error:
            raise _not_started(command[0], error) from None
        return _result(ended, fields, command)


def _command(fields: ShellFields) -> tuple[list[str], dict[str, str]]:
    if (fields.run is None) == (not fields.args):
        raise TaskError("`shell` needs `run` or `args`, one of the two", type="arguments", retryable=False)
    if fields.args:
        return [_text(word) for word in fields.args], {}
    # A mapping is what `join_script` made; text comes from a program that calls this kind itself.
    joined = fields.run if isinstance(fields.run, dict) else {"script": fields.run, "variables": {}}
    if joined.keys() != {"script", "variables"}:
        raise TaskError("`run` must be text", type="arguments", retryable=False)
    return ["/bin/sh", "-e", "-c", str(joined["script"])], dict(joined["variables"])


def _text(value: Value) -> str:
    try:
        return to_text(value)
    except EvaluationError as error:
        raise TaskError(error.message, type="arguments", retryable=False) from None


def _input(value: Value) -> bytes | None:
    if value is None or isinstance(value, bytes):
        return value
    return _text(value).encode("utf-8", "surrogateescape")


def _result(ended: Ended, fields: ShellFields, command: list[str]) -> dict[str, Value]:
    stdout, stderr = (stream.decode("utf-8", "replace").rstrip("\r\n") for stream in (ended.stdout, ended.stderr))
    if ended.code and fields.check:
        raise TaskError(
            _told(ended.code, stderr, command if fields.args else None),
            type="shell",
            details={
                "exit_code": ended.code,
                "stderr": stderr[-TAIL_CHARS_MAX:],
                "stdout": stdout[-TAIL_CHARS_MAX:],
            },
        )
    return {"stdout": stdout, "stderr": stderr, "exit_code": ended.code}


def _told(code: int, stderr: str, program: list[str] | None) -> str:
    what = f"`{program[0]}`" if program else "the script"
    if code < 0:
        how = f"{what} was ended by {_signal_name(-code)}"
    elif code == 127:
        how = f"{what} ended with exit code 127: command not found"
    elif code == 126:
        how = f"{what} ended with exit code 126: command found, but it can't be run"
    elif code > 128 and _signal_name(code - 128) != f"signal {code - 128}":
        how = f"{what} ended with exit code {code}, as after {_signal_name(code - 128)}"
    else:
        how = f"{what} ended with exit code {code}"
    lines = stderr[-TAIL_CHARS_MAX:].splitlines()[-TAIL_LINES_MAX:]
    return "\n".join([f"{how}:", *lines]) if lines else how


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _not_started(program: str, error: OSError | ValueError) -> TaskError:
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.E2BIG:
        message = "the script, its arguments and its environment are too long for the system; use `stdin` or a file"
    elif number == errno.ENOENT:
        message = f"command not found: `{program}`"
    else:
        message = f"`{program}` can't be run: {error}"
    # As a shell would answer.
    code = 127 if number == errno.ENOENT else 126
    return TaskError(message, type="shell", details={"exit_code": code}, retryable=False)
