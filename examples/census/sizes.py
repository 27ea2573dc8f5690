"""How large a file is, and how many ways lead through it."""

from __future__ import annotations

import ast
from bisect import bisect_left, bisect_right
from pathlib import Path
from typing import Any

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def measure(path: str, module: str, package: str) -> dict[str, Any]:
    """Lines, definitions and decisions of one file.

    `code` are the lines that are neither blank nor a comment; docstrings count as code. A decision is a place where the
    program may go on in two ways: `if`, `elif`, `for`, `while`, `except`, `case`, `and`, `or`. A function's complexity
    is one more than the decisions on its lines (T. J. McCabe, 1976).
    """
    source = Path(path).read_bytes()
    lines = [line.strip() for line in source.splitlines()]
    functions: list[ast.FunctionDef | ast.AsyncFunctionDef] = []
    decisions: list[int] = []
    classes = 0
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, FUNCTIONS):
            functions.append(node)
        elif isinstance(node, ast.ClassDef):
            classes += 1
        else:
            decisions.extend(_decisions(node))
    decisions.sort()
    return {
        "module": module,
        "package": package,
        "lines": len(lines),
        "code": sum(1 for line in lines if line and not line.startswith(b"#")),
        "functions": len(functions),
        "classes": classes,
        "decisions": len(decisions),
        "hardest": _hardest(functions, decisions),
    }


def _decisions(node: ast.AST) -> list[int]:
    """The line of each decision that this node makes itself."""
    match node:
        case ast.If() | ast.IfExp() | ast.For() | ast.AsyncFor() | ast.While() | ast.ExceptHandler():
            return [node.lineno]
        case ast.BoolOp():  # `a and b and c` is one node and two decisions
            return [node.lineno] * (len(node.values) - 1)
        case ast.comprehension():  # has no line of its own
            return [node.target.lineno] * (1 + len(node.ifs))
        case ast.match_case():
            return [node.pattern.lineno] * (1 if node.guard is None else 2)
    return []


def _hardest(functions: list[ast.FunctionDef | ast.AsyncFunctionDef], decisions: list[int]) -> dict[str, Any] | None:
    """The function with the most decisions on its lines; the first one of several."""
    ranked = []
    for function in functions:
        last = function.end_lineno or function.lineno
        complexity = 1 + bisect_right(decisions, last) - bisect_left(decisions, function.lineno)
        ranked.append((-complexity, function.lineno, function.name))
    if not ranked:
        return None
    complexity, line, name = min(ranked)
    return {"name": name, "line": line, "complexity": -complexity}
