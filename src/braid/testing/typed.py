"""The types that a check gives the values of a workflow, and whether a value of a run is of its type."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from braid.language.compiler import compile_workflow
from braid.language.document import read_document
from braid.language.plan import Plan
from braid.language.reader import read_workflow
from braid.language.task_kind import TaskRegistry, registry
from braid.language.types.check import TypeCheck
from braid.language.types.lattice import ListOf, ObjectOf, Texts, Type, members

_CLASSES = {
    "bool": bool,
    "int": int,
    "float": float,
    "decimal": Decimal,
    "text": str,
    "bytes": bytes,
    "date": date,
}


def typed(text: str, kinds: TaskRegistry = registry, folder: Path | None = None) -> TypeCheck:
    """The types of one file; of files that it calls nothing is known.

    Args:
        text: The file's.
        kinds: The task kinds it may use.
        folder: Where the author's modules are looked for; the current folder when absent.
    """
    document = read_document(text, "typed.braid.yaml")
    workflow, problems = read_workflow(document, kinds)
    assert workflow is not None, problems
    compiled = compile_workflow(workflow, document.source, folder or Path.cwd(), kinds, lambda _: _uncalled)
    return TypeCheck(compiled.plan, compiled.places, compiled.sites, lambda _: None)


def _uncalled() -> Plan:
    raise AssertionError("a check of types runs nothing")


def contains(kind: Type, value: Any) -> bool:  # Any: a value of a workflow
    """Whether the value is one of the type's."""
    return any(_contains(each, value) for each in members(kind))


def _contains(kind: Type, value: Any) -> bool:  # Any: as above
    match kind:
        case ListOf():
            if not isinstance(value, list):
                return False
            if kind.items is None:
                return all(contains(kind.item, each) for each in value)
            return len(kind.items) == len(value) and all(map(contains, kind.items, value))
        case ObjectOf():
            if not isinstance(value, dict) or not kind.keys.keys() - kind.optional <= value.keys():
                return False
            known = {key: kind.keys.get(key, kind.rest) for key in value}
            return all(each is not None and contains(each, value[key]) for key, each in known.items())
        case Texts():
            return isinstance(value, str) and value in kind.values
    if kind.kind in ("unknown", "method"):
        return True
    if kind.kind == "null":
        return value is None
    return type(value) is _CLASSES[kind.kind] or (kind.kind == "date" and isinstance(value, date))
