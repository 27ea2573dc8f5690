"""Text to Jinja's syntax tree, and Jinja's complaints to sentences for the author."""

import re
from typing import Final

from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.parser import Parser

from braid.expressions.errors import ExpressionSyntaxError
from braid.expressions.limits import NESTING_MAX, TEXT_CHARS_MAX
from braid.expressions.sandbox import ExpressionSandbox, PlacedStream, TemplateSandbox
from braid.expressions.tokens import Closers

EXPRESSIONS: Final = ExpressionSandbox()
TEMPLATES: Final = TemplateSandbox()


def parse_expression(source: str) -> tuple[nodes.Template, Closers]:
    """The tree of a bare expression, as a template that outputs it.

    Raises:
        ExpressionSyntaxError: It isn't one.
    """
    if not source.strip():
        raise ExpressionSyntaxError("there is no expression here", 0, len(source))
    try:
        parser = Parser(EXPRESSIONS, source, state="variable")
        expression = parser.parse_expression()
        rest = parser.stream.current
        if rest.type != "eof":
            raise _trailing(rest.type, str(rest.value), rest.lineno, source)
    except TemplateSyntaxError as error:
        raise _explained(error, source) from None
    except RecursionError:
        raise _too_deep(source) from None
    return nodes.Template([nodes.Output([expression], lineno=0)], lineno=0), _closers(parser)


def parse_template(source: str) -> tuple[nodes.Template, Closers]:
    """The tree of a template with statements.

    Raises:
        ExpressionSyntaxError: It isn't one, or is longer than `TEXT_CHARS_MAX`.
    """
    if len(source) > TEXT_CHARS_MAX:
        raise ExpressionSyntaxError(f"the template has more than {TEXT_CHARS_MAX:,} characters", 0, len(source))
    try:
        parser = Parser(TEMPLATES, source)
        tree = parser.parse()
    except TemplateSyntaxError as error:
        raise _explained(error, source) from None
    except RecursionError:
        raise _too_deep(source) from None
    return tree, _closers(parser)


def _closers(parser: Parser) -> Closers:
    assert isinstance(parser.stream, PlacedStream)
    return parser.stream.closers


def _too_deep(source: str) -> ExpressionSyntaxError:
    return ExpressionSyntaxError(
        f"this is nested too deeply (brackets may be nested {NESTING_MAX} times)",
        0,
        len(source),
        "move inner parts into `set` steps",
    )


def _trailing(kind: str, text: str, start: int, source: str) -> ExpressionSyntaxError:
    match kind:
        case "assign":
            return ExpressionSyntaxError("a single `=` compares nothing", start, start + 1, "write `==` to compare")
        case "comma":
            return ExpressionSyntaxError("`,` can't stand here", start, start + 1, "write `[a, b]` for a list")
        case "semicolon":
            return ExpressionSyntaxError("`;` can't stand here", start, start + 1, "one expression has no `;`")
        case "colon":
            return ExpressionSyntaxError(
                "`:` can't stand here", start, start + 1, "write `{'key': value}` for an object"
            )
    word = _word_at(source, start)
    way_out = "is an operator or a quote missing before it?"
    if word.lower() in ("and", "or", "not", "in", "is", "if", "else") and word != word.lower():
        way_out = f"write `{word.lower()}` in small letters"
    elif word in ("then", "equals", "eq"):
        way_out = "write `a if condition else b`" if word == "then" else "write `==`"
    return ExpressionSyntaxError(f"`{word}` can't stand here", start, start + len(word), way_out)


def _word_at(source: str, start: int) -> str:
    match = re.compile(r"\w+|'[^']*'?|\"[^\"]*\"?|\{\{|\}\}|\S").match(source, start)
    return match[0][:40] if match else ""


_NAMES: Final = {
    "end of template": "the end",
    "end of print statement": "`}}`",
    "end of statement block": "`%}`",
    "begin of print statement": "`{{`",
    "begin of statement block": "`{%`",
    "template data / text": "text",
    "name": "a name",
    "string": "a string",
    "integer": "a number",
}
_EXPECTED: Final = re.compile(r"expected token '(.+?)', got '(.+)'$", re.DOTALL)
_UNKNOWN_TAG: Final = re.compile(r"Encountered unknown tag '(\w+)'")


def _explained(error: TemplateSyntaxError, source: str) -> ExpressionSyntaxError:
    message, start = error.message or "", error.lineno
    word = _word_at(source, start)
    end = start + max(len(word), 1)
    if "end of template" in message or "Unexpected end of template" in message:
        if "Jinja was looking for the following tags" in message or "innermost block" in message:
            return _unclosed_block(message, source)
        return ExpressionSyntaxError("the expression ends too early", len(source.rstrip()), len(source))
    expected = _EXPECTED.search(message)
    if expected:
        if expected[2] == "=" and word == "=":
            return _trailing("assign", "=", start, source)
        wanted, got = (_NAMES.get(name, f"`{name}`") for name in expected.groups())
        return ExpressionSyntaxError(f"expected {wanted}, found {got}", start, end)
    unknown = _UNKNOWN_TAG.search(message)
    if unknown:
        return _unknown_tag(unknown[1], message, start)
    if message.startswith("unexpected '"):
        return ExpressionSyntaxError(f"`{word}` can't stand here" if word else "something is missing", start, end)
    if message.startswith("Expected an expression"):
        return ExpressionSyntaxError("there is no expression here", start, end)
    return ExpressionSyntaxError(message.replace("'", "`").rstrip("."), start, end)


def _unclosed_block(message: str, source: str) -> ExpressionSyntaxError:
    found = re.search(r"innermost block that needs to be closed is '(\w+)'", message)
    tag = found[1] if found else "block"
    opened = list(re.finditer(r"\{%[-+]?\s*" + tag + r"\b", source))
    start, end = opened[-1].span() if opened else (len(source), len(source))
    return ExpressionSyntaxError(f"this `{tag}` isn't closed", start, end, f"add `{{% end{tag} %}}`")


_TAGS: Final = ("for", "if", "elif", "else", "set", "with", "macro", "call", "filter", "raw")
_ELSEWHERE: Final = frozenset(
    {"include", "import", "from", "extends", "block", "autoescape", "do", "break", "continue"}
)


def _unknown_tag(tag: str, message: str, start: int) -> ExpressionSyntaxError:
    from braid.diagnostics import nearest

    innermost = re.search(r"innermost block that needs to be closed is '(\w+)'", message)
    if innermost:
        way_out = f"the open block here is `{innermost[1]}`: close it with `{{% end{innermost[1]} %}}`"
    elif tag.startswith("end"):
        way_out = "no such block is open here"
    elif tag in _ELSEWHERE:
        way_out = "a template stands alone: use `for`, `if`, `set`, `with`, `macro`, `call` and `filter`"
    else:
        close = nearest(tag, _TAGS)
        way_out = f"did you mean `{close}`?" if close else "known are: " + ", ".join(_TAGS)
    return ExpressionSyntaxError(f"`{{% {tag} %}}` can't stand here", start, start + len(tag), way_out)
