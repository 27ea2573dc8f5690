"""Bare expressions: values, references, and errors that stand where the mistake is."""

import re
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from braid.expressions import EvaluationError, ExpressionSyntaxError, MappingScope, compile_expression
from braid.expressions.values import Value

SCOPE = {
    "order": {"items": [{"n": 1}, {"n": 2}], "keys": 7, "total": Decimal("1.10")},
    "forecast": {"city": "Lima", "temperature": 19},
    "skipped": None,
    "name": "Ada",
    "data": "{{ name }}",
    "at": datetime(2026, 3, 1, 12, tzinfo=UTC),
}


def evaluate(source: str) -> Value:
    return compile_expression(source).evaluate(MappingScope(SCOPE))


def failure(source: str) -> tuple[str, str, EvaluationError]:
    """Type, failing part and error."""
    with pytest.raises(EvaluationError) as caught:
        evaluate(source)
    error = caught.value
    return error.type, source[error.start : error.end], error


def syntax_failure(source: str) -> tuple[str, ExpressionSyntaxError]:
    with pytest.raises(ExpressionSyntaxError) as caught:
        compile_expression(source)
    return source[caught.value.start : caught.value.end], caught.value


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("order.items[0].n", 1),
        ("order.items[-1].n", 2),
        ("order['items'][0]['n']", 1),
        ("order.items.1.n", 2),
        ("order.keys", 7),
        ("order.keys + 1", 8),
        ("{{ order.keys }}", 7),
        ("  {{- order.keys + 1 -}} ", 8),
        ("at.year", 2026),
        ("at.isoformat()", "2026-03-01T12:00:00+00:00"),
        ("name.upper()", "ADA"),
        ("skipped.a.b | default(3)", 3),
        ("nothing.a[0].b | default(3)", 3),
        ("nothing is undefined and skipped is none and skipped.x is none", True),
        ("name if skipped", None),
        ("null", None),
        ("[null, true, 1_000, 0x10, 1e2]", [None, True, 1000, 16, 100.0]),
        ("(1, (2, 3))", [1, [2, 3]]),
        ("forecast.items()", [["city", "Lima"], ["temperature", 19]]),
        ("data", "{{ name }}"),
        ("data ~ ''", "{{ name }}"),
        ("'%s-%02d' % (name, 7)", "Ada-07"),
        ("'{0[city]} {1:>5}'.format(forecast, 1)", "Lima     1"),
        ("1 ~ true ~ null ~ [1]", "1true[1]"),
        ("name[1:]", "da"),
        ("name == 'Ada' and not skipped or nothing", True),
        ("range(1, 7, 2)", [1, 3, 5]),
        ("order.total * 3", Decimal("3.30")),
        ("at - at", 0.0),
    ],
)
def test_value(source: str, value: Value) -> None:
    result = evaluate(source)

    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize("spaced", [False, True])
@pytest.mark.parametrize(
    ("source", "failing", "message"),
    [
        ("forecast.temprature", "forecast.temprature", "`forecast` has no key `temprature`"),
        ("forcast.city", "forcast", "`forcast` is not known here"),
        ("order.items[5].n", "order.items[5]", "`order.items` has 2 items, so there is no `[5]`"),
        ("skipped.a", "skipped.a", "`skipped` is null, so it has no `a`"),
        ("order.items.n", "order.items.n", "`order.items` is a list and has no `n`"),
        ("name.upper", "name.upper", "`upper` is a method of text, not a value"),
        ("name.__class__", "name.__class__", "`__class__`: names that start with an underscore can't be read"),
    ],
)
def test_plain_path_fails_like_the_same_path_in_jinja(source: str, failing: str, message: str, spaced: bool) -> None:
    """`(x) | raw` isn't plain, so it takes the other way to the same error."""
    _, part, error = failure(f"{source} | raw" if spaced else source)

    assert error.message == message
    assert part == failing or (spaced and part == f"{source} | raw")


