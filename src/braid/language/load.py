"""File → plan: reads, compiles and checks a workflow and all files that it calls."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from braid.diagnostics import Diagnostic, DiagnosticsError
from braid.expressions.kept_trees import kept_trees
from braid.language import ast, plan
from braid.language.called_files import called_path, fit_problems, resolved_path
from braid.language.compiler import Compilation, compile_workflow
from braid.language.document import Document, ScalarNode, read_document, read_document_file
from braid.language.reader import read_workflow
from braid.language.task_kind import TaskRegistry
from braid.language.task_kind import registry as installed

CALLED_FILES_MAX = 1_000
"""Workflow files that one workflow may call, directly or not."""

Loadable = Path | str | bytes | ast.Workflow
"""A file's path, a file's text (bytes, or a str with a line break in it), or a workflow built in Python."""


class Loaded(msgspec.Struct, frozen=True):
    """What became of a file.

    Attributes:
        plan: None when there is an error.
        diagnostics: Of this file and of those it calls, each file once; warnings too.
    """

    plan: plan.Plan | None
    diagnostics: list[Diagnostic] = msgspec.field(default_factory=list)


def load(
    workflow: Loadable,
    *,
    registry: TaskRegistry = installed,
    allow_path: bool = False,
    folder: Path | None = None,
    name: str | None = None,
    called: Mapping[Path, str] | None = None,
    lints: bool = False,
) -> Loaded:
    """Read, compile and check a workflow; nothing is raised for what its author wrote.

    Args:
        workflow: See `Loadable`. A workflow built in Python is written out and read back, so that both meet the same
            checks.
        registry: The task kinds it may use.
        allow_path: Files that it calls may lie outside of its folder.
        folder: What relative paths start from: for a text or a built workflow, whose default is the current folder.
        name: How diagnostics call the file or text.
        called: The texts of the files that it calls, by their resolved paths; they are read from here, not from the
            disk, as they were when a run began.
        lints: Warn, too, of what is right and had better be otherwise; where there is no error.
    """
    with _collector_paused(), kept_trees.wanted():
        return _Loader(registry, allow_path, called, lints).load(workflow, folder, name)


def load_plan(
    workflow: Loadable,
    *,
    registry: TaskRegistry = installed,
    allow_path: bool = False,
    folder: Path | None = None,
    name: str | None = None,
) -> plan.Plan:
    """As `load`, for callers that want the plan or nothing.

    Raises:
        DiagnosticsError: The file has errors; it holds the warnings as well.
    """
    loaded = load(workflow, registry=registry, allow_path=allow_path, folder=folder, name=name)
    if loaded.plan is None:
        raise DiagnosticsError(loaded.diagnostics)
    return loaded.plan


def check(
    workflow: Loadable,
    *,
    registry: TaskRegistry = installed,
    allow_path: bool = False,
    folder: Path | None = None,
    name: str | None = None,
) -> list[Diagnostic]:
    """All diagnostics of a workflow and of the files that it calls, lints included."""
    return load(workflow, registry=registry, allow_path=allow_path, folder=folder, name=name, lints=True).diagnostics


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Reading makes many objects and no garbage: looking for cycles again and again takes a quarter of the time."""
    import gc

    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class _File(msgspec.Struct):
    """One workflow file on its way."""

    folder: Path
    diagnostics: list[Diagnostic] = msgspec.field(default_factory=list)
    compilation: Compilation | None = None
    called: dict[int, Path] = msgspec.field(default_factory=dict)
    """Identity of a path's node → the file."""
    words_right: bool = False
    """Nothing is wrong with what the reader looks at, so that the plan says what the file says."""
    types: Any = None  # Any: a TypeCheck, whose import is put off

    @property
    def failed(self) -> bool:
        return any(diagnostic.severity == "error" for diagnostic in self.diagnostics)


