"""Python code as text: the signature of a function and the type of what it returns, read without running anything."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from braid.language.types.lattice import (
    BOOL,
    BYTES,
    DATE,
    DECIMAL,
    FLOAT,
    INT,
    NULL,
    PERHAPS_NULL,
    TEXT,
    UNKNOWN,
    ListOf,
    ObjectOf,
    Texts,
    Type,
    union,
)

_NAMED: Final[Mapping[str, Type]] = {
    "int": INT,
    "float": union((INT, FLOAT)),
    "str": TEXT,
    "bool": BOOL,
    "bytes": BYTES,
    "Decimal": DECIMAL,
    "date": DATE,
    "datetime": DATE,
    "list": ListOf(UNKNOWN),
    "List": ListOf(UNKNOWN),
    "tuple": ListOf(UNKNOWN),
    "Tuple": ListOf(UNKNOWN),
    "dict": ObjectOf({}, rest=UNKNOWN),
    "Dict": ObjectOf({}, rest=UNKNOWN),
    "None": NULL,
}
"""Annotations by their last name, imported or not; a `float` may be an `int`."""
_CALLS: Final[Mapping[str, Type]] = {
    "len": INT,
    "str": TEXT,
    "repr": TEXT,
    "int": INT,
    "float": FLOAT,
    "bool": BOOL,
    "sorted": ListOf(UNKNOWN),
    "list": ListOf(UNKNOWN),
}
_KEEPING: Final = frozenset({"cache", "lru_cache"})
"""Decorators under which a function keeps its signature."""
_DEPTH_MAX: Final = 10


class Function(msgspec.Struct, frozen=True):
    """What can be read of a function.

    Attributes:
        required, optional: Names of its parameters, without and with a default.
        takes_any: It has `**kwargs`.
        kinds: The types of annotated parameters.
        returns: What its annotation says that it returns.
        line, column: Where its name stands; the line from 1, the column in bytes from 0.
    """

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    takes_any: bool
    kinds: Mapping[str, Type]
    returns: Type
    line: int
    column: int


class Module:
    """The source of one module.

    Raises:
        SyntaxError, ValueError, RecursionError: It is no Python.
    """

    def __init__(self, source: str) -> None:
        tree = ast.parse(source)
        self._bound: dict[str, list[ast.stmt | None]] = {}
        self.is_open = False
        """Names may be there that can't be seen: imported with `*`, or made by code."""
        for statement in tree.body:
            self._bind(statement, top=True)

    def names(self) -> list[str]:
        """All names that the module gives to something."""
        return list(self._bound)

    def function(self, name: str) -> Function | None:
        """The function of this name; None when it may be anything else, or decorated into something else."""
        bound = self._bound.get(name, [])
        if self.is_open or len(bound) != 1 or not isinstance(bound[0], (ast.FunctionDef, ast.AsyncFunctionDef)):
            return None
        node = bound[0]
        if any(_last_name(each) not in _KEEPING for each in node.decorator_list):
            return None
        given = node.args
        named = [*given.posonlyargs, *given.args]
        without = len(named) - len(given.defaults)
        pairs = [(each, index >= without) for index, each in enumerate(named)]
        pairs += [
            (each, default is not None) for each, default in zip(given.kwonlyargs, given.kw_defaults, strict=True)
        ]
        generates = any(isinstance(each, (ast.Yield, ast.YieldFrom)) for each in _own_nodes(node))
        return Function(
            name=name,
            required=tuple(each.arg for each, has_default in pairs if not has_default),
            optional=tuple(each.arg for each, has_default in pairs if has_default),
            takes_any=given.kwarg is not None,
            kinds={each.arg: self.annotated(each.annotation) for each, _ in pairs if each.annotation is not None},
            returns=UNKNOWN if generates or node.returns is None else self.annotated(node.returns),
            line=node.lineno,
            column=node.col_offset,
        )

    def annotated(self, annotation: ast.expr | None, depth: int = 0) -> Type:
        """The type that an annotation names."""
        if depth > _DEPTH_MAX:
            return UNKNOWN
        match annotation:
            case ast.Constant(value=None):
                return NULL
            case ast.Constant(value=str(text)):
                try:
                    return self.annotated(ast.parse(text, mode="eval").body, depth + 1)
                except (SyntaxError, ValueError, RecursionError):
                    return UNKNOWN
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return union((self.annotated(left, depth + 1), self.annotated(right, depth + 1)))
            case ast.Subscript(value=generic, slice=inside):
                return self._generic(_last_name(generic), inside, depth)
            case ast.Name(id=name) if name in self._bound and name not in _NAMED:
                return self._class(name, depth)
            case ast.Name(id=name) if any(isinstance(each, ast.ClassDef) for each in self._bound.get(name, ())):
                return UNKNOWN
            case ast.Name() | ast.Attribute():
                return _NAMED.get(_last_name(annotation), UNKNOWN)
        return UNKNOWN

    def _generic(self, name: str, inside: ast.expr, depth: int) -> Type:
        items = inside.elts if isinstance(inside, ast.Tuple) else [inside]
        match name:
            case "list" | "List":
                return ListOf(self.annotated(items[0], depth + 1))
            case "tuple" | "Tuple":
                if any(isinstance(each, (ast.Constant, ast.Starred)) for each in items):
                    return ListOf(self.annotated(items[0], depth + 1) if len(items) == 2 else UNKNOWN)
                return ListOf(items=[self.annotated(each, depth + 1) for each in items])
            case "dict" | "Dict" | "Mapping" | "MutableMapping" | "OrderedDict" | "defaultdict" if len(items) == 2:
                return ObjectOf({}, rest=self.annotated(items[1], depth + 1))
            case "Optional":
                return union((self.annotated(items[0], depth + 1), NULL))
            case "Union":
                return union(self.annotated(each, depth + 1) for each in items)
            case "Annotated" | "Final":
                return self.annotated(items[0], depth + 1)
            case "Literal":
                values = [each.value for each in items if isinstance(each, ast.Constant)]
                if len(values) == len(items) and all(isinstance(value, str) for value in values):
                    return Texts(frozenset(str(value) for value in values))
        return UNKNOWN

    def _class(self, name: str, depth: int) -> Type:
        """An object that a class of the module describes: a dataclass or a TypedDict that inherits nothing."""
        bound = self._bound[name]
        if len(bound) != 1 or not isinstance(bound[0], ast.ClassDef):
            return UNKNOWN
        node = bound[0]
        bases = [_last_name(base) for base in node.bases]
        decorators = [_last_name(each) for each in node.decorator_list]
        is_data = decorators == ["dataclass"] and not bases
        if not is_data and not (bases == ["TypedDict"] and not decorators and not node.keywords):
            return UNKNOWN
        keys = {}
        for each in node.body:
            if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
                generic = _last_name(each.annotation.value) if isinstance(each.annotation, ast.Subscript) else ""
                if generic in ("ClassVar", "InitVar"):
                    continue
                if generic in ("NotRequired", "Required", "ReadOnly"):
                    return UNKNOWN
                keys[each.target.id] = self.annotated(each.annotation, depth + 1)
        return ObjectOf(keys)

    def _bind(self, statement: ast.stmt, *, top: bool) -> None:
        match statement:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                self._bound.setdefault(name, []).append(statement if top else None)
                self.is_open |= name == "__getattr__"
                return
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                for alias in names:
                    self.is_open |= alias.name == "*"
                    self._bound.setdefault(alias.asname or alias.name.partition(".")[0], []).append(None)
                return
        for node in ast.walk(statement):
            match node:
                case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                    self._bound.setdefault(name, []).append(None)
                case ast.Name(id="globals" | "exec" | "setattr" | "vars"):
                    self.is_open = True
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.Import() | ast.ImportFrom():
                    self._bind(node, top=False)


