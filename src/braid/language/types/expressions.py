"""The type of an expression, from Jinja's syntax tree; what certainly fails on the way is found.

Every node is visited once. Nothing is evaluated; an operation whose operands are unknown gives what it gives for all of
them. After a problem the type is unknown, so that one mistake is told once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from jinja2 import nodes

from braid.expressions.scope import TEMPLATE_GLOBAL_NAMES
from braid.expressions.tokens import Closers
from braid.language.types import filtering, operations
from braid.language.types.chains import Chain, chain_of, end_of, start_of
from braid.language.types.findings import Finding, Names, Path, may_be_null, root_of
from braid.language.types.lattice import (
    BOOL,
    BYTES,
    DATE,
    DECIMAL,
    FLOAT,
    INT,
    METHOD,
    NEVER,
    NULL,
    PERHAPS_NULL,
    TEXT,
    UNKNOWN,
    ListOf,
    ObjectOf,
    Type,
    literal,
    members,
    type_of,
    union,
    without_null,
    words,
)
from braid.language.types.members import item_of, member, result_of_method
from braid.language.types.narrowing import Narrowing, narrowed
from braid.language.types.paths import type_of_keys, walk

_FUNCTIONS: Final[Mapping[str, Type]] = {
    "now": DATE,
    "uuid": TEXT,
    "random": FLOAT,
    "range": ListOf(INT),
    "dict": ObjectOf({}, rest=UNKNOWN),
}
_OF_KIND: Final[Mapping[str, Type]] = {
    "null": NULL,
    "bool": BOOL,
    "int": INT,
    "float": FLOAT,
    "decimal": DECIMAL,
    "text": TEXT,
    "bytes": BYTES,
    "date": DATE,
    "list": ListOf(UNKNOWN),
    "object": ObjectOf({}, rest=UNKNOWN),
}
COPING: Final = frozenset({"default", "d", "mandatory"})
ASKING: Final = frozenset({"defined", "undefined", "none", "null"})


class Typing:
    """One expression at one place.

    Attributes:
        source: Its text, to which all offsets belong.
        names: What it sees.
        known: Paths of which more is known here than their values' makers say, from conditions.
        found: The problems, in the order of the walk.
        local: Names that a template sets.
    """

    def __init__(self, source: str, closers: Closers, names: Names, known: Narrowing, found: list[Finding]) -> None:
        self.source = source
        self.closers = closers
        self.names = names
        self.known = known
        self.found = found
        self.local: dict[str, Type] = {}

    def type(self, node: nodes.Node, *, coping: bool = False) -> Type:
        """The type of an expression.

        Args:
            node: Part of the tree.
            coping: Something that isn't there is no problem: `default` or a test asks for it.
        """
        if coping and isinstance(node, (nodes.Getattr, nodes.Getitem)):
            return self._link(node, coping=True)
        visit = VISITS.get(type(node))
        if visit is None:
            self.rest(node)
            return UNKNOWN
        return visit(self, node)

    def silent(self, chain: Chain, length: int) -> Type:
        """The type of the first keys of a path, by what is known here; nothing is told."""
        path = chain.path[: length + 1]
        if path in self.known:
            return self.known[path]
        if length == 0:
            return self._named(str(path[0]))
        if length == 1 and path[0] == "steps":
            return self.names.record(str(path[1]))
        inner = member(self.silent(chain, length - 1), path[-1])[0]
        return UNKNOWN if inner is NEVER or inner is METHOD else inner

    def given(self, test: nodes.Node, holds: bool, visit: Callable[[], Type]) -> Type:
        """What a visit gives where a condition holds, or where it doesn't."""
        before = self.known
        more = narrowed(self, test, holds)
        if more:
            self.known = {**before, **more}
        try:
            return visit()
        finally:
            self.known = before

    def rest(self, node: nodes.Node) -> None:
        """Visit the parts of a node of which the type doesn't matter."""
        for child in node.iter_child_nodes():
            self.type(child)

    # What is told

    def tell(
        self, message: str, node: nodes.Node, label: str = "", help: str = "", *, code: str = "wrong-operand"
    ) -> None:
        """Something is of the wrong type here."""
        place = self.place(node)
        self.found.append(Finding(code, message, *place, label=label, help=help, root=self.root(node)))

    def null_fails(self, kind: Type, node: nodes.Node) -> None:
        """Warn where a value may be null that mustn't be."""
        if kind is not NULL and any(each is NULL for each in members(kind)):
            self._warn_of_null(node, self.source[slice(*self.place(node))])

    def _warn_of_null(self, node: nodes.Node, whole: str) -> None:
        # What was computed has no name by which it could be asked after.
        if (chain := chain_of(node, self.source, self.closers)) is not None:
            self.found.append(may_be_null(chain.path, whole.strip(), chain.start, chain.ends[-1]))

    def root(self, node: nodes.Node) -> Path:
        """The name of which a value is made."""
        while isinstance(node, (nodes.Filter, nodes.Getattr, nodes.Getitem, nodes.Call)) and node.node is not None:
            if (chain := chain_of(node, self.source, self.closers)) is not None:
                return root_of(chain.path)
            node = node.node
        return (node.name,) if isinstance(node, nodes.Name) else ()

    def place(self, node: nodes.Node) -> tuple[int, int]:
        """From the first to behind the last character of an expression."""
        return start_of(node, self.source, self.closers), end_of(node, self.source, self.closers)

    # Paths and members

    def _named(self, name: str) -> Type:
        local = self.local.get(name)
        return local if local is not None else self.names.named(name)

    def _name(self, node: nodes.Name) -> Type:
        if self.known and (node.name,) in self.known:
            return self.known[(node.name,)]
        return self._named(node.name)

    def _link(self, node: nodes.Getattr | nodes.Getitem, coping: bool = False) -> Type:
        chain = chain_of(node, self.source, self.closers)
        if chain is None:
            return self._computed(node, coping)
        found: list[Finding] = [] if coping else self.found
        kind = self._walked(chain, found)
        return NEVER if coping and any(each.severity == "error" for each in found) else kind

    def _walked(self, chain: Chain, found: list[Finding]) -> Type:
        if (local := self.local.get(str(chain.path[0]))) is not None and chain.path[:1] not in self.known:
            return walk(chain.path, 0, local, chain.ends, chain.start, found)
        return type_of_keys(chain.path, chain.ends, chain.start, self.names, self.known, found)

    def _computed(self, node: nodes.Getattr | nodes.Getitem, coping: bool) -> Type:
        """A member of something that isn't a plain path, or one whose key is known only in the run."""
        if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Slice):
            return self._slice(node)
        kind = self.type(node.node, coping=coping)
        key: str | int | None = node.attr if isinstance(node, nodes.Getattr) else None
        given = UNKNOWN if isinstance(node, nodes.Getattr) else self.type(node.arg)
        if isinstance(node, nodes.Getitem):
            key = literal(given)
            if isinstance(node.arg, nodes.Const) and type(node.arg.value) is int:
                key = node.arg.value
        if key is None:
            assert isinstance(node, nodes.Getitem), "the other one has its key"
            return self._indexed(node, kind, given, coping)
        inner, null = member(kind, key)
        if inner is NEVER and kind is not NEVER and kind is not PERHAPS_NULL:
            if not coping:
                self.tell(f"{words(kind)} has no `{key}`", node, code="unknown-member")
            return NEVER if coping else UNKNOWN
        if null and not coping:
            self._warn_of_null(node.node, self.source[slice(*self.place(node))])
        return UNKNOWN if inner is METHOD else inner

    def _indexed(self, node: nodes.Getitem, kind: Type, key: Type, coping: bool) -> Type:
        kinds = [each for each in members(kind) if each.kind != "null"]
        taking = [each for each in kinds if each.kind in ("list", "object", "text", "unknown", "method")]
        if coping:
            return UNKNOWN
        if kinds and not taking:
            self.tell(f"{words(kind)} has no items", node.node, words(kind))
        elif len(kinds) == 1 and isinstance(kinds[0], ListOf):
            if key.kind == "text":
                self.tell("the items of a list have numbers, and this is text", node.arg, "text")
            elif key.kind == "int":
                return kinds[0].item
        return UNKNOWN

    def _slice(self, node: nodes.Getitem) -> Type:
        kind = self.type(node.node)
        self.rest(node.arg)
        if not takes(kind, operations.SLICED):
            self.tell(f"`[…:…]` can't cut {words(kind)}", node.node, words(kind))
            return UNKNOWN
        self.null_fails(kind, node.node)
        return ListOf(item_of(kind)) if kind.kind == "list" else TEXT if kind.kind == "text" else UNKNOWN

    def _call(self, node: nodes.Call) -> Type:
        self._arguments(node)
        function = node.node
        if isinstance(function, nodes.Name) and function.name in TEMPLATE_GLOBAL_NAMES:
            return _FUNCTIONS.get(function.name, UNKNOWN)
        if not isinstance(function, nodes.Getattr):
            self.type(function)
            return UNKNOWN
        subject = self.type(function.node)
        inner, null = member(subject, function.attr)
        if inner is NEVER and subject is not NEVER and subject is not PERHAPS_NULL:
            self.tell(f"{words(subject)} has no `{function.attr}`", function, code="unknown-member")
            return UNKNOWN
        if null:
            self.null_fails(subject, function.node)
        return result_of_method(subject, function.attr) if inner is METHOD else UNKNOWN

    def _arguments(self, node: nodes.Call | nodes.Filter) -> None:
        for each in (*node.args, *(one.value for one in node.kwargs), node.dyn_args, node.dyn_kwargs):
            if each is not None:
                self.type(each)

    # Filters and tests

    def _filter(self, node: nodes.Filter) -> Type:
        if node.node is None:
            self._arguments(node)
            return TEXT
        kind = self.type(node.node, coping=node.name in COPING)
        arguments = [self.type(each) for each in node.args]
        keywords: dict[str, Type] = {str(each.key): self.type(each.value) for each in node.kwargs}
        if node.name in COPING:
            there = NEVER if kind.kind == "null" else without_null(kind)
            if node.name == "mandatory":
                return UNKNOWN if there is NEVER else there
            return union((there, arguments[0] if arguments else keywords.get("default_value", TEXT)))
        entry = operations.FILTERS.get(node.name)
        if entry is None or node.dyn_args is not None or node.dyn_kwargs is not None:
            return UNKNOWN
        if entry.takes is not None:
            if not takes(kind, entry.takes):
                self._misfit(node.name, kind, entry.takes, node.node)
                return UNKNOWN
            if "null" not in entry.takes:
                self.null_fails(kind, node.node)
        subject = node.node

        def tell(key: str, item: Type, name: str) -> None:
            chain = chain_of(subject, self.source, self.closers)
            path = chain.path if chain is not None else ()
            start = self.place(subject)[0]
            self.found.append(filtering.no_item_has(path, key, item, start, end_of(node, self.source, self.closers)))

        return filtering.result(entry, filtering.Filtered(node, kind, arguments, keywords, tell))

    def _misfit(self, name: str, kind: Type, wanted: operations.Kinds, node: nodes.Node) -> None:
        help = ""
        if kind.kind == "object" and "list" in wanted:
            help = "`| dict2items` makes a list of an object, `| values` one of its values"
        elif kind.kind == "text" and wanted <= {"int", "float", "decimal"}:
            help = "write `| int` or `| float` first"
        elif wanted == {"text"} and kind.kind != "null":
            help = "write `| string` first"
        needed = words(union(_OF_KIND[each] for each in sorted(wanted)))
        self.tell(f"`{name}` needs {needed}, not {words(kind)}", node, words(kind), help)

    def _test(self, node: nodes.Test) -> Type:
        from braid.language.types.comparing import check_contained, check_ordered

        kind = self.type(node.node, coping=node.name in ASKING)
        given = [self.type(each) for each in node.args]
        wanted = operations.TESTS.get(node.name)
        if wanted is not None:
            if not takes(kind, wanted):
                self._misfit(node.name, kind, wanted, node.node)
            elif "null" not in wanted:
                self.null_fails(kind, node.node)
        elif node.name in operations.ORDERS and given:
            check_ordered(self, node.name, (kind, node.node), (given[0], node.args[0]))
        elif node.name == "in" and given:
            check_contained(self, (kind, node.node), (given[0], node.args[0]))
        elif node.name == "contains" and given:
            check_contained(self, (given[0], node.args[0]), (kind, node.node))
        return BOOL

    # Words between conditions

    def _and(self, node: nodes.And) -> Type:
        left = self.type(node.left)
        return union((left, self.given(node.left, True, lambda: self.type(node.right))))

    def _or(self, node: nodes.Or) -> Type:
        left = self.type(node.left)
        right = self.given(node.left, False, lambda: self.type(node.right))
        return right if left.kind == "null" else union((without_null(left), right))

    def _not(self, node: nodes.Not) -> Type:
        self.type(node.node)
        return BOOL

    def _choice(self, node: nodes.CondExpr) -> Type:
        self.type(node.test)
        first = self.given(node.test, True, lambda: self.type(node.expr1))
        other = node.expr2
        return union((first, NULL if other is None else self.given(node.test, False, lambda: self.type(other))))

    # Literals

    def _constant(self, node: nodes.Const) -> Type:
        return type_of(node.value)

    def _list(self, node: nodes.List | nodes.Tuple) -> Type:
        return ListOf(items=[self.type(each) for each in node.items])

    def _object(self, node: nodes.Dict) -> Type:
        keys: dict[str, Type] = {}
        certain = True
        for pair in node.items:
            key, value = literal(self.type(pair.key)), self.type(pair.value)
            if key is None:
                certain = False
            else:
                keys[key] = value
        return ObjectOf(keys, rest=None if certain else UNKNOWN)

    def _text(self, node: nodes.TemplateData) -> Type:
        return TEXT

    def _concat(self, node: nodes.Concat) -> Type:
        self.rest(node)
        return TEXT


def takes(kind: Type, wanted: operations.Kinds) -> bool:
    """Whether some value of the type is of a wanted kind."""
    if kind is PERHAPS_NULL or kind is NEVER:
        return True
    return any(each.kind in wanted or each.kind in ("unknown", "method") for each in members(kind))


# Any: each visit takes the nodes of its own type.
VISITS: Final[dict[type, Callable[[Typing, Any], Type]]] = {
    nodes.Name: Typing._name,
    nodes.Getattr: Typing._link,
    nodes.Getitem: Typing._link,
    nodes.Call: Typing._call,
    nodes.Filter: Typing._filter,
    nodes.Test: Typing._test,
    nodes.And: Typing._and,
    nodes.Or: Typing._or,
    nodes.Not: Typing._not,
    nodes.CondExpr: Typing._choice,
    nodes.Const: Typing._constant,
    nodes.List: Typing._list,
    nodes.Tuple: Typing._list,
    nodes.Dict: Typing._object,
    nodes.TemplateData: Typing._text,
    nodes.Concat: Typing._concat,
}
