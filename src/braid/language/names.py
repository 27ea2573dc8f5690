"""Which names a workflow may give, and what is written instead of those it may not."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import msgspec

from braid.diagnostics import nearest

RESERVED = frozenset(
    ("inputs", "vars", "secrets", "env", "run", "steps", "branch", "item", "index", "iteration", "error", "result")
)
"""Names that expressions already have a meaning for; no step may take one."""

_LITERALS = ("true", "false", "none", "null")
_WORDS = ("and", "or", "not", "in", "is", "if", "else", "elif", "for")
_FUNCTIONS = ("now", "uuid", "random", "range")
EXPRESSION_WORDS = frozenset((*_LITERALS, *_WORDS, *_FUNCTIONS))
"""Words and functions of the expression language; as an id they could never be read."""

NAME_CHARS_MAX = 100
"""Characters in an id or another name that a file gives."""

_SHOWN_CHARS = 40

_ID = re.compile(r"[a-z_][a-z0-9_]*")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_POOL = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


class NameProblem(msgspec.Struct, frozen=True):
    """What is wrong with a name, and what to write."""

    code: str
    message: str
    label: str
    help: str = ""


def id_problem(text: str, *, what: str = "a step id", allowed: frozenset[str] = frozenset()) -> NameProblem | None:
    """Why `text` can't be an id, or None.

    Args:
        text: The name.
        what: What it would name, as a phrase.
        allowed: Reserved names that are right here (`item` as the name of a foreach item).
    """
    if len(text) > NAME_CHARS_MAX:
        return _too_long(text, what)
    if _ID.fullmatch(text):
        return None if text in allowed else _reserved(text, what)
    suggestion = _suggested(text)
    help = f"write `{suggestion}`" if suggestion else "use lower-case letters, digits and `_`"
    if re.fullmatch(r"[A-Za-z_]\w*(-\w+)+", text, re.ASCII):
        left, _, right = text.partition("-")
        label = f"expressions would read this as `{left}` minus `{right}`"
        return NameProblem("hyphen-in-id", _refused(text, what), label, help)
    label = "begins with a digit" if text[:1].isdigit() else "only a–z, 0–9 and `_`"
    if text.lower() != text and _NAME.fullmatch(text):
        label = "has upper-case letters"
    return NameProblem("bad-id", _refused(text, what), label, help)


def name_problem(text: str, what: str) -> NameProblem | None:
    """Why `text` can't be the name of an input, variable, secret or environment variable, or None."""
    if len(text) > NAME_CHARS_MAX:
        return _too_long(text, what)
    if _NAME.fullmatch(text):
        return None
    fixed = _identifier(text)
    return NameProblem(
        "bad-name",
        _refused(text, what),
        "letters, digits and `_` only, no digit first",
        f"write `{fixed}`" if fixed else "",
    )


def pool_problem(text: str) -> NameProblem | None:
    """Why `text` can't name a pool, or None."""
    if len(text) > NAME_CHARS_MAX:
        return _too_long(text, "the name of a pool")
    if _POOL.fullmatch(text):
        return None
    fixed = _identifier(text)
    return NameProblem(
        "bad-name",
        _refused(text, "the name of a pool"),
        "letters, digits, `_` and `-` only, no digit first",
        f"write `{fixed}`" if fixed else "",
    )


def branch_problem(text: str) -> NameProblem | None:
    """Why `text` can't name a branch, or None. A branch's name is one part of an address, which `/` and `~` divide."""
    if len(text) > NAME_CHARS_MAX:
        return _too_long(text, "the name of a branch")
    if text and text.strip() == text and text.isprintable() and not set(text) & set("/~"):
        return None
    fixed = re.sub(r"[\s/~]+", "-", text.strip()).strip("-")
    return NameProblem(
        "bad-name",
        _refused(text, "the name of a branch"),
        "it stands in addresses such as `gather/weather/forecast`",
        f"write `{fixed}`" if fixed.isprintable() and fixed else "give it a name without `/` and `~`",
    )


def _reserved(text: str, what: str) -> NameProblem | None:
    if text in RESERVED:
        label = "already has a meaning in expressions"
    elif text in EXPRESSION_WORDS:
        label = "is a word of the expression language"
    else:
        return None
    return NameProblem("reserved-id", f"`{text}` can't be {what}", label, f"choose another name, such as `{text}_1`")


