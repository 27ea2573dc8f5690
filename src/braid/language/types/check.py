"""Checks what a file's expressions do with values whose types are known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from braid.diagnostics import DIAGNOSTICS_KEPT_MAX, Diagnostic, Label
from braid.expressions import Expression
from braid.language import plan
from braid.language.checks.places import Place, Places, named
from braid.language.checks.sight import Site
from braid.language.compile_policies import COUNT_NAMES
from braid.language.types.author_functions import AuthorFunctions
from braid.language.types.call_inputs import input_problems
from braid.language.types.findings import Path
from braid.language.types.lattice import INT, UNKNOWN, ListOf, Type, members, words
from braid.language.types.made_keys import made_key, names_of
from braid.language.types.places import span_of
from braid.language.types.task_fields import field_problems
from braid.language.types.typed_plan import Found, TypedPlan, foreaches_around
from braid.language.values import Bound, MappingValue

_COUNTS: Final[Mapping[str, Type]] = dict.fromkeys(COUNT_NAMES, INT)


class TypeCheck:
    """The types of one file, and what is wrong with its expressions by them.

    Args:
        whole: The compiled file; nothing in its expressions is broken.
        places: Of its steps.
        sites: Its values with expressions, in the order of the run.
        called: The check of the file that a `call` runs, where that file has no errors.
    """

    def __init__(
        self,
        whole: plan.Plan,
        places: Places,
        sites: Iterable[Site],
        called: Callable[[plan.CallNode], TypeCheck | None],
    ) -> None:
        self._places = places
        self._sites = sites
        self._called = called
        self._functions = AuthorFunctions(whole.folder)
        self.types = TypedPlan(whole, places, self._types_of_call, self._functions.result)
        self._more: list[Diagnostic] = []

    def diagnostics(self) -> list[Diagnostic]:
        """Everything that is wrong, in the order of the run."""
        for site in self._sites:
            self._site(site)
            if len(self.types.found) + len(self._more) > DIAGNOSTICS_KEPT_MAX:
                break
        asked = self._asked()
        told = [
            self._diagnostic(found)
            for found in self.types.found
            if found.finding.code != "may-be-null" or _name(found.finding.root) not in asked
        ]
        return [*told, *self._more]

    def _types_of_call(self, node: plan.CallNode) -> TypedPlan | None:
        check = self._called(node)
        return None if check is None else check.types

    def _site(self, site: Site) -> None:
        value, place = site.value, site.place
        node = place.node if place is not None else None
        if isinstance(node, plan.TaskNode) and value is node.arguments:
            fields = self.types.outputs.fields(node)
            self._more += field_problems(node, fields)
            self._more += self._functions.problems(node, fields)
            return
        own: Mapping[str, Type] = {}
        if "ok" in site.names:
            own = _COUNTS
        elif "branches" in site.names and isinstance(node, plan.ParallelNode):
            own = {"branches": self.types.outputs.branches(node)}
        kind = self.types.value(value, place, own)
        if isinstance(node, plan.ForeachNode) and value is node.items:
            self._more += _items(node, kind)
        elif isinstance(node, plan.CallNode) and value is node.inputs:
            self._more += input_problems(node, kind, self._types_of_call(node))

    def _asked(self) -> frozenset[str]:
        """Names of which a condition anywhere in the file asks whether they are there.

        A step that fails, returns or jumps because of that protects what comes after it; nobody is warned of null then.
        """
        found = set()
        for value in self._conditions():
            for use in value.uses:
                reference = use.reference
                if reference.guarded or not reference.path or reference.name == "steps" or "status" in reference.path:
                    found.add(_name((reference.name, *reference.path)))
        return frozenset(found)

    def _conditions(self) -> Iterator[Bound]:
        for node in self._places.by_node:
            tests: list[plan.Resolvable | None] = [node.condition]
            match node:
                case plan.IfNode():
                    tests.append(node.test)
                case plan.SwitchNode():
                    tests += [node.value, *(case.when for case in node.cases)]
                case plan.LoopNode():
                    tests += [node.while_, node.until]
                case plan.JumpNode():
                    tests.append(node.when)
                case plan.TaskNode():
                    # A field that takes a bare expression asks for something, as that of `assert` does.
                    tests += [value for value in _bounds(node) if isinstance(value.expression, Expression)]
            yield from (test for test in tests if isinstance(test, Bound))

    def _diagnostic(self, found: Found) -> Diagnostic:
        finding = found.finding
        span = found.value.node.locate(finding.start, finding.end)
        place = self._places.by_id.get(_name(finding.root))
        related = _made_here(finding.root, place, found.place, self.types.whole)
        if place is not None:
            names = names_of(span.text, _name(finding.root), finding.help)
            key = made_key(place.node, names)
            if key is not None:
                related = iter([Label(key.span, f"`{key.text}` is made here")])
        label = finding.label
        if finding.code == "may-be-null" and place is not None:
            label = _why_null(place.node)
        return Diagnostic(
            code=finding.code,
            message=finding.message,
            span=span,
            label=label,
            help=finding.help,
            severity=finding.severity,
            related=tuple(each for each in related if each.span != span),
        )


def _bounds(node: plan.TaskNode) -> Iterator[Bound]:
    for _, value in node.arguments.items if isinstance(node.arguments, MappingValue) else ():
        if isinstance(value, Bound):
            yield value


def _name(root: Path) -> str:
    """The name that something is about; of `steps.x` the step."""
    if not root:
        return ""
    return str(root[1]) if root[0] == "steps" and len(root) > 1 else str(root[0])


def _made_here(root: Path, maker: Place | None, user: Place | None, whole: plan.Plan) -> Iterator[Label]:
    """Where the value that something is about gets its shape."""
    if maker is not None and maker.node.span is not None:
        yield Label(maker.node.span, f"`{_name(root)}` is made here")
    elif len(root) > 1 and root[0] == "inputs":
        spec = whole.inputs.get(str(root[1]))
        if spec is not None and spec.span is not None:
            yield Label(spec.span, "the input is declared here")
    elif root:
        for _, node in foreaches_around(user):
            if node.variable == root[0] and (span := span_of(node.items)) is not None:
                yield Label(span, f"`{root[0]}` is an item of this")
                return


def _why_null(node: plan.Node) -> str:
    block = named(node)
    match node:
        case plan.ParallelNode(settle=True) | plan.ForeachNode(settle=True):
            return "the `value` of a branch that failed is null: look at its `status` first"
        case plan.ParallelNode():
            return f"{block} doesn't wait for all: a branch that lost gives null"
        case plan.ForeachNode():
            return "an item that ends by `continue`, or whose last step is skipped, gives null"
        case plan.IfNode() | plan.SwitchNode():
            return f"{block} gives null when none of its bodies is taken"
    if node.fallback is not None:
        return f"{block} gives null when its fallback is used"
    return ""


def _items(node: plan.ForeachNode, kind: Type) -> Iterator[Diagnostic]:
    """`items` that certainly are no list."""
    kinds = [each for each in members(kind) if each.kind not in ("null",)] or list(members(kind))
    if kind is UNKNOWN or not kinds or any(isinstance(each, ListOf) or each.kind == "method" for each in kinds):
        return
    help = ""
    if all(each.kind == "object" for each in kinds):
        help = "write `| dict2items` behind it to go through its keys and values"
    elif all(each.kind in ("int", "float") for each in kinds):
        help = "to count, write `range(…)` round it"
    elif all(each.kind == "text" for each in kinds):
        help = "make a list of it: `| from_json`, `| lines` or `| split(',')`"
    yield Diagnostic(
        code="wrong-type",
        message=f"`items` must be a list, and this is {words(kind)}",
        span=span_of(node.items) or node.span,
        label=words(kind),
        help=help,
    )
