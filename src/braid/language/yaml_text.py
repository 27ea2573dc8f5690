"""Plain values → YAML text that people like to read and that the 1.2 core schema reads as the same values.

An emitter of our own: PyYAML's quotes by the rules of YAML 1.1, so `0o14` would come back as a number.
"""

from __future__ import annotations

import json
import math
import re
from typing import Final

from braid.language.document_scalars import NumberTooLargeError, resolve_plain
from braid.language.task_kind import Value

_INDENT: Final = "  "
_FLOW_CHARS_MAX: Final = 80

# Starts with a letter, a digit or a harmless sign; nothing inside that YAML could take for an indicator.
_PLAIN = re.compile(r"[^\W_][\w ./+()%$@^~'=;-]*|[_/.](?!\.)[\w./+-]*", re.ASCII)

_BLOCK = re.compile(r"(?:[^\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\t])*")


def yaml_text(values: dict[str, Value]) -> str:
    """A mapping as a YAML file, ending with a newline."""
    return "".join(f"{line}\n" for line in _mapping(values, ""))


def _mapping(values: dict[str, Value], indent: str) -> list[str]:
    lines: list[str] = []
    for key, value in values.items():
        if lines and not indent and isinstance(value, list) and value and isinstance(value[0], dict):
            lines.append("")
        lines += _entry(f"{indent}{scalar_text(key)}:", value, indent + _INDENT)
    return lines


def _sequence(items: list[Value], indent: str) -> list[str]:
    lines: list[str] = []
    for item in items:
        inner = indent + _INDENT
        if isinstance(item, dict) and item:
            first, *rest = _mapping(item, inner)
            lines += [f"{indent}- {first[len(inner) :]}", *rest]
        elif isinstance(item, list) and item and _flow(item, inner) is None:
            first, *rest = _sequence(item, inner)
            lines += [f"{indent}- {first[len(inner) :]}", *rest]
        else:
            lines += _entry(f"{indent}-", item, inner)
    return lines


def _entry(head: str, value: Value, indent: str) -> list[str]:
    """A key or dash with its value: on the same line if that reads well."""
    flow = _flow(value, indent)
    if flow is not None:
        return [f"{head} {flow}"]
    if isinstance(value, dict):
        return [head, *_mapping(value, indent)]
    if isinstance(value, list):
        return [head, *_sequence(value, indent)]
    return _block(head, value, indent)


def _flow(value: Value, indent: str) -> str | None:
    """The value on one line, or None when it should take several."""
    match value:
        case str():
            return None if _fits_block(value) else scalar_text(value)
        case list():
            if any(isinstance(item, dict | list) and item for item in value):
                return None
            text = f"[{', '.join(_inside_flow(item) for item in value)}]"
        case dict():
            if value and (len(value) > 2 or any(isinstance(item, dict | list) and item for item in value.values())):
                return None
            if indent == _INDENT and value:
                return None
            text = f"{{{', '.join(f'{_inside_flow(key)}: {_inside_flow(item)}' for key, item in value.items())}}}"
        case _:
            return scalar_text(value)
    return text if len(indent) + len(text) <= _FLOW_CHARS_MAX or text in ("[]", "{}") else None


def _inside_flow(value: Value) -> str:
    match value:
        case list() | dict():
            return "[]" if isinstance(value, list) else "{}"  # others don't stand on one line
        case _:
            return scalar_text(value)


def _fits_block(text: str) -> bool:
    """Several lines that a literal block can hold: nothing that needs escapes, no spaces where they would be lost.

    Nor empty lines at the end: one that parts two keys would be taken for another of them.
    """
    if "\n" not in text.rstrip("\n") or text.endswith("\n\n") or not _BLOCK.fullmatch(text):
        return False
    lines = text.split("\n")
    return not any(line != line.rstrip(" ") for line in lines) and bool(lines[0]) and not lines[0].startswith(" ")


def _block(head: str, text: str, indent: str) -> list[str]:
    body = text.rstrip("\n")
    lines = [f"{indent}{line}" if line else "" for line in body.split("\n")]
    return [f"{head} |{'-' if text == body else ''}", *lines]


def scalar_text(value: Value) -> str:
    """A scalar on one line."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(int(value))
        case float():
            return _float_text(float(value))
        case _:
            return _string_text(str(value))


def _float_text(value: float) -> str:
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    return repr(value)


def _reads_as_text(text: str) -> bool:
    try:
        return isinstance(resolve_plain(text), str)
    except NumberTooLargeError:
        return False


def _string_text(text: str) -> str:
    if _PLAIN.fullmatch(text) and text == text.rstrip() and _reads_as_text(text):
        return text
    # JSON's escapes are YAML's; but YAML also wants these escaped.
    quoted = json.dumps(text, ensure_ascii=False)
    return re.sub(
        "[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", quoted
    )
