"""Expressions that are more than a path, and templates: what needs Jinja's syntax tree."""

from __future__ import annotations

from collections.abc import Mapping

from braid.expressions import Expression
from braid.expressions.programs import expression_tree, template_tree
from braid.language.types import comparing, templates  # they register what they visit
from braid.language.types.expressions import Typing
from braid.language.types.findings import Finding, Names, Path
from braid.language.types.lattice import Type
from braid.language.types.narrowing import narrowed
from braid.language.values import Bound

__all__ = ["comparing", "known_from", "templates", "type_of_expression", "type_of_template"]


def type_of_expression(source: str, names: Names, known: Mapping[Path, Type], found: list[Finding]) -> Type:
    """The type of a bare expression; what is wrong goes to `found`, with offsets into `source`."""
    tree, closers = expression_tree(source)
    return Typing(source, closers, names, known, found).type(tree)


def type_of_template(source: str, names: Names, known: Mapping[Path, Type], found: list[Finding]) -> Type:
    """The same for a template, which gives text."""
    tree, closers = template_tree(source)
    return Typing(source, closers, names, known, found).type(tree)


def known_from(condition: Bound, holds: bool, names: Names, known: Mapping[Path, Type]) -> Mapping[Path, Type]:
    """What is known of paths where a condition of the file holds, or doesn't."""
    expression = condition.expression
    if not isinstance(expression, Expression):
        return {}
    source, _ = expression.inner
    tree, closers = expression_tree(source)
    return narrowed(Typing(source, closers, names, known, []), tree, holds)
