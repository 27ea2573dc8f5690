"""Whatever is written and whatever the data: a result or one of two kinds of error, places inside the text."""

from hypothesis import given, settings
from hypothesis import strategies as st

from braid.expressions import (
    EvaluationError,
    ExpressionSyntaxError,
    MappingScope,
    compile_expression,
    compile_template,
    compile_text,
)

WORDS = [
    "a",
    "b.c",
    "items[0]",
    "['x']",
    ".",
    "|",
    "default(1)",
    "upper",
    "is",
    "defined",
    "none",
    "not",
    "and",
    "or",
    "if",
    "else",
    "in",
    "==",
    "<",
    "+",
    "-",
    "*",
    "**",
    "%",
    "~",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "'s'",
    '"t"',
    "1",
    "2.5",
    "null",
    "true",
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "#}",
    "for",
    "set",
    "endfor",
    "endif",
    "-}}",
    "{{-",
    "\n",
    "\r\n",
    "é",
    "\\",
    "`",
    "&",
    "=",
]
SOURCES = st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join) | st.text(max_size=30)
DATA = {"a": {"x": 1, "b": [1, 2]}, "b": {"c": "text"}, "items": [None, {"x": 2}]}


def error_of(compiler: object, source: str) -> ExpressionSyntaxError | EvaluationError | None:
    """The error, if there is one; anything else that is raised fails the test."""
    assert callable(compiler)
    try:
        compiled = compiler(source)
        for one in compiled.references:
            assert source[one.start : one.end].startswith(one.name)
        compiled.evaluate(MappingScope(DATA))
    except (ExpressionSyntaxError, EvaluationError) as error:
        return error
    return None


def check(compiler: object, source: str) -> None:
    error = error_of(compiler, source)

    assert error is None or (0 <= error.start <= error.end <= len(source) and error.message)


@settings(max_examples=150, deadline=None)
@given(SOURCES)
def test_any_expression(source: str) -> None:
    check(compile_expression, source)


@settings(max_examples=150, deadline=None)
@given(SOURCES)
def test_any_text(source: str) -> None:
    check(compile_text, source)


@settings(max_examples=150, deadline=None)
@given(SOURCES)
def test_any_template(source: str) -> None:
    check(compile_template, source)


@settings(max_examples=50, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
        max_leaves=5,
    )
)
def test_data_passes_through_unchanged(value: object) -> None:
    scope = MappingScope({"x": value})

    assert compile_text("{{ x }}").evaluate(scope) is value
    assert compile_expression("[x][0]").evaluate(scope) is value
