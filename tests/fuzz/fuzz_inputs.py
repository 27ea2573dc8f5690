"""Inputs for the fuzzing of the reader, the checker and the expressions: from a seed and a number, always the same one.

What they are made of are the workflow files of this repository, and the expressions in them and in the examples of the
vocabulary. A part of the inputs changes the text of a file, a part its tree, a part single expressions.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

# Any, throughout: whatever YAML holds.
import yaml

from braid.expressions.vocabulary import FILTERS, TESTS
from braid.language import ast
from braid.language.shape_types import struct_fields
from braid.language.task_kind import registry

ROOT = Path(__file__).parents[2]
KINDS = ("file", "expression", "text", "template")
FILE_CHARS_MAX = 40_000
REPEATED_MAX = 3_000
CHANGES = (1, 1, 1, 2, 3, 4)

_INTERPOLATION = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_TOKEN = re.compile(r"\w+|\s+|'[^']*'|\"[^\"]*\"|[^\w\s]")
_PIECES = [
    "{{", "}}", "{%", "%}", "{#", "#}", "{{ x }}", "{{ steps.x.output }}", ": ", "- ", "-", "? ", "|", ">", "|-",
    ">+2", "&a ", "*a", "<<: ", "!!int ", "!", "%", "@", "`", "'", '"', "#", " #", "[", "]", "{", "}", ",", "\n",
    "\r", "\r\n", "\t", " ", "  ", "\0", "\x1b", "\x85", "\u2028", "\ufeff", "é", "名", "😀", "\u202e", "\ud800",
    "---\n", "...\n", "null", "~", "true", "no", "0", "-1", "1e999", ".inf", ".nan", "0x1F", "0o7", "1_000", "12:30",
    "2026-01-05", "9" * 40, "1h30m", "PT1S", "100/1m", "10%", "braid: allow(unused-step)", "# braid: allow(",
    "# braid: allow(x, y)",
]  # fmt: skip
_SCALARS: list[Any] = [
    None, True, False, 0, 1, -1, 3, 10**30, 0.5, -0.0, 1e308, "", " ", "x", "a-b", "all", "any", "list", "3s", "1h",
    "-5s", "P1D", "100/1m", "10%", "{{ x }}", "{{ inputs.x }}", "{{ steps.x.output }}", "{{ x | default(1) }}",
    "{{ x | raw }}", "{{", "}}", "{% if x %}", "x > 1", "error.type == 'x'", "object", "../x", "/etc/passwd",
    "x.braid.yaml", "module:name", "http://x/{{ x }}?a={{ y }}", "echo {{ x }}", "cat <<EOF\n{{ x }}\nEOF\n",
    "'{{ x }}'", '"{{ x }}"', "$(( {{ x }} ))", "return 1", "(", "a" * 300, "\x00", "\ud800", "[", "^(a+)+$",
    "#/definitions/x", "http://json-schema.org/draft-07/schema#", [], {}, [[]], [{}], {"": 1}, {"type": "string"},
    {"type": ["string", 3]}, {"$ref": "#"}, {"pattern": "("}, {"type": "object", "properties": {"a": {"$ref": "#"}}},
    {"enum": []}, {"default": 1}, {"const": None},
]  # fmt: skip
_EXPRESSION_PIECES = [
    "+", "-", "*", "/", "//", "%", "**", "~", "|", ".", "[", "]", "(", ")", "{", "}", ",", ":", "==", "!=", "<", ">=",
    "and", "or", "not", "in", "is", "if", "else", "is not", "not in", "none", "true", "null", "loop", "self", "range",
    "range(9)", "x", "x.y", "x[0]", "x['a']", "x[-1:]", "items", "error", "result", "inputs.a", "'", '"', "'a'", "1",
    "0", "-1", "1e9", "10**30", "99999999", "1_0", "2.5", "{'a': 1}", "[1, 2]", "()", "(1,)", "*x", "**x", "x=1",
    "\\", "\n", "\t", "\0", "é", "名", "\ud800", "`", "&", "=", "!", "@", "$", ";", "?", "{{", "}}", "{%", "%}", "{#",
    "#}", "-}}", "{{-", "__class__", "__init__", "_x", "mro", "format", "items()", "keys()", "upper()", "join(',')",
    "namespace()", "lipsum()", "cycler(1)",
]  # fmt: skip
_STATEMENTS = [
    "{% for x in items %}", "{% for a, b in x.items() recursive %}", "{% else %}", "{% endfor %}", "{% if x %}",
    "{% elif y %}", "{% endif %}", "{% set x = 1 %}", "{% set x %}", "{% endset %}", "{% with a = 1 %}",
    "{% endwith %}", "{% macro m(a, b=1) %}", "{% endmacro %}", "{% call m() %}", "{% endcall %}",
    "{% filter upper %}", "{% endfilter %}", "{% raw %}", "{% endraw %}", "{% include 'x' %}", "{% extends 'x' %}",
    "{% block b %}", "{% endblock %}", "{% do x %}", "{% break %}", "{%- if 1 -%}", "{% import 'x' as y %}",
    "{% autoescape true %}", "{% trans %}", "{{ loop.index }}", "{{ caller() }}", "{{ m(1) }}",
]  # fmt: skip


@dataclass(frozen=True)
class Input:
    """Something to read: what it is, and its text."""

    kind: str
    text: str | bytes


def inputs(seed: int, start: int, end: int) -> Iterator[Input]:
    """The inputs of these numbers."""
    return (made(seed, number) for number in range(start, end))


def made(seed: int, number: int) -> Input:
    """The input of this number."""
    dice = random.Random(f"{seed}:{number}")
    kind = dice.choices(KINDS, weights=(60, 20, 10, 10))[0]
    if kind == "file":
        return Input(kind, _file(dice))
    if kind == "template":
        return Input(kind, _template(dice))
    expression = _expression(dice)
    return Input(kind, expression if kind == "expression" else _text(dice, expression))


# Files


@cache
def _files() -> list[str]:
    folders = ("examples", "tests/cases", "tests/fuzz/corpus")
    paths = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.braid.yaml"))
    texts = [path.read_text(encoding="utf-8", errors="surrogateescape") for path in paths]
    return [text for text in texts if len(text) <= FILE_CHARS_MAX] + [registry.get(n).example for n in registry.names()]


@cache
def _trees() -> list[Any]:
    found = []
    for text in _files():
        try:
            tree = yaml.load(text, Loader=yaml.CSafeLoader)
            json.dumps(tree)
        except (yaml.YAMLError, ValueError, TypeError, RecursionError):
            continue
        if isinstance(tree, dict):
            found.append(tree)
    return found


@cache
def _words() -> list[str]:
    parts = [cls for cls in vars(ast).values() if isinstance(cls, type) and issubclass(cls, ast.Part)]
    kinds = [registry.get(name).fields for name in registry.names()]
    keys = {key for part in (*parts, *kinds) for key in struct_fields(part)}
    return sorted({*keys, *ast.CONTROLS, *registry.names(), "x", "$ref", "type", "properties", "pattern", "format"})


def _file(dice: random.Random) -> str | bytes:
    if dice.random() < 0.55:
        return _of_tree(dice)
    text = dice.choice(_files())
    for _ in range(dice.choice(CHANGES)):
        text = dice.choice(_TEXT_CHANGES)(dice, text)[:FILE_CHARS_MAX]
    if dice.random() < 0.03:
        data = bytearray(text.encode("utf-8", "surrogatepass"))
        for _ in range(dice.randint(1, 5)):
            data[dice.randrange(len(data)) : dice.randrange(len(data) + 1)] = dice.randbytes(dice.randint(0, 4))
            data = data or bytearray(b"a")
        return bytes(data)
    return text or "x"


def _cut(dice: random.Random, text: str) -> str:
    start = dice.randint(0, len(text))
    return text[:start] + text[start + dice.choice((1, 1, 2, 5, 30, 200)) :]


def _put(dice: random.Random, text: str) -> str:
    place = dice.randint(0, len(text))
    piece = dice.choice(_PIECES)
    if dice.random() < 0.05:
        piece *= dice.randint(2, REPEATED_MAX)
    return text[:place] + piece + text[place:]


def _splice(dice: random.Random, text: str) -> str:
    other = dice.choice(_files())
    start, place = dice.randint(0, len(other)), dice.randint(0, len(text))
    return text[:place] + other[start : start + dice.randint(1, 300)] + text[place:]


def _lines(dice: random.Random, text: str) -> str:
    lines = text.splitlines(keepends=True) or [text]
    one, two = dice.randrange(len(lines)), dice.randrange(len(lines))
    match dice.randrange(5):
        case 0:
            lines[one], lines[two] = lines[two], lines[one]
        case 1:
            del lines[one]
        case 2:
            lines[two:two] = lines[min(one, two) : max(one, two) + 1]
        case 3:
            lines[one] = " " * dice.randint(0, 9) + lines[one].lstrip()
        case _:
            key, colon, rest = lines[one].partition(":")
            lines[one] = f"{key}{colon} {json.dumps(dice.choice(_SCALARS))}\n" if colon else rest
    return "".join(lines)


def _word(dice: random.Random, text: str) -> str:
    words = list(re.finditer(r"\w+", text))
    if not words:
        return text
    found = dice.choice(words)
    new = dice.choice((dice.choice(_words()), dice.choice(words)[0], found[0][:-1], found[0] * 2, dice.choice(_PIECES)))
    return text[: found.start()] + new + text[found.end() :]


def _in_expression(dice: random.Random, text: str) -> str:
    places = list(_INTERPOLATION.finditer(text))
    if not places:
        return _word(dice, text)
    found = dice.choice(places)
    return text[: found.start(1)] + _changed(dice, found[1]) + text[found.end(1) :]


_TEXT_CHANGES: list[Callable[[random.Random, str], str]] = [_cut, _put, _splice, _lines, _word, _word, _in_expression]


def _of_tree(dice: random.Random) -> str:
    tree = _copied(dice.choice(_trees()))
    for _ in range(dice.choice(CHANGES)):
        tree = _changed_tree(dice, tree)
    if dice.random() < 0.5:
        return json.dumps(tree, ensure_ascii=dice.random() < 0.5)
    try:
        dumped: str = yaml.dump(tree, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False)
    except (UnicodeEncodeError, RecursionError):  # lone surrogates, and what is nested deeply
        return json.dumps(tree)
    return dumped


def _holders(tree: Any) -> list[tuple[Any, Any]]:
    """Each place of a tree: the list or mapping that holds it, and the key."""
    found: list[tuple[Any, Any]] = []
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        places = list(node.items() if isinstance(node, dict) else enumerate(node))
        found += [(node, key) for key, _ in places]
        waiting += [value for _, value in places if isinstance(value, (dict, list))]
    return found


def _copied(tree: Any) -> Any:
    return json.loads(json.dumps(tree))


def _changed_tree(dice: random.Random, tree: Any) -> Any:
    if not isinstance(tree, (dict, list)):
        return {"name": "x", "steps": [tree]}
    holders = _holders(tree)
    if not holders:
        return {"name": "x", "steps": tree}
    holder, key = dice.choice(holders)
    value = _copied(holder[key])
    match dice.randrange(9):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, dict):
            renamed = dice.choice((dice.choice(_words()), str(key)[:-1], f"{key}s", dice.choice(_PIECES)))
            holder[renamed] = holder.pop(key)
        case 2:
            holder[key] = _copied(dice.choice(_SCALARS))
        case 3:
            holder[key] = dice.choice(
                ([value], {dice.choice(_words()): value}, [value, _copied(value)], {"steps": [value]})
            )
        case 4:
            other = dice.choice(_trees())
            inner, inner_key = dice.choice(_holders(other))
            holder[key] = _copied(inner[inner_key])
        case 5 if isinstance(holder, dict):
            holder[dice.choice(_words())] = dice.choice((value, _copied(dice.choice(_SCALARS))))
        case 6 if isinstance(holder, list):
            holder.insert(dice.randint(0, len(holder)), dice.choice((value, _copied(dice.choice(_SCALARS)))))
        case 7 if dice.random() < 0.1:
            for _ in range(dice.randint(2, 80)):
                value = dice.choice(([value], {"steps": [value]}, [{"steps": value}]))
            holder[key] = value
        case _ if isinstance(value, str):
            holder[key] = _changed_text(dice, value)
        case _:
            holder[key] = _copied(dice.choice(_SCALARS))
    return tree


def _changed_text(dice: random.Random, text: str) -> str:
    if "{{" in text:
        return _in_expression(dice, text)
    return dice.choice(
        (_changed(dice, text), f"{{{{ {_expression(dice)} }}}}", f"{text} {{{{ {_expression(dice)} }}}}")
    )


# Expressions


@cache
def _expressions() -> list[str]:
    found = {entry.example for entry in (*FILTERS.values(), *TESTS.values())}
    for text in _files():
        found.update(match[1].strip() for match in _INTERPOLATION.finditer(text))
    return sorted(one for one in found if len(one) < 2_000)


@cache
def _names() -> list[str]:
    return sorted({*FILTERS, *TESTS})


def _expression(dice: random.Random) -> str:
    text = dice.choice(_expressions())
    for _ in range(dice.choice(CHANGES) - 1):
        text = _changed(dice, text)
    return text


def _changed(dice: random.Random, text: str) -> str:
    tokens = _TOKEN.findall(text) or [""]
    place = dice.randrange(len(tokens))
    match dice.randrange(9):
        case 0:
            del tokens[place]
        case 1:
            tokens[place] = dice.choice(_EXPRESSION_PIECES)
        case 2:
            tokens.insert(place, f" {dice.choice(_EXPRESSION_PIECES)} ")
        case 3:
            tokens.append(f" | {dice.choice(_names())}")
        case 4:
            arguments = ", ".join(dice.choice(_EXPRESSION_PIECES) for _ in range(dice.randint(1, 3)))
            tokens.append(f" | {dice.choice(_names())}({arguments})")
        case 5:
            tokens.append(f" {dice.choice(('+', '*', '**', '~', 'and', 'in', 'is', 'if', '//'))} ")
            tokens.append(dice.choice(_expressions()))
        case 6:
            tokens = ["(", *tokens, ")"] if dice.random() < 0.5 else ["[", *tokens, "]"]
        case 7 if dice.random() < 0.1:
            tokens[place] *= dice.randint(2, REPEATED_MAX)
        case _:
            other = _TOKEN.findall(dice.choice(_expressions())) or [""]
            tokens[place] = dice.choice(other)
    return "".join(tokens)[:FILE_CHARS_MAX]


def _text(dice: random.Random, expression: str) -> str:
    pieces = [f"{{{{ {expression} }}}}"]
    for _ in range(dice.randint(0, 3)):
        more = dice.choice((dice.choice(_PIECES), f"{{{{ {_expression(dice)} }}}}", "a text ", "\n"))
        pieces.insert(dice.randint(0, len(pieces)), more)
    return "".join(pieces)


def _template(dice: random.Random) -> str:
    pieces = [
        dice.choice((dice.choice(_STATEMENTS), f"{{{{ {_expression(dice)} }}}}", dice.choice(_PIECES), " text\n"))
        for _ in range(dice.randint(1, 8))
    ]
    if dice.random() < 0.5:
        pieces = ["{% for x in items %}", *pieces, "{% endfor %}"]
    if dice.random() < 0.05:
        pieces *= dice.randint(2, 100)
    return "".join(pieces)