def test_undefined_key_names_the_nearest_and_all() -> None:
    _, _, error = failure("forecast.temprature")

    assert error.help == "did you mean `temperature`? it has: city, temperature"


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("1 / 0", "value"),
        ("1 % 0", "value"),
        ("name < 1", "type"),
        ("name + 1", "type"),
        ("forecast + forecast", "type"),
        ("nothing == 1", "undefined"),
        ("nothing in [1]", "undefined"),
        ("[nothing]", "undefined"),
        ("{'a': nothing}", "undefined"),
        ("(nothing, 1)", "undefined"),
        ("name ~ nothing", "undefined"),
        ("order.items | map(attribute='x')", "undefined"),
        ("name()", "type"),
        ("range or 1", "type"),
        ("[name.upper]", "type"),
        ("(-8) ** 0.5", "value"),
        ("''.__class__.__mro__", "security"),
        ("forecast | attr('__class__')", "undefined"),
        ("'{0.__class__}'.format(1)", "undefined"),
        ("'%*d' % (9, 1)", "security"),
        ("order.items.append(1)", "undefined"),
        ("forecast.update({})", "undefined"),
    ],
)
def test_failure_has_its_type_and_place(source: str, kind: str) -> None:
    found, part, error = failure(source)

    assert found == kind
    assert part
    assert "jinja" not in error.message.lower()


@pytest.mark.parametrize(
    "source",
    [
        "'a' * 10 ** 9",
        "10 ** 9 * 'a'",
        "[1] * 10 ** 9",
        "2 ** 99999999",
        "2 ** 4000 * 2 ** 4000",
        "range(10 ** 12)",
        "'a'.center(10 ** 9)",
        "'a'.ljust(10 ** 9)",
        "'a' | center(10 ** 9)",
        "'a' | indent(10 ** 9, true)",
        "'%999999999d' % 1",
        "'%.999999999f' % 1",
        "'{:999999999}'.format(1)",
        "'{:{w}}'.format(1, w=999999999)",
        "('a' * 10 ** 6).replace('a', 'b' * 100)",
        "('b' * 10 ** 6).join(range(100))",
        "('a' * 10 ** 6) | replace('a', 'b' * 100)",
        "range(100) | join('b' * 10 ** 6)",
        "[range(1000)] | product(range(1000), range(1000), range(1000), range(1000))",
        "[1, 2] | batch(10 ** 9, 0)",
        "('a' * 10 ** 7) ~ ('a' * 10 ** 7)",
        "('\\t' * 10 ** 6).expandtabs(1000)",
        "('a' * 10 ** 6) | wordwrap(1, true, 'x' * 100)",
    ],
)
def test_what_would_be_huge_is_refused(source: str) -> None:
    kind, _, _ = failure(source)

    assert kind == "limit"


def test_list_that_holds_itself_twice_forty_deep_is_no_endless_text() -> None:
    value: Value = [1]
    for _ in range(40):
        value = [value, value]
    for source in ("x | to_json", "x ~ ''", "'%s' % x", "'{}'.format(x)", "x | to_yaml", "x | join"):
        with pytest.raises(EvaluationError) as caught:
            compile_expression(source).evaluate(MappingScope({"x": value}))
        assert caught.value.type == "limit", source


@pytest.mark.parametrize(
    ("source", "failing", "help_part"),
    [
        ("a && b", "&&", "write `and`"),
        ("a || b", "||", "write `or`"),
        ("!a", "!", "write `not`"),
        ("a === b", "===", "write `==`"),
        ("a = b", "=", "write `==`"),
        ("a ? b : c", "?", "if condition else"),
        ("'abc", "'abc", "closing `'`"),
        ("“abc”", "“", "use `'`"),
        ("(a", "(", "add the `)`"),
        ("[a)", ")", "write `]`"),
        ("a)", ")", ""),
        ("a | defalt(1)", "defalt", "did you mean `default`?"),
        ("a is definedd", "definedd", "did you mean `defined`?"),
        ("a is not definedd", "definedd", "did you mean `defined`?"),
        ("a AND b", "AND", "`and` in small letters"),
        ("$a", "$", "name alone"),
        ("a, b", ",", "`[a, b]`"),
        ("a b", "b", "operator"),
        ("a[", "[", "add the `]`"),
        ("{{ a }} and b", " and b", "leave out"),
        ("{{ a", "{{", "add `}}`"),
    ],
)
def test_syntax_error_stands_on_the_mistake_and_knows_the_way_out(source: str, failing: str, help_part: str) -> None:
    part, error = syntax_failure(source)

    assert part == failing
    assert help_part in error.help