class _Loader:
    def __init__(self, registry: TaskRegistry, allow_path: bool, texts: Mapping[Path, str] | None, lints: bool) -> None:
        self._lints = lints
        self._registry = registry
        self._allow_path = allow_path
        self._texts = texts
        self._files: dict[Path, _File] = {}
        # Files wait here instead of in a recursion: a chain of calls may be long, and may come back to its beginning.
        self._waiting: deque[tuple[Path, str]] = deque()

    def load(self, workflow: Loadable, folder: Path | None, name: str | None) -> Loaded:
        root = self._root(workflow, folder, name)
        while self._waiting:
            path, shown = self._waiting.popleft()
            if self._texts is None:
                read = partial(read_document_file, path, shown)
            else:
                read = partial(read_document, self._texts[path], shown)
            self._read(self._files[path], read)
        files = [root, *(file for file in self._files.values() if file is not root)]
        for file in files:
            self._fit_calls(file)
        self._check_types(files)
        diagnostics = [diagnostic for file in files for diagnostic in file.diagnostics]
        if root.compilation is None or any(file.failed for file in files):
            return Loaded(None, diagnostics)
        compilations = [file.compilation for file in files if file.compilation is not None]
        if self._lints:
            from braid.language.lints.lint import linted  # no run waits for them

            diagnostics = linted(compilations, diagnostics)
        elif diagnostics:
            from braid.language.lints.allowances import without_allowed

            diagnostics = without_allowed(compilations, diagnostics)
        return Loaded(root.compilation.plan, diagnostics)

    def _root(self, workflow: Loadable, folder: Path | None, name: str | None) -> _File:
        match workflow:
            case Path() | str() if isinstance(workflow, Path) or "\n" not in workflow:
                path = Path(workflow)
                # Not `Path.resolve`, which raises for a link that leads to itself: that is told when it is read.
                root = _File(Path(os.path.realpath(path.absolute().parent)))
                self._files[Path(os.path.realpath(path))] = root
                self._read(root, partial(read_document_file, path, name))
            case ast.Workflow():
                from braid.language.dump import to_yaml  # only programs write files

                root = _File((folder or Path.cwd()).resolve())
                shown = name or f"<workflow {workflow.name}>"
                self._read(root, lambda: read_document(to_yaml(workflow), shown), workflow)
            case _:
                root = _File((folder or Path.cwd()).resolve())
                self._read(root, lambda: read_document(workflow, name or "<text>"))
        return root

    def _read(self, file: _File, read: Callable[[], Document], built: ast.Workflow | None = None) -> None:
        try:
            document = read()
        except DiagnosticsError as error:
            file.diagnostics += error.diagnostics
            return
        workflow, problems = read_workflow(document, self._registry)
        file.diagnostics += problems
        file.words_right = not file.failed
        if workflow is None:
            return
        file.compilation = compile_workflow(
            workflow, document.source, file.folder, self._registry, lambda node: self._open(file, node, document)
        )
        file.diagnostics += file.compilation.diagnostics
        if built is not None:
            _carry_functions(built, workflow, file.compilation)

    def _open(self, file: _File, node: ScalarNode, document: Document) -> Callable[[], plan.Plan]:
        path = self._called(node, file.folder)
        if isinstance(path, Diagnostic):
            # The reader may have had something against the same text already.
            if all(problem.span != node.span for problem in file.diagnostics):
                file.diagnostics.append(path)
            return _unreachable
        if path not in self._files:
            if len(self._files) > CALLED_FILES_MAX:
                message = f"more than {CALLED_FILES_MAX:,} workflow files are called"
                file.diagnostics.append(Diagnostic("too-many-files", message, node.span))
                return _unreachable
            self._files[path] = _File(path.parent)
            shown = (Path(document.source.name).parent / node.text).as_posix()
            self._waiting.append((path, shown))
        file.called[id(node)] = path
        return lambda: self._plan(path)

    def _called(self, node: ScalarNode, folder: Path) -> Path | Diagnostic:
        if self._texts is None:
            return called_path(node, folder, allow_path=self._allow_path)
        path = resolved_path(folder, node.text)
        if path not in self._texts:
            return Diagnostic("unknown-file", f"the text of `{node.text}` was not kept", node.span)
        return path

    def _plan(self, path: Path) -> plan.Plan:
        compilation = self._files[path].compilation
        assert compilation is not None, "a plan is handed out only when all files it calls are right"
        return compilation.plan

    def _check_types(self, files: list[_File]) -> None:
        """Tell what expressions do that can't be done with values whose types are known."""
        for file in files:
            file.types = self._types(file)
        for file in files:
            if file.types is not None and file.compilation is not None:
                found = file.types.diagnostics()
                file.diagnostics += found
                file.compilation.plan.warnings += tuple(each for each in found if each.severity == "warning")

    def _types(self, file: _File) -> Any:  # Any: a TypeCheck, or None
        compilation = file.compilation
        if compilation is None or not compilation.sites or not file.words_right:
            return None
        # Functions that are given constants are looked at by who asks for lints too: of a run it would take 3 ms.
        if not self._lints and all(site.value.constant for site in compilation.sites):
            return None
        from braid.language.types.check import TypeCheck  # only files with expressions pay for it

        targets = {call.node: file.called.get(id(call.path)) for call in compilation.calls}

        def called(node: plan.CallNode) -> Any:
            path = targets.get(node)
            return None if path is None else self._files[path].types

        return TypeCheck(compilation.plan, compilation.places, compilation.sites, called)

    def _fit_calls(self, file: _File) -> None:
        for call in file.compilation.calls if file.compilation else ():
            path = file.called.get(id(call.path))
            target = self._files[path] if path is not None else None
            # Where the inputs themselves are wrong nothing can be said of what fits them.
            if target is not None and target.compilation is not None and not target.failed:
                file.diagnostics += fit_problems(call, target.compilation.plan)


def _unreachable() -> plan.Plan:
    raise AssertionError("a plan is handed out only when all files it calls are right")


def _carry_functions(built: ast.Workflow, read: ast.Workflow, compilation: Compilation) -> None:
    """Give `python` steps the functions that a program handed over: text can't hold them."""
    functions = {
        id(after): before.function
        for before, after in zip(_steps(built), _steps(read), strict=True)
        if isinstance(before, ast.Task) and before.function is not None
    }
    for node, step in compilation.steps.items():
        if isinstance(node, plan.TaskNode):
            node.function = functions.get(id(step))


def _steps(part: Any) -> Iterator[ast.Step]:  # Any: the parts of a workflow, told apart below
    """All steps at any depth, in the order of their fields."""
    if isinstance(part, ast.Step):
        yield part
    if isinstance(part, ast.Part):
        for each in msgspec.structs.fields(type(part)):
            if each.name not in ("origin", "body", "output", "schema", "inputs", "vars"):
                yield from _steps(getattr(part, each.name))
    elif isinstance(part, list):
        for item in part:
            yield from _steps(item)
    elif isinstance(part, dict):
        for item in part.values():
            yield from _steps(item)
