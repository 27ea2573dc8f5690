"""The author's Python: found by name in the workflow's folder or among what is installed, and code in the file.

The folder is importable only while a step of it runs or is looked up: a finder asks for the folder of the current
context, so `sys.path` stays as it is and nothing else in the process sees the folder's modules by chance. Two folders
may each have a `tasks.py`: the modules of one are set aside when the other's are wanted. A module is imported once
for each folder and process; a change to its file is seen by the next process.
"""

from __future__ import annotations

import ast
import contextvars
import functools
import importlib
import importlib.machinery
import linecache
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, Final

from braid.diagnostics import nearest
from braid.language.task_kind import TaskError, current_step

Function = Callable[..., Any]  # Any: the author's own function

TRACEBACK_FRAMES_MAX: Final = 20
"""The innermost frames of the author's code that a failure keeps."""
_HIDDEN: Final = (str(Path(__file__).parents[1]), "<frozen importlib")

_folder: contextvars.ContextVar[str | None] = contextvars.ContextVar("braid_workflow_folder", default=None)


class _FolderFinder:
    """Finds modules in the folder of the current context, and remembers which came from where."""

    # No subclass of importlib.abc.MetaPathFinder, which a finder need not be: that takes 6 ms to import.

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._active: str | None = None
        self._given: Path | None = None  # the same, as it was given: to know it again costs 0.3 µs less
        self._names: dict[str, set[str]] = {}
        self._aside: dict[str, dict[str, ModuleType]] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        folder = _folder.get() or _folder_of_step()
        top = fullname.partition(".")[0]
        # All that imports a module of the standard library relies on getting that one.
        if folder is None or top in sys.stdlib_module_names:
            return None
        if path is not None:
            if top in self._names.get(folder, ()):
                self._names[folder].add(fullname)
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, [folder])
        # A folder without `__init__.py`, which may hold anything, must not hide an installed package.
        if spec is None or (spec.loader is None and importlib.machinery.PathFinder.find_spec(fullname) is not None):
            return None
        self._names.setdefault(folder, set()).add(fullname)
        return spec

    def activate(self, path: Path) -> None:
        """Put this folder's modules into `sys.modules`, and those of the one before aside."""
        if self._given is path:
            return
        folder = str(path)
        with self.lock:
            if self._active != folder:
                if self._active is not None:
                    names = self._names.get(self._active, set())
                    self._aside[self._active] = {name: sys.modules.pop(name) for name in names if name in sys.modules}
                sys.modules.update(self._aside.pop(folder, {}))
                self._active = folder
            self._given = path

    def owns(self, folder: str, name: str) -> bool:
        return name in self._names.get(folder, ())


def _folder_of_step() -> str | None:
    step = current_step.get()
    return None if step is None else str(step.folder)


_finder: Final = _FolderFinder()


def use_folder_of_step(folder: Path) -> None:
    """The same as `importable` in the asyncio.Task of a step of that folder, for as long as that step lasts."""
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)
    _finder.activate(folder)


class importable:  # noqa: N801  # used like a function
    """Make the folder's modules importable in this context (thread or asyncio.Task), also inside its functions."""

    # A class, not a generator with `contextmanager`: that costs 2 µs more, and each call of a function uses one.
    __slots__ = ("_given", "_token")

    def __init__(self, folder: Path) -> None:
        self._given = folder

    def __enter__(self) -> None:
        self._token = _folder.set(str(self._given))
        use_folder_of_step(self._given)

    def __exit__(self, *_: object) -> None:
        _folder.reset(self._token)


def function_named(reference: str, folder: Path) -> Function:
    """The function that `module:function` names; `function` may be dotted (`Class.method`).

    Raises:
        TaskError: Of type `import`: no such module or function, or the module fails.
    """
    module_name, _, path = reference.partition(":")
    with _finder.lock, importable(folder):
        found: Any = _module(module_name, folder)  # Any: whatever the author's names stand for
        for name in path.split("."):
            if not hasattr(found, name):
                raise _no_function(reference, name, found)
            found = getattr(found, name)
    if not callable(found):
        raise _import_error(f"`{reference}` is {type(found).__name__}, not a function")
    function: Function = found
    return function


