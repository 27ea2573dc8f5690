"""What must hold of any input: it ends in a plan or in diagnostics, soon, and without eating the memory."""

from __future__ import annotations

import json
import resource
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fuzz_inputs import Input

from braid.diagnostics import Diagnostic, render_text, to_json
from braid.expressions import (
    EvaluationError,
    ExpressionSyntaxError,
    MappingScope,
    compile_expression,
    compile_template,
    compile_text,
)
from braid.language.load import load

SECONDS_MAX = 1.0
"""Of the processor, for one input."""
GROWN_BYTES_MAX = 500_000_000

_DATA = {
    "a": {"x": 1, "b": [1, 2], "items": [3]},
    "x": [{"a": 1, "b": None}, {"a": "é", "b": 2.5}],
    "items": [None, {"x": 2}, "text", [1, 2, 3]],
    "item": {"id": "A", "name": " n ", "price": 4, "count": 2, "key": "k", "value": [1, 2]},
    "inputs": {"a": 3, "text": "some words\nin lines", "names": ["Ada", "Grace"]},
    "vars": {"euros": {"EUR": 1}},
    "error": {"type": "http", "message": "no", "details": {"status": 503}},
    "result": {"stdout": "1\n2", "body": {"orders": [1]}},
    "text": "text",
    "number": 17,
}
_COMPILERS: dict[str, Callable[[str], Any]] = {  # Any: three classes with `references` and `evaluate`
    "expression": compile_expression,
    "text": compile_text,
    "template": compile_template,
}


@dataclass(frozen=True)
class Verdict:
    """What became of an input.

    Attributes:
        ending: `plan`, `diagnostics`, `value`, `refused`, or what is wrong: `exception`, `broken`, `slow`, `large`.
        why: More about what is wrong.
    """

    ending: str
    why: str = ""
    seconds: float = 0.0
    grown_bytes: int = 0

    @property
    def is_find(self) -> bool:
        return self.ending not in GOOD

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


GOOD = ("plan", "diagnostics", "value", "refused")


class BrokenPromiseError(Exception):
    """Something else than an exception is wrong."""


def judged(one: Input, folder: Path) -> Verdict:
    """Read an input as a command would. `folder` is an empty one, for the files that a workflow may call."""
    before, began = peak_bytes(), time.process_time()
    ending, why = "exception", ""
    try:
        ending = _file(one.text, folder) if one.kind == "file" else _expression(one.kind, str(one.text))
    except BrokenPromiseError as error:
        ending, why = "broken", str(error)
    except (Exception, RecursionError, MemoryError):
        why = traceback.format_exc(limit=-8)
    seconds, grown = time.process_time() - began, peak_bytes() - before
    if ending in GOOD and seconds > SECONDS_MAX:
        ending = "slow"
    elif ending in GOOD and grown > GROWN_BYTES_MAX:
        ending = "large"
    return Verdict(ending, why, seconds, grown)


def peak_bytes() -> int:
    """Of resident memory, at most, of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _file(text: str | bytes, folder: Path) -> str:
    if isinstance(text, str):
        text += "\n"  # else a short one would be taken for a path
    loaded = load(text, folder=folder, name="f", lints=True)
    _check_places(loaded.diagnostics)
    has_errors = any(each.severity == "error" for each in loaded.diagnostics)
    if (loaded.plan is None) != has_errors:
        raise BrokenPromiseError(f"plan: {loaded.plan is not None}, errors: {has_errors}")
    return "plan" if loaded.plan is not None else "diagnostics"


def _check_places(diagnostics: list[Diagnostic]) -> None:
    json.dumps(to_json(diagnostics)).encode()
    if diagnostics and not render_text(diagnostics, width=80).encode():
        raise BrokenPromiseError("diagnostics without a text")
    for each in diagnostics:
        if not each.message or not each.code:
            raise BrokenPromiseError(f"a diagnostic without a message: {each!r}")
        for span in (each.span, *(label.span for label in each.related)):
            if span is not None and not 0 <= span.start <= span.end <= len(span.source.text):
                raise BrokenPromiseError(f"a place outside of the text: {each!r}")


def _expression(kind: str, text: str) -> str:
    try:
        compiled = _COMPILERS[kind](text)
        for one in compiled.references:
            if not text[one.start : one.end].startswith(one.name):
                raise BrokenPromiseError(f"`{one.name}` isn't at {one.start}:{one.end}")
        compiled.evaluate(MappingScope(_DATA))
    except (ExpressionSyntaxError, EvaluationError) as error:
        if not error.message or not -1 <= error.start <= error.end <= len(text):
            raise BrokenPromiseError(f"an error without its place: {error!r}, {error.start}:{error.end}") from None
        return "refused"
    return "value"
