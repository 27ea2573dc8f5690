"""Rules of control steps that no type can tell, and what to say when a body has the wrong form."""

from __future__ import annotations

from collections.abc import Iterator

from braid.diagnostics import Diagnostic, Label, nearest
from braid.language import ast
from braid.language.document import MappingNode, Node, ScalarNode, SequenceNode
from braid.language.names import branch_problem

_FORMS = {
    "parallel": "`parallel: {branches: [ … ]}`",
    "foreach": "`foreach: {items: …, steps: [ … ]}`",
    "switch": "`switch: {cases: [{when: …, steps: [ … ]}]}`",
    "loop": "`loop: {max: 10, steps: [ … ]}`",
    "try": "`try: {steps: [ … ], catch: {steps: [ … ]}}`",
    "break": "`break: count > 3`, or `break:` to leave in any case",
    "continue": "`continue: count > 3`, or `continue:` to go on in any case",
}


def body_help(keyword: str, body: Node) -> tuple[str, str]:
    """Message and help when the body of a control is of the wrong form."""
    found = (
        "a list" if isinstance(body, SequenceNode) else "a mapping" if isinstance(body, MappingNode) else "one value"
    )
    if isinstance(body, ScalarNode) and body.value is None:
        found = "nothing"
    takes = "a condition" if keyword in ("break", "continue") else "a mapping"
    return f"`{keyword}` takes {takes}, found {found}", f"write {_FORMS[keyword]}"


def fallback_problems(node: Node, key: ScalarNode) -> Iterator[Diagnostic]:
    """A fallback is a value or steps: exactly one."""
    if not isinstance(node, MappingNode):
        return
    value, steps = node.key_node("value"), node.key_node("steps")
    if value and steps:
        help = "keep `value` for a constant or an expression, `steps` for work"
        message = "a fallback has `value` or `steps`, not both"
        first, later = sorted((value.span, steps.span))
        related = (Label(first, "the first"),)
        yield Diagnostic("bad-fallback", message, later, label="the second", help=help, related=related)
    elif not value and not steps:
        help = "write `fallback: {value: null}`, or steps"
        yield Diagnostic("bad-fallback", "a fallback needs `value` or `steps`", key.span, help=help)


def control_problems(control: type[ast.Step], key: ScalarNode, body: Node) -> Iterator[Diagnostic]:
    """What the fields of one control have against each other. Each field was read without problems before."""
    if not isinstance(body, MappingNode):
        return
    if control in (ast.Parallel, ast.Foreach):
        yield from _tolerate_problems(body)
    if control is ast.Parallel:
        yield from _branch_problems(body)
        yield from _word_problems(body, "wait", ("all", "any"), frozenset({"ok", "failed", "done", "total"}))
        yield from _word_problems(body, "merge", ("list", "object", "concat"), frozenset({"branches"}))
    if control is ast.Switch and "value" not in body:
        yield from _case_problems(body)
    if control is ast.Try and body.keys() == {"steps"}:
        yield Diagnostic(
            "try-without-catch",
            "this `try` changes nothing",
            key.span,
            label="no `catch` and no `finally`",
            help="add `catch: {steps: [ … ]}`; without a handler a failure passes on",
            severity="warning",
        )


def _tolerate_problems(body: MappingNode) -> Iterator[Diagnostic]:
    tolerate, settle = body.key_node("tolerate"), body.get("settle")
    settles = isinstance(settle, ScalarNode) and settle.value is not False
    if tolerate and not settles:
        help = "add `settle: true`; without it the first failure ends the block"
        related = (Label(settle.span, "it is switched off here"),) if settle else ()
        message = "`tolerate` needs `settle: true`"
        yield Diagnostic("tolerate-without-settle", message, tolerate.span, help=help, related=related)


def _case_problems(body: MappingNode) -> Iterator[Diagnostic]:
    """Without a `value` to compare with, a case holds when its expression does."""
    cases = body.get("cases")
    for case in cases.items if isinstance(cases, SequenceNode) else ():
        when = case.get("when") if isinstance(case, MappingNode) else None
        key = case.key_node("when") if isinstance(case, MappingNode) else None
        if key is None or when is None or isinstance(when, ScalarNode):
            continue
        found = "a list" if isinstance(when, SequenceNode) else "a mapping"
        message = f"expected a condition, found {found}"
        help = "write an expression, or `value` beside `cases` to compare with"
        yield Diagnostic("wrong-type", message, key.span, help=help)


def _branch_problems(body: MappingNode) -> Iterator[Diagnostic]:
    branches = body.get("branches")
    if not isinstance(branches, MappingNode):
        return
    for entry in branches.entries:
        problem = branch_problem(entry.key.text)
        if problem:
            span = entry.key.span
            yield Diagnostic(problem.code, problem.message, span, label=problem.label, help=problem.help)


def _word_problems(
    body: MappingNode, name: str, words: tuple[str, ...], variables: frozenset[str]
) -> Iterator[Diagnostic]:
    """A single word that is neither a choice nor a variable is a slip, though it would be an expression."""
    node = body.get(name)
    if not isinstance(node, ScalarNode) or not isinstance(node.value, str):
        return
    text = node.value.strip()
    if not text.isidentifier() or text in words or text in variables:
        return
    choices = ", ".join(f"`{word}`" for word in words)
    meant = nearest(text, words)
    known = " or ".join(f"`{variable}`" for variable in sorted(variables))
    help = f"did you mean `{meant}`?" if meant else f"an expression here is over {known}"
    yield Diagnostic("unknown-choice", f"`{name}` has no choice `{text}`; it has {choices}", node.span, help=help)