def _module(name: str, folder: Path) -> ModuleType:
    top = name.partition(".")[0]
    # A file that was written a moment ago isn't in the listing that the import system keeps.
    importlib.invalidate_caches()
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            raise _import_error(
                f"there is no module `{name}`, neither beside the workflow ({folder}) nor installed"
            ) from error
        raise _import_error(f"`{name}` imports `{error.name}`, which isn't there", error) from error
    except (Exception, SystemExit) as error:
        raise _import_error(f"`{name}` can't be imported: {told(error)}", error) from error
    if (folder / f"{top}.py").exists() and not _finder.owns(str(folder), top):
        raise _import_error(
            f"`{top}.py` beside the workflow has the name of another module, which was imported before "
            f"({getattr(module, '__file__', None) or 'part of Python'}); rename it"
        )
    return module


def _no_function(reference: str, name: str, owner: Any) -> TaskError:  # Any: a module or class of the author
    names = [known for known, value in vars(owner).items() if callable(value)] if hasattr(owner, "__dict__") else []
    meant = nearest(name, names)
    help = f"; did you mean `{meant}`?" if meant else ""
    return _import_error(f"`{reference}`: `{getattr(owner, '__name__', owner)}` has no `{name}`{help}")


def _import_error(message: str, error: BaseException | None = None) -> TaskError:
    details = {"traceback": user_traceback(error)} if error else {}
    return TaskError(message, type="import", details=details, retryable=False)


@functools.lru_cache(maxsize=256)
def function_of_code(code: str, names: tuple[str, ...]) -> Function:
    """A function with `code` as its body and `names` as its parameters; async if the code awaits.

    Raises:
        SyntaxError: With the line and column in `code`.
        ValueError: The code holds a NUL character.
    """
    # `return` outside a function is found by the compiler, not the parser, so the body can be read as it stands,
    # with its lines and texts unchanged, and be put into a function afterwards.
    tree = ast.parse(code, "<code>")
    _refuse_yield(tree)
    header = f"{'async ' if _awaits(tree) else ''}def step({', '.join(names)}): pass"
    module = ast.parse(header)
    function = module.body[0]
    assert isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
    function.body = tree.body or function.body
    filename = f"<python step {abs(hash((code, names))):x}>"
    # So that a traceback can show the line.
    linecache.cache[filename] = (len(code), None, code.splitlines(keepends=True), filename)
    compiled: CodeType = compile(module, filename, "exec", dont_inherit=True)
    namespace: dict[str, Any] = {"__name__": "braid_step"}  # Any: the globals of the author's code
    exec(compiled, namespace)
    made: Function = namespace["step"]
    return made


def _own_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes that don't belong to a function or class inside."""
    for child in ast.iter_child_nodes(tree):
        yield child
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            yield from _own_nodes(child)


def _awaits(tree: ast.AST) -> bool:
    return any(
        isinstance(node, (ast.Await, ast.AsyncFor, ast.AsyncWith)) or bool(getattr(node, "is_async", 0))
        for node in _own_nodes(tree)
    )


def _refuse_yield(tree: ast.AST) -> None:
    for node in _own_nodes(tree):
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            place = ("<code>", node.lineno, node.col_offset + 1, "")
            raise SyntaxError("`yield` has no meaning here; return a list", place)


def user_traceback(error: BaseException) -> str:
    """A traceback without the frames of Braid and of the import system."""
    import traceback

    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(_HIDDEN)]
    lines = traceback.format_list(frames[-TRACEBACK_FRAMES_MAX:])
    return "".join([*lines, *traceback.format_exception_only(error)]).rstrip()


def told(error: BaseException) -> str:
    """An exception in one line."""
    text = str(error).strip()
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