def returned_by(code: str) -> Type:
    """What the body of a function returns, where it says so by a literal."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError):
        return UNKNOWN
    kinds = [
        NULL if node.value is None else _literal(node.value, 0)
        for node in _own_nodes(tree)
        if isinstance(node, ast.Return)
    ]
    if not kinds:
        # Nothing but `raise` may end it, or it returns null.
        return UNKNOWN if any(isinstance(node, ast.Raise) for node in _own_nodes(tree)) else NULL
    ends = tree.body and isinstance(tree.body[-1], (ast.Return, ast.Raise))
    return union(kinds if ends else [*kinds, PERHAPS_NULL])


def _literal(node: ast.expr, depth: int) -> Type:
    """The type of a value that is written out; names may stand for anything."""
    if depth > _DEPTH_MAX:
        return UNKNOWN
    match node:
        case ast.Constant(value=str()):
            return TEXT
        case ast.Constant(value=value):
            return {type(None): NULL, bool: BOOL, int: INT, float: FLOAT, bytes: BYTES}.get(type(value), UNKNOWN)
        case ast.JoinedStr():
            return TEXT
        case ast.List(elts=items) | ast.Tuple(elts=items):
            if any(isinstance(each, ast.Starred) for each in items):
                return ListOf(UNKNOWN)
            return ListOf(items=[_literal(each, depth + 1) for each in items])
        case ast.ListComp(elt=item):
            return ListOf(_literal(item, depth + 1))
        case ast.Dict(keys=keys, values=values):
            known = {
                key.value: _literal(value, depth + 1)
                for key, value in zip(keys, values, strict=True)
                if isinstance(key, ast.Constant) and isinstance(key.value, str)
            }
            certain = all(isinstance(key, ast.Constant) and isinstance(key.value, str) for key in keys)
            return ObjectOf(known) if certain else ObjectOf({}, rest=UNKNOWN)
        case ast.DictComp():
            return ObjectOf({}, rest=UNKNOWN)
        case ast.Call(func=ast.Name(id=name)) if hasattr(builtins, name):
            return _CALLS.get(name, UNKNOWN)
        case ast.IfExp(body=one, orelse=other):
            return union((_literal(one, depth + 1), _literal(other, depth + 1)))
    return UNKNOWN


def _last_name(node: ast.expr) -> str:
    """`x` of `x`, `a.x` and `a.x(…)`."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=function):
            return _last_name(function)
        case ast.Constant(value=None):
            return "None"
    return ""


def _own_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes that don't belong to a function or class inside."""
    for child in ast.iter_child_nodes(tree):
        yield child
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            yield from _own_nodes(child)
