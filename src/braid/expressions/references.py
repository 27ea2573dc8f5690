"""Which variables an expression uses, and where it says so."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import msgspec
from jinja2 import nodes

from braid.expressions.errors import ExpressionSyntaxError
from braid.expressions.limits import DEPTH_MAX
from braid.expressions.paths import Reference
from braid.expressions.scope import TEMPLATE_GLOBAL_NAMES
from braid.expressions.tokens import Closers
from braid.expressions.vocabulary import FILTERS, TESTS

_AFTER_DOT: Final = re.compile(r"\.\s*(\w+)")
_TEST_NAME: Final = re.compile(r"is\s+(?:not\s+)?")
_COPING_FILTERS: Final = frozenset({"default", "d"})
_COPING_TESTS: Final = frozenset({"defined", "undefined", "none"})
_NOBODY: Final[frozenset[str]] = frozenset()


class _Place(msgspec.Struct):
    """What is known where the walk stands: names bound by the template, and names somebody guards."""

    local: set[str]
    guarded: frozenset[str]
    depth: int

    def inside(self, *, guards: frozenset[str] = _NOBODY, names: Iterable[str] | None = None) -> "_Place":
        local = self.local if names is None else self.local | set(names)
        return _Place(local, self.guarded | guards, self.depth)


def find_references(root: nodes.Node, source: str, closers: Closers) -> tuple[Reference, ...]:
    """The uses of free variables, in the order of the text.

    Raises:
        ExpressionSyntaxError: A filter or test that doesn't exist, or too deep a tree.
    """
    collector = _Collector(source, closers)
    collector.visit(root, _Place(set(), _NOBODY, 0))
    return tuple(sorted(collector.found, key=lambda reference: (reference.start, reference.end)))


class _Collector:
    def __init__(self, source: str, closers: Closers) -> None:
        self.source = source
        self.closers = closers
        self.found: list[Reference] = []
        self.asked_after: list[str] = []
        """Names of which something asked whether they are there, in the order of the walk."""

    def visit(self, node: nodes.Node, place: _Place) -> None:
        if place.depth >= DEPTH_MAX:
            raise ExpressionSyntaxError(
                f"more than {DEPTH_MAX} operations build on one another here",
                node.lineno,
                node.lineno + 1,
                "move parts of it into `set` steps",
            )
        place.depth += 1
        # By type, not by `match`: this runs for each node of each expression of a file.
        _VISITS.get(type(node), _Collector._other)(self, node, place)
        place.depth -= 1

    def _other(self, node: nodes.Node, place: _Place) -> None:
        if isinstance(node, nodes.BinExpr):
            self.visit(node.left, place)
            self.visit(node.right, place)
        elif isinstance(node, nodes.Stmt):
            self._statement(node, place)
        else:
            self._children(node, place)

    def _constant(self, node: nodes.Node, place: _Place) -> None:
        pass

    def _free_chain(self, node: nodes.Node, place: _Place) -> None:
        self._chain(node, place, guarded=False)

    def _compare(self, node: nodes.Compare, place: _Place) -> None:
        self.visit(node.expr, place)
        for operand in node.ops:
            self.visit(operand.expr, place)

    def _call(self, node: nodes.Call, place: _Place) -> None:
        if not (isinstance(node.node, nodes.Name) and node.node.name in TEMPLATE_GLOBAL_NAMES):
            self.visit(node.node, place)
        self._arguments(node, place)

    def _children(self, node: nodes.Node, place: _Place) -> None:
        for child in node.iter_child_nodes():
            self.visit(child, place)

    def _all(self, body: Iterable[nodes.Node], place: _Place) -> None:
        for node in body:
            self.visit(node, place)

    # Expressions

    def _chain(self, node: nodes.Node, place: _Place, *, guarded: bool) -> None:
        """One `name.key[0].key`: a reference if it starts at a free name, and whatever stands in its brackets."""
        links: list[nodes.Getattr | nodes.Getitem] = []
        while isinstance(node, (nodes.Getattr, nodes.Getitem)):
            if place.depth + len(links) >= DEPTH_MAX:
                raise ExpressionSyntaxError(f"a path of more than {DEPTH_MAX} keys", node.lineno, node.lineno + 1)
            links.append(node)
            node = node.node
        links.reverse()
        for link in links:
            if isinstance(link, nodes.Getitem):
                self.visit(link.arg, place)
        if not isinstance(node, nodes.Name):
            if guarded:
                self._coping(node, place)
            else:
                self.visit(node, place)
            return
        if node.name in place.local or node.ctx != "load":
            return
        end, path = node.lineno + len(node.name), []
        for link in links:
            step = static_step(link, self.source, self.closers)
            if step is None:
                break
            key, end = step
            path.append(key)
        covered = guarded or node.name in place.guarded
        self.found.append(Reference(node.name, tuple(path), node.lineno, end, covered))

    def _coping(self, node: nodes.Node | None, place: _Place) -> None:
        """Visit what a guard applies to directly; an operation on it would fail before the guard is asked."""
        subject = node
        while isinstance(subject, (nodes.Getattr, nodes.Getitem)):
            subject = subject.node
        if isinstance(subject, nodes.Name):
            self.asked_after.append(subject.name)
        if isinstance(node, (nodes.Name, nodes.Getattr, nodes.Getitem)):
            self._chain(node, place, guarded=True)
        elif node is not None:
            self.visit(node, place)

    def _filter(self, node: nodes.Filter, place: _Place) -> None:
        if node.name not in FILTERS:
            raise _unknown("filter", node.name, FILTERS, node.lineno)
        if node.name in _COPING_FILTERS:
            self._coping(node.node, place)
        elif node.node is not None:
            self.visit(node.node, place)
        self._arguments(node, place)

    def _test(self, node: nodes.Test, place: _Place) -> None:
        if node.name not in TESTS:
            match = _TEST_NAME.match(self.source, node.lineno)
            raise _unknown("test", node.name, TESTS, match.end() if match else node.lineno)
        if node.name in _COPING_TESTS:
            self._coping(node.node, place)
        else:
            self.visit(node.node, place)
        self._arguments(node, place)

    def _arguments(self, node: nodes.Filter | nodes.Test | nodes.Call, place: _Place) -> None:
        self._all(node.args, place)
        for keyword in node.kwargs:
            self.visit(keyword.value, place)
        self._all([extra for extra in (node.dyn_args, node.dyn_kwargs) if extra is not None], place)

    def _conditional(self, node: nodes.CondExpr | nodes.If | nodes.And | nodes.Or, place: _Place) -> None:
        test: nodes.Node = node.left if isinstance(node, (nodes.And, nodes.Or)) else node.test
        before = len(self.asked_after)
        self.visit(test, place)
        arms = place.inside(guards=frozenset(self.asked_after[before:]))
        match node:
            case nodes.CondExpr():
                self._all([arm for arm in (node.expr1, node.expr2) if arm is not None], arms)
            case nodes.If():
                # Not a scope of its own: what `set` binds in an arm is known after it.
                self._all([*node.body, *node.elif_, *node.else_], arms)
            case _:
                self.visit(node.right, arms)

    # Statements

    def _statement(self, node: nodes.Stmt, place: _Place) -> None:
        match node:
            case nodes.For():
                self.visit(node.iter, place)
                inner = place.inside(names=[*_bound(node.target), "loop"])
                self._all([*([node.test] if node.test is not None else []), *node.body], inner)
                self._all(node.else_, place.inside(names=()))
            case nodes.Assign():
                self.visit(node.node, place)
                place.local.update(_bound(node.target))
            case nodes.AssignBlock():
                if node.filter is not None:
                    self.visit(node.filter, place)
                self._all(node.body, place.inside(names=()))
                place.local.update(_bound(node.target))
            case nodes.With():
                self._all(node.values, place)
                self._all(node.body, place.inside(names=[n for target in node.targets for n in _bound(target)]))
            case nodes.Macro():
                place.local.add(node.name)
                self._macro(node, place, ["caller", "varargs", "kwargs"])
            case nodes.CallBlock():
                self.visit(node.call, place)
                self._macro(node, place, [])
            case nodes.FilterBlock():
                self.visit(node.filter, place)
                self._all(node.body, place.inside(names=()))
            case nodes.Output() | nodes.ExprStmt() | nodes.Scope():
                self._children(node, place)
            case _:
                raise _not_here(node)

    def _macro(self, node: nodes.Macro | nodes.CallBlock, place: _Place, extra: list[str]) -> None:
        self._all(node.defaults, place)
        self._all(node.body, place.inside(names=[*(arg.name for arg in node.args), *extra]))


def _bound(target: nodes.Node) -> Iterator[str]:
    if isinstance(target, nodes.Name):
        yield target.name
    for name in target.find_all(nodes.Name):
        yield name.name


def _unknown(kind: str, name: str, known: Iterable[str], start: int) -> ExpressionSyntaxError:
    from braid.diagnostics import nearest

    close = nearest(name, list(known))
    return ExpressionSyntaxError(
        f"there is no {kind} `{name}`",
        start,
        start + len(name),
        f"did you mean `{close}`?" if close else f"all {kind}s are listed in the expressions reference",
    )


def _not_here(node: nodes.Stmt) -> ExpressionSyntaxError:
    name = {"Block": "block", "Extends": "extends", "Include": "include", "FromImport": "from"}.get(
        type(node).__name__, type(node).__name__.lower()
    )
    return ExpressionSyntaxError(
        f"`{{% {name} %}}` can't be used",
        node.lineno,
        node.lineno + len(name),
        "a template stands alone: use `for`, `if`, `set`, `with`, `macro`, `call` and `filter`",
    )


def static_step(link: nodes.Getattr | nodes.Getitem, source: str, closers: Closers) -> tuple[str | int, int] | None:
    """The key of a link that is known without running, and the offset where the link ends."""
    if isinstance(link, nodes.Getattr):
        return link.attr, _dot_end(source, link.lineno)
    if isinstance(link.arg, nodes.Const) and type(link.arg.value) in (str, int):
        if source[link.lineno] == ".":
            return link.arg.value, _dot_end(source, link.lineno)
        return link.arg.value, closers[link.lineno] + 1
    if isinstance(link.arg, nodes.Neg) and isinstance(link.arg.node, nodes.Const):
        value = link.arg.node.value
        if type(value) is int:
            return -value, closers[link.lineno] + 1
    return None


def _dot_end(source: str, dot: int) -> int:
    match = _AFTER_DOT.match(source, dot)
    assert match is not None, "a Getattr node stands on its dot"
    return match.end()


# Any: each visit takes the nodes of its own type.
_VISITS: Final[dict[type, Callable[[_Collector, Any, _Place], None]]] = {
    nodes.Const: _Collector._constant,
    nodes.TemplateData: _Collector._constant,
    nodes.Name: _Collector._free_chain,
    nodes.Getattr: _Collector._free_chain,
    nodes.Getitem: _Collector._free_chain,
    nodes.Filter: _Collector._filter,
    nodes.Test: _Collector._test,
    nodes.Call: _Collector._call,
    nodes.Compare: _Collector._compare,
    nodes.CondExpr: _Collector._conditional,
    nodes.If: _Collector._conditional,
    nodes.And: _Collector._conditional,
    nodes.Or: _Collector._conditional,
}
