"""Compiled expressions and templates, cached by source and shared by all runs of the process."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import msgspec
from jinja2 import nodes

from braid.expressions.errors import EvaluationError
from braid.expressions.kept_trees import kept_trees
from braid.expressions.limits import OUTPUT_CHARS_MAX, PROGRAMS_MAX
from braid.expressions.parsing import EXPRESSIONS, TEMPLATES, parse_expression, parse_template
from braid.expressions.paths import Reference
from braid.expressions.references import find_references
from braid.expressions.sandbox import Sandbox, ScopeContext, watch_loops
from braid.expressions.scope import Scope
from braid.expressions.tokens import Closers
from braid.expressions.values import Value, plain, too_long


class Analysis(msgspec.Struct, frozen=True):
    """What is known of an expression without running it."""

    references: tuple[Reference, ...]
    raw: bool


Parsed = tuple[nodes.Node, Closers]
"""A syntax tree, and the pairs of brackets in its source."""


def expression_tree(source: str) -> Parsed:
    """The tree of a bare expression that was analysed before; its line numbers are offsets."""
    found: Parsed | None = kept_trees.get(source, False)
    return found if found is not None else _parsed_expression(source)


def template_tree(source: str) -> Parsed:
    """The same of a template."""
    found: Parsed | None = kept_trees.get(source, True)
    return found if found is not None else parse_template(source)


def _parsed_expression(source: str) -> Parsed:
    tree, closers = parse_expression(source)
    output = tree.body[0]
    assert isinstance(output, nodes.Output)
    return output.nodes[0], closers


@lru_cache(PROGRAMS_MAX)
def analysed_expression(source: str) -> Analysis:
    """The references of a bare expression, and whether it ends in `| raw`."""
    expression, closers = _parsed_expression(source)
    kept_trees.keep(source, False, (expression, closers))
    raw = isinstance(expression, nodes.Filter) and expression.name == "raw"
    return Analysis(find_references(expression, source, closers), raw)


def analysed_template(source: str) -> tuple[Reference, ...]:
    """The references of a template."""
    tree, closers = parse_template(source)
    kept_trees.keep(source, True, (tree, closers))
    return find_references(tree, source, closers)


class Program(msgspec.Struct, frozen=True):
    """Code that Jinja generated: a generator over a context."""

    root: Callable[[ScopeContext], Iterator[Any]]  # Any: values or pieces of text
    environment: Sandbox
    lines: tuple[tuple[int, int], ...]
    """Line of the generated code → offset of what stands there, in order."""

    def offset_of(self, line: int) -> int:
        """Where in the source the generated line comes from; -1 if unknown."""
        found = -1
        for generated, offset in self.lines:
            if generated > line:
                break
            found = offset
        return found


@lru_cache(PROGRAMS_MAX)
def expression_program(source: str) -> Program:
    """The compiled form of a bare expression; about 1 ms for a new one."""
    return _compiled(parse_expression(source)[0], EXPRESSIONS)


@lru_cache(256)
def template_program(source: str) -> Program:
    """The compiled form of a template."""
    tree, _ = parse_template(source)
    watch_loops(tree)
    return _compiled(tree, TEMPLATES)


CODE_NAME = "<braid expression>"


def _compiled(tree: nodes.Template, environment: Sandbox) -> Program:
    tree.set_environment(environment)
    try:
        code = environment.compile(tree, filename=CODE_NAME)
    except (RecursionError, SyntaxError, MemoryError):
        # Python nests statements 20 deep at most; the depth of expressions is checked before.
        raise EvaluationError("the template's blocks are nested too deeply", "limit") from None
    namespace: dict[str, Any] = {"environment": environment}  # Any: what generated code defines
    exec(code, namespace)
    debug = namespace["debug_info"]
    lines = tuple((int(line), int(offset)) for offset, line in (pair.split("=") for pair in debug.split("&") if pair))
    return Program(namespace["root"], environment, lines)


def run_expression(source: str, scope: Scope) -> Value:
    """The value of a bare expression; raises whatever the evaluation raises."""
    program = expression_program(source)
    context = ScopeContext(program.environment, scope, program.environment.functions)
    return plain(next(program.root(context)))


def run_template(source: str, scope: Scope) -> str:
    """The text of a template; raises whatever the evaluation raises."""
    program = template_program(source)
    context = ScopeContext(program.environment, scope, program.environment.functions)
    parts: list[str] = []
    size = 0
    for part in program.root(context):
        size += len(part)
        if size > OUTPUT_CHARS_MAX:
            raise too_long()
        parts.append(part)
    return "".join(parts)