@pytest.mark.parametrize(
    "source",
    ["", "  ", "{{ }}", "a +", "a.", "a | ", "a is", "(" * 100_000,
     "[" * 5_000, "not " * 5_000 + "a", "-" * 5_000 + "1",
     "a" + ".b" * 5_000, "1" + "+1" * 5_000, "a" + " if a else a" * 2_000, "a" + "|raw" * 3_000, "9" * 5_000,
     "'\\x'", "a" * 20_000 + " + 1", "\x00", "{% if a %}", "a" + "[0]" * 3_000, "~" * 100],
)  # fmt: skip
def test_hostile_expression_ends_in_a_syntax_error(source: str) -> None:
    part, error = syntax_failure(source)

    assert len(part) <= len(source)
    assert error.message


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("forecast.items[0].x", [("forecast", ("items", 0, "x"), "forecast.items[0].x", False)]),
        ("a[b.c].d", [("a", (), "a", False), ("b", ("c",), "b.c", False)]),
        ("a [ 'x' ] . y + 1", [("a", ("x", "y"), "a [ 'x' ] . y", False)]),
        ("a.b | default(c)", [("a", ("b",), "a.b", True), ("c", (), "c", False)]),
        ("a.b | upper | default('')", [("a", ("b",), "a.b", False)]),
        ("a is defined and a.b > 1", [("a", (), "a", True), ("a", ("b",), "a.b", True)]),
        ("a.b if a is not none else a", [("a", ("b",), "a.b", True), ("a", (), "a", True), ("a", (), "a", True)]),
        ("a.b if b is defined", [("a", ("b",), "a.b", False), ("b", (), "b", True)]),
        ("a and a.b", [("a", (), "a", False), ("a", ("b",), "a.b", False)]),
        ("now() | add(delay)", [("delay", (), "delay", False)]),
        ("f(a, k=b.c)", [("f", (), "f", False), ("a", (), "a", False), ("b", ("c",), "b.c", False)]),
        ("x[-1].y + 0", [("x", (-1, "y"), "x[-1].y", False)]),
        ("{'k': v, w: 1}", [("v", (), "v", False), ("w", (), "w", False)]),
        ("  {{ steps.a.output }}", [("steps", ("a", "output"), "steps.a.output", False)]),
        ("a[']'].b ~ 'a.b'", [("a", ("]", "b"), "a[']'].b", False)]),
    ],
)
def test_references_have_name_path_place_and_guard(source: str, expected: list[tuple[Value, ...]]) -> None:
    found = compile_expression(source).references

    assert [(one.name, one.path, source[one.start : one.end], one.guarded) for one in found] == expected


def test_jinja_still_tokenizes_where_offsets_are_hooked_in() -> None:
    """The canary for `Environment._tokenize`, which is private: offsets would silently be line numbers."""
    source = "first +\n\nsecond.key + 'é' ~ third"

    assert [one.start for one in compile_expression(source).references] == [
        source.index(name) for name in ("first", "second", "third")
    ]


def test_plain_path_needs_no_jinja() -> None:
    code = (
        "import sys; from braid.expressions import *; "
        "assert compile_text('{{ a.b[0] }}').evaluate(MappingScope({'a': {'b': [1]}})) == 1; "
        "assert 'jinja2' not in sys.modules"
    )

    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_now_is_the_time_of_the_scope() -> None:
    moment = datetime(2026, 5, 5, tzinfo=UTC)

    assert compile_expression("now()").evaluate(MappingScope({}, now=moment)) == moment


def test_uuid_is_of_version_four() -> None:
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", evaluate("uuid()"))