def _too_long(text: str, what: str) -> NameProblem:
    return NameProblem(
        "name-too-long",
        _refused(text, what),
        f"{len(text):,} characters",
        f"use at most {NAME_CHARS_MAX}",
    )


def _suggested(text: str) -> str:
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text).lower()
    fixed = _identifier(snake)
    return f"{fixed}_1" if fixed in RESERVED or fixed in EXPRESSION_WORDS else fixed


def _identifier(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()  # `ü` becomes `u`
    fixed = re.sub(r"[^A-Za-z0-9_]+", "_", letters).strip("_")
    if fixed[:1].isdigit():
        fixed = f"_{fixed}"
    return fixed[:NAME_CHARS_MAX]


def _refused(text: str, what: str) -> str:
    shown = text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}…"
    return f"`{shown}` can't be {what}" if text else f"empty text can't be {what}"


def nearest_key(name: str, candidates: Iterable[str]) -> str | None:
    """The key that was probably meant: `nearest`, or another form of the same word (`retries`, `retry`)."""
    known = list(candidates)
    meant = nearest(name, known)
    if meant:
        return meant
    stem = name.lower()[:_STEM_CHARS]
    if len(stem) < _STEM_CHARS:
        return None
    return next((each for each in known if each.startswith(stem) and len(each) <= len(name) + 2), None)


_STEM_CHARS = 4

FOREIGN_KEYS = {
    "run": "a script is a `shell` step: `shell: echo hello`",
    "script": "a script is a `shell` step: `shell: echo hello`",
    "bash": "a script is a `shell` step: `shell: echo hello`",
    "sh": "a script is a `shell` step: `shell: echo hello`",
    "cmd": "a command is a `shell` step: `shell: echo hello`",
    "command": "a command is a `shell` step: `shell: echo hello`",
    "request": "a request is an `http` step: `http: {url: …}`",
    "curl": "a request is an `http` step: `http: {url: …}`",
    "sleep": "to wait is a `delay` step: `delay: 30s`",
    "wait": "to wait for a time is a `delay` step: `delay: 30s`",
    "uses": "steps from elsewhere are `call: {workflow: other.braid.yaml}` or a task kind",
    "when": "the condition of a step is `if`",
    "unless": "the condition of a step is `if`, here with `not`",
    "condition": "the condition of a step is `if`",
    "elif": "give `else` one step that is an `if` with `then`, or use `switch`",
    "while": "repeat with `loop: {max: 10, while: …, steps: […]}`",
    "until": "repeat with `loop: {max: 10, until: …, steps: […]}`",
    "repeat": "repeat with `loop: {max: 10, steps: […]}`",
    "for": "go through a list with `foreach: {items: …, steps: […]}`",
    "each": "go through a list with `foreach: {items: …, steps: […]}`",
    "with_items": "go through a list with `foreach: {items: …, steps: […]}`",
    "matrix": "go through a list with `foreach: {items: …, steps: […]}`",
    "depends_on": "what must be done before is `needs`, inside a `graph`",
    "dependsOn": "what must be done before is `needs`, inside a `graph`",
    "depends": "what must be done before is `needs`, inside a `graph`",
    "continue_on_error": "a failure is borne with `fallback: {value: null}`",
    "continue-on-error": "a failure is borne with `fallback: {value: null}`",
    "ignore_errors": "a failure is borne with `fallback: {value: null}`",
    "on_error": "a failure is handled with `fallback`, or with `try` and `catch`",
    "on_failure": "`on_failure` belongs to the whole workflow; a step has `fallback`, or `try` with `catch`",
    "rescue": "a failure is handled with `try: {steps: […], catch: {steps: […]}}`",
    "block": "several steps as one are a group: `steps: […]`",
    "do": "several steps as one are a group: `steps: […]`",
    "tasks": "several steps as one are a group: `steps: […]`",
    "register": "the step's `id` is the name of its output",
    "outputs": "a step's output is `output`, an expression over `result`",
    "vars": "variables are set by a `set` step with an `id`, or by `vars` at the top of the file",
    "env": "`env` belongs inside `shell`",
    "catch": "`catch` belongs inside `try`",
    "finally": "`finally` belongs inside `try`, or to the whole workflow",
    "default": "`default` belongs inside `switch`",
    "cases": "`cases` belongs inside `switch`",
}
"""Keys that people know from other tools → how it is written here."""
