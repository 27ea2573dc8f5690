"""Inputs of a run as a person gives them: `-i name=value`, `-i name=@file`, `--inputs FILE.json`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

Value = Any  # any value of a workflow, see task_kind.Value

INPUT_BYTES_MAX = 64 * 1024 * 1024
"""Of one file that is given as an input."""


class InputTextsError(Exception):
    """What was given can't be read. `problems`: a line each."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def read_inputs(
    given: Iterable[str], file: str | None, definitions: Mapping[str, Mapping[str, Value]]
) -> dict[str, Value]:
    """The inputs: those of the file, and over them those given one by one.

    Args:
        given: `name=value` or `name=@file` (`@-` is standard input; `@@text` is the text `@text`). A value is JSON
            if it parses, else text. Where the input's schema asks for a string, it is always text, so that a
            version `1.10` or a postal code `01067` stays what was typed.
        file: A JSON file with an object of inputs; `-` is standard input.
        definitions: Name → JSON Schema, as declared.

    Raises:
        InputTextsError: With everything that is wrong. Whether values meet their schemas isn't looked at here.
    """
    problems: list[str] = []
    values = _from_file(file, problems) if file is not None else {}
    seen: set[str] = set()
    for text in given:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not name:
            problems.append(f"-i {text}: write -i name=value")
        elif name in seen:
            problems.append(f"-i {name}: given twice")
        else:
            seen.add(name)
            try:
                values[name] = _value(value, definitions.get(name, {}))
            except _UnreadableError as error:
                problems.append(f"-i {name}: {error}")
    if problems:
        raise InputTextsError(problems)
    return values


class _UnreadableError(Exception):
    """A file can't be taken as an input."""


def _from_file(file: str, problems: list[str]) -> dict[str, Value]:
    try:
        values = _strict_json(_text_of(file))
    except _UnreadableError as error:
        problems.append(f"--inputs {file}: {error}")
        return {}
    except json.JSONDecodeError as error:
        problems.append(f"--inputs {file}: not JSON: {error.msg} (line {error.lineno}, column {error.colno})")
        return {}
    except (ValueError, RecursionError) as error:
        problems.append(f"--inputs {file}: not JSON: {str(error) or 'nested too deep'}")
        return {}
    if not isinstance(values, dict):
        problems.append(f"--inputs {file}: must hold an object, name → value")
        return {}
    return values


def _value(text: str, definition: Mapping[str, Value]) -> Value:
    if text.startswith("@@"):
        text = text[1:]
    elif text.startswith("@"):
        text = _text_of(text[1:])
    if definition.get("type") == "string":
        return text
    try:
        return _strict_json(text)
    except (ValueError, RecursionError):
        return text


def _strict_json(text: str) -> Value:
    # Python's decoder takes NaN and Infinity, which are no JSON and can't be stored.
    return json.loads(text, parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


def _text_of(name: str) -> str:
    try:
        if name == "-":
            data = sys.stdin.buffer.read(INPUT_BYTES_MAX + 1)
        else:
            with Path(name).open("rb") as opened:
                data = opened.read(INPUT_BYTES_MAX + 1)
    except FileNotFoundError:
        raise _UnreadableError(_missing(name)) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise _UnreadableError(f"can't read `{name}`: {reason.lower()}") from None
    if len(data) > INPUT_BYTES_MAX:
        raise _UnreadableError(f"`{name}` is larger than {INPUT_BYTES_MAX // 1024 // 1024} MiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _UnreadableError(f"`{name}` is not UTF-8 text (byte {error.start})") from None


def _missing(name: str) -> str:
    from braid.diagnostics import nearest

    path = Path(name)
    try:
        near = nearest(path.name, sorted(entry.name for entry in path.parent.iterdir()))
    except OSError:
        near = None
    return f"there is no file `{name}`" + (f"; did you mean `{path.parent / near}`?" if near else "")
