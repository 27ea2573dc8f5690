"""Inputs of a run as a person gives them: `-i name=value`, `-i name=@file`, `--inputs FILE.json`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

Value = Any  # any value of a workflow, see task_kind.Value

_BRACKETS = {"array", "object"}
"""Types whose text can only be JSON."""

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
    """A file or text can't be taken as an input."""


def _from_file(file: str, problems: list[str]) -> dict[str, Value]:
    try:
        values = _strict_json(_text_of(file))
    except _UnreadableError as error:
        problems.append(f"--inputs {file}: {error}")
        return {}
    except json.JSONDecodeError as error:
        problems.append(f"--inputs {file}: not JSON: {error.msg} (line {error.lineno}, column {error.colno})")
        return {}
    except ValueError as error:
        problems.append(f"--inputs {file}: not JSON: {error}")
        return {}
    except RecursionError:
        problems.append(f"--inputs {file}: not JSON: nested too deep")
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
    except (ValueError, RecursionError) as error:
        if definition.get("type") in _BRACKETS and text.lstrip().startswith(tuple("[{")):
            raise _UnreadableError(f"not JSON: {error}") from None
        return text


def _strict_json(text: str) -> Value:
    # Python's decoder takes NaN and Infinity, which are no JSON and can't be stored.
    return json.loads(text, parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_no_key_twice)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"{text} is too large a number")
    return number


def _no_key_twice(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in values if names.count(name) > 1)
        raise ValueError(f"the key `{twice}` stands twice in one object")
    return values


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
