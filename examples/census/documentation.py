"""What is documented of all that is public."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def coverage(files: list[dict[str, str]]) -> list[dict[str, Any]]:
    """How many public modules, classes and functions each file has, and how many of them have a docstring.

    Public is what no `_` begins: neither its own name nor that of a class, module or package around it. What is defined
    inside a function is local, not public.
    """
    return [_of_file(file) for file in files if not any(part.startswith("_") for part in file["module"].split("."))]


def _of_file(file: dict[str, str]) -> dict[str, Any]:
    public: Counter[str] = Counter()
    documented: Counter[str] = Counter()
    for node in _public(ast.parse(Path(file["path"]).read_bytes())):
        kind = {ast.Module: "modules", ast.ClassDef: "classes"}.get(type(node), "functions")
        public[kind] += 1
        documented[kind] += ast.get_docstring(node, clean=False) is not None
    return {
        "module": file["module"],
        "package": file["package"],
        "public": public.total(),
        "documented": documented.total(),
        "kinds": {kind: {"public": public[kind], "documented": documented[kind]} for kind in public},
    }


def _public(tree: ast.Module) -> Iterator[Documented]:
    """The module and its public definitions, also those under an `if` or `try`."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.ClassDef, *FUNCTIONS)) and node.name.startswith("_"):
            continue
        if isinstance(node, Documented):
            yield node
        if not isinstance(node, FUNCTIONS):
            inner = (ast.stmt, ast.ExceptHandler, ast.match_case)
            waiting.extend(child for child in ast.iter_child_nodes(node) if isinstance(child, inner))
