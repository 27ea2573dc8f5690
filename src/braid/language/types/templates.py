"""Templates: texts with statements, which set names, choose and repeat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jinja2 import nodes

from braid.language.types import operations
from braid.language.types.expressions import VISITS, Typing, takes
from braid.language.types.lattice import NEVER, TEXT, UNKNOWN, Type, members, union, words
from braid.language.types.members import item_of


def _template(typing: Typing, node: nodes.Template) -> Type:
    _body(typing, node.body)
    return TEXT


def _body(typing: Typing, body: Iterable[nodes.Node]) -> Type:
    for node in body:
        typing.type(node)
    return TEXT


def _output(typing: Typing, node: nodes.Output) -> Type:
    return _body(typing, node.nodes)


def _if(typing: Typing, node: nodes.If) -> Type:
    typing.type(node.test)
    typing.given(node.test, True, lambda: _body(typing, node.body))
    return typing.given(node.test, False, lambda: _body(typing, [*node.elif_, *node.else_]))


def _for(typing: Typing, node: nodes.For) -> Type:
    kind = typing.type(node.iter)
    if not takes(kind, operations.ITERATED):
        help = "" if kind.kind != "null" else "say what to go through then: `| default([])`"
        typing.tell(f"`for` can't go through {words(kind)}", node.iter, words(kind), help)
        kind = UNKNOWN
    typing.null_fails(kind, node.iter)
    with_target = {**typing.local, **dict.fromkeys(_bound(node.target), UNKNOWN), "loop": UNKNOWN}
    if isinstance(node.target, nodes.Name):
        with_target[node.target.name] = _each(kind)
    _inside(typing, with_target, [*([node.test] if node.test is not None else []), *node.body])
    return _body(typing, node.else_)


def _each(kind: Type) -> Type:
    there = [each for each in members(kind) if each.kind != "null"]
    found = union(TEXT if each.kind in ("text", "object") else item_of(each) for each in there)
    return UNKNOWN if found is NEVER else found


def _inside(typing: Typing, local: dict[str, Type], body: Iterable[nodes.Node]) -> None:
    """A body with names of its own, of which nothing is known from conditions outside."""
    before, known = typing.local, typing.known
    typing.local = local
    typing.known = {path: kind for path, kind in known.items() if path[0] not in local or path[0] in before}
    _body(typing, body)
    typing.local, typing.known = before, known


def _set(typing: Typing, node: nodes.Assign) -> Type:
    typing.type(node.node)
    return _forget(typing, node.target)


def _set_block(typing: Typing, node: nodes.AssignBlock) -> Type:
    _body(typing, node.body)
    return _forget(typing, node.target)


def _forget(typing: Typing, target: nodes.Node) -> Type:
    """A name that is set may hold anything afterwards: a body may run again, or not at all."""
    for name in _bound(target):
        typing.local[name] = UNKNOWN
        typing.known = {path: kind for path, kind in typing.known.items() if path[0] != name}
    return UNKNOWN


def _with(typing: Typing, node: nodes.With) -> Type:
    _body(typing, node.values)
    names = [name for target in node.targets for name in _bound(target)]
    _inside(typing, {**typing.local, **dict.fromkeys(names, UNKNOWN)}, node.body)
    return TEXT


def _macro(typing: Typing, node: nodes.Macro | nodes.CallBlock) -> Type:
    names = [*(each.name for each in node.args), "caller", "varargs", "kwargs"]
    if isinstance(node, nodes.Macro):
        typing.local[node.name] = UNKNOWN
    else:
        typing.type(node.call)
    _body(typing, node.defaults)
    _inside(typing, {**typing.local, **dict.fromkeys(names, UNKNOWN)}, node.body)
    return TEXT


def _bound(target: nodes.Node) -> Iterator[str]:
    if isinstance(target, nodes.Name):
        yield target.name
    for name in target.find_all(nodes.Name):
        yield name.name


VISITS.update(
    {
        nodes.Template: _template,
        nodes.Output: _output,
        nodes.If: _if,
        nodes.For: _for,
        nodes.Assign: _set,
        nodes.AssignBlock: _set_block,
        nodes.With: _with,
        nodes.Macro: _macro,
        nodes.CallBlock: _macro,
    }
)
