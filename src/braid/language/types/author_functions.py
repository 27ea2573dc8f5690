"""The author's Python functions that steps call: found by name beside the workflow or installed, never imported."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from braid.diagnostics import Diagnostic, Label, Source, Span, nearest
from braid.language import plan
from braid.language.document import MappingNode, Node
from braid.language.types.lattice import UNKNOWN, ObjectOf, Type, literal, members, words

if TYPE_CHECKING:
    from braid.language.types.python_source import Function, Module

SOURCE_BYTES_MAX: Final = 256 * 1024
"""A larger module isn't read for a check: it would take longer than all the rest."""


class AuthorFunctions:
    """The functions that the steps of one file name.

    Args:
        folder: The workflow's, whose modules are importable in a run.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._modules: dict[str, tuple[Path, Module] | None] = {}

    def result(self, node: plan.TaskNode, fields: Mapping[str, Type]) -> Type:
        """What the annotation of the step's function says that it returns."""
        if node.task.function_fields is None or node.function is not None:
            return UNKNOWN
        reference = literal(fields.get(node.task.function_fields[0]))
        found = self._function(reference) if reference is not None else None
        return UNKNOWN if found is None else found[1].returns

    def problems(self, node: plan.TaskNode, fields: Mapping[str, Type]) -> Iterator[Diagnostic]:
        """A function that isn't there, and arguments that don't fit its signature."""
        if node.task.function_fields is None or node.function is not None:
            return
        call, arguments = node.task.function_fields
        reference = literal(fields.get(call))
        if reference is None:
            return
        body = node.origin.get(node.kind) if node.origin is not None else None
        place = body.get(call) if isinstance(body, MappingNode) else body
        found = self._function(reference)
        if found is None:
            yield from self._missing(reference, place)
            return
        given = fields.get(arguments, ObjectOf({}))
        if isinstance(given, ObjectOf) and given.rest is None and not given.optional:
            path, function = found
            block = body.get(arguments) if isinstance(body, MappingNode) else None
            yield from _misfits(function, given, place, block, _defined(path, function, self._folder))

    def _function(self, reference: str) -> tuple[Path, Function] | None:
        name, _, function = reference.partition(":")
        module = self._module(name)
        if module is None:
            return None
        found = module[1].function(function)
        return None if found is None else (module[0], found)

    def _missing(self, reference: str, place: Node | None) -> Iterator[Diagnostic]:
        name, _, function = reference.partition(":")
        module = self._module(name)
        if module is None and _file_of(name, self._folder) is None:
            yield from self._missing_module(reference, place)
        if module is None or module[1].is_open or not module[0].is_relative_to(self._folder):
            return
        known, wanted = module[1].names(), function.partition(".")[0]
        if wanted in known:
            return
        close = nearest(wanted, known)
        yield Diagnostic(
            code="unknown-function",
            message=f"`{name}` has no `{wanted}`",
            span=place.span if place is not None else None,
            help=f"did you mean `{name}:{close}`?" if close else f"`{module[0].name}` beside the workflow was read",
        )

    def _missing_module(self, reference: str, place: Node | None) -> Iterator[Diagnostic]:
        """Of a package beside the workflow all modules are known; any other may be installed where it runs."""
        name, _, function = reference.partition(":")
        package, *inner = name.split(".")
        if not inner or package in sys.stdlib_module_names or not (self._folder / package / "__init__.py").is_file():
            return
        folder = self._folder.joinpath(package, *inner[:-1])
        modules = {path.stem for path in folder.glob("*.py")} - {"__init__"}
        known = sorted(modules | {path.parent.name for path in folder.glob("*/__init__.py")})
        close = nearest(inner[-1], known)
        owner = ".".join((package, *inner[:-1]))
        yield Diagnostic(
            code="unknown-function",
            message=f"`{owner}` has no module `{inner[-1]}`",
            span=place.span if place is not None else None,
            help=f"did you mean `{owner}.{close}:{function}`?" if close else "the package beside the workflow was read",
        )

    def _module(self, name: str) -> tuple[Path, Module] | None:
        if name not in self._modules:
            self._modules[name] = self._read(name)
        return self._modules[name]

    def _read(self, name: str) -> tuple[Path, Module] | None:
        path = _file_of(name, self._folder)
        if path is None:
            return None
        from braid.language.types.python_source import Module

        try:
            if path.stat().st_size > SOURCE_BYTES_MAX:
                return None
            return path, Module(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, SyntaxError, RecursionError):
            return None  # What is wrong with it the run will tell, where it is imported.


def _file_of(name: str, folder: Path) -> Path | None:
    """The source of a module: the standard library's first, then beside the workflow, then installed, as in a run."""
    parts = name.split(".")
    if not all(part.isidentifier() for part in parts):
        return None
    folders = [] if parts[0] in sys.stdlib_module_names else [folder]
    for root in [*folders, *map(Path, sys.path[1:])]:
        path = root.joinpath(*parts)
        for candidate in (path / "__init__.py", path.with_name(f"{path.name}.py")):
            if candidate.is_file():
                return candidate
        if root.joinpath(parts[0]).is_dir() and root.joinpath(parts[0], "__init__.py").is_file():
            return None
    return None


def _misfits(
    function: Function, given: ObjectOf, place: Node | None, block: Node | None, defined: Label | None
) -> Iterator[Diagnostic]:
    related = (defined,) if defined is not None else ()
    names = (*function.required, *function.optional)
    missing = [name for name in function.required if name not in given.keys]
    if missing:
        listed = ", ".join(f"`{name}`" for name in missing)
        yield Diagnostic(
            code="wrong-arguments",
            message=f"`{function.name}` needs the argument{'s' if len(missing) > 1 else ''} {listed}",
            span=place.span if place is not None else None,
            help=f"add `with: {{{', '.join(f'{name}: …' for name in missing)}}}`",
            related=related,
        )
    for name, kind in given.keys.items():
        key = block.key_node(name) if isinstance(block, MappingNode) else None
        span = key.span if key is not None else place.span if place is not None else None
        if name not in names:
            if not function.takes_any:
                yield _unexpected(function, name, names, span, related)
            continue
        wanted = function.kinds.get(name, UNKNOWN)
        if not _may_be(kind, wanted):
            value = block.get(name) if isinstance(block, MappingNode) else None
            yield Diagnostic(
                code="wrong-arguments",
                message=f"`{name}` of `{function.name}` is annotated as {words(wanted)}, and this is {words(kind)}",
                span=value.span if value is not None else span,
                severity="warning",
                related=related,
            )


def _unexpected(
    function: Function, name: str, names: tuple[str, ...], span: Span | None, related: tuple[Label, ...]
) -> Diagnostic:
    close = nearest(name, names)
    known = ", ".join(f"`{each}`" for each in names)
    return Diagnostic(
        code="wrong-arguments",
        message=f"`{function.name}` has no parameter `{name}`",
        span=span,
        help=f"did you mean `{close}`?" if close else f"it has {known}" if known else "it has no parameters",
        related=related,
    )


def _may_be(kind: Type, wanted: Type) -> bool:
    kinds = {each.kind for each in members(wanted)}
    kinds |= {"bool"} if "int" in kinds else set()  # to Python one is the other
    given = members(kind)
    return not given or not kinds or "unknown" in kinds or any(each.kind in kinds | {"unknown"} for each in given)


def _defined(path: Path, function: Function, folder: Path) -> Label | None:
    name = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name
    try:
        source = Source(name, path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    start, end = source.line_bounds(function.line)
    found = source.text.find(function.name, start, end)
    if found < 0:
        return None
    return Label(Span(source, found, found + len(function.name)), "the function")
