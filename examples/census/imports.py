"""Who imports whom."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

Graph = dict[str, set[str]]
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def graph(files: list[dict[str, str]]) -> dict[str, Any]:
    """The import graph of these files.

    `imported` lists every module that is imported, with the number of modules that import it (anywhere in them), the
    most wanted first; modules written in C have no file and are no module of the graph. `importing` lists modules with
    the number of those they import. `cycles` are groups of modules that need one another already while they are being
    imported, that is by imports that stand outside of functions.
    """
    modules = {file["module"] for file in files}
    all_imports: Graph = {}
    early_imports: Graph = {}
    for file in files:
        importer = file["module"]
        is_package = Path(file["path"]).name == "__init__.py"
        found = list(_imports(ast.parse(Path(file["path"]).read_bytes())))
        early = [pair for pair in found if not pair[1]]
        for edges, chosen in ((all_imports, found), (early_imports, early)):
            names = (name for node, _ in chosen for name in _targets(node, importer, is_package, modules))
            edges[importer] = {name for name in names if name != importer}
    by_importer: Graph = {}
    for importer, targets in all_imports.items():
        for target in targets:
            by_importer.setdefault(target, set()).add(importer)
    return {
        "modules": len(modules),
        "edges": sum(len(targets) for targets in all_imports.values()),
        "imported": _ranked(by_importer, modules),
        "importing": _ranked(all_imports, modules),
        "cycles": cycles(early_imports),
    }


def _ranked(graph: Graph, modules: set[str]) -> list[dict[str, Any]]:
    ranked = sorted(graph.items(), key=lambda entry: (-len(entry[1]), entry[0]))
    return [{"module": name, "count": len(others), "in_python": name in modules} for name, others in ranked if others]


def _imports(tree: ast.Module) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """Each import statement, and whether it stands inside a function and so runs only when that is called."""
    waiting: list[tuple[ast.AST, bool]] = [(tree, False)]
    while waiting:
        node, inside = waiting.pop()
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node, inside
        elif isinstance(node, ast.stmt | ast.Module | ast.ExceptHandler | ast.match_case):
            inside = inside or isinstance(node, FUNCTIONS)
            waiting.extend((child, inside) for child in ast.iter_child_nodes(node))


def _targets(node: ast.Import | ast.ImportFrom, importer: str, is_package: bool, modules: set[str]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield _known(alias.name, modules)
        return
    origin = node.module or ""
    if node.level:
        # One dot is the package that the module is in; a package is in itself.
        home = importer.split(".")
        home = home[: len(home) - node.level + is_package]
        origin = ".".join([*home, origin] if origin else home)
    for alias in node.names:
        # `from a import b` means the module `a.b`, if there is one, or something inside of `a`.
        name = f"{origin}.{alias.name}"
        yield name if name in modules else _known(origin, modules)


def _known(name: str, modules: set[str]) -> str:
    """The module itself, or what stands for it: `os.path` is made by `os`."""
    while name not in modules and "." in name:
        name = name.rpartition(".")[0]
    return name


def cycles(graph: Graph) -> list[list[str]]:
    """Groups of modules that reach one another (R. E. Tarjan's strongly connected components, 1972), largest first.

    Without recursion: a long chain of imports is deeper than Python's stack.
    """
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    path: list[str] = []
    on_path: set[str] = set()
    found: list[list[str]] = []
    for root in sorted(graph):
        work = [(root, _next(graph, root))] if root not in order else []
        while work:
            name, following = work[-1]
            if name not in order:
                order[name] = lowest[name] = len(order)
                path.append(name)
                on_path.add(name)
            for other in following:
                if other not in order:
                    work.append((other, _next(graph, other)))
                    break
                if other in on_path:
                    lowest[name] = min(lowest[name], order[other])
            else:
                work.pop()
                if work:
                    above = work[-1][0]
                    lowest[above] = min(lowest[above], lowest[name])
                if lowest[name] == order[name]:
                    group = path[path.index(name) :]
                    del path[-len(group) :]
                    on_path.difference_update(group)
                    found.append(sorted(group))
    return sorted((group for group in found if len(group) > 1), key=lambda group: (-len(group), group))


def _next(graph: Graph, name: str) -> Iterator[str]:
    known: Iterable[str] = graph[name]
    return iter(sorted(other for other in known if other in graph))
