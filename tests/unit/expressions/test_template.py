"""Templates: statements, limits, local names."""

import pytest

from braid.expressions import EvaluationError, ExpressionSyntaxError, MappingScope, compile_template
from braid.expressions.values import Value

ROWS = [{"a": 1}, {"a": 2}]


def render(text: str, **values: Value) -> str:
    return compile_template(text).evaluate(MappingScope({"rows": ROWS, **values}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{% for r in rows %}\n- {{ r.a }}\n{% endfor %}\nend\n", "- 1\n- 2\nend\n"),
        ("{% for r in rows %}{{ loop.index }}/{{ loop.length }}{{ ',' if not loop.last }}{% endfor %}", "1/2,2/2"),
        ("{% for k, v in {'x': 1}.items() %}{{ k }}={{ v }}{% endfor %}", "x=1"),
        ("{% set n = namespace(c=0) %}{% for r in rows %}{% set n.c = n.c + r.a %}{% endfor %}{{ n.c }}", "3"),
        ("{% macro m(x, y=2) %}<{{ x }}{{ y }}>{% endmacro %}{{ m(1) }}{{ m(3, y=4) }}", "<12><34>"),
        ("{% macro m() %}[{{ caller() }}]{% endmacro %}{% call m() %}x{% endcall %}", "[x]"),
        ("{% filter upper %}a{{ rows[0].a }}{% endfilter %}", "A1"),
        ("{% set x %}a{{ 1 }}{% endset %}{{ x }}{{ x }}", "a1a1"),
        ("{% with y = 3 %}{{ y }}{% endwith %}", "3"),
        ("{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
        ("{% if nothing is defined %}a{% else %}b{% endif %}", "b"),
        ("{{ none }}|{{ true }}|{{ rows[0] }}", '|true|{"a":1}'),
        ("{% for r in [{'c': [{'c': []}]}] recursive %}<{{ loop(r.c) }}>{% endfor %}", "<<>>"),
        ("<b>{{ '<i>' }}</b>", "<b><i></b>"),
    ],
)
def test_text(text: str, expected: str) -> None:
    assert render(text) == expected


def test_text_from_data_is_never_rendered() -> None:
    assert render("{{ x }}{% for c in [x] %}{{ c }}{% endfor %}", x="{{ rows }}{% for %}") == "{{ rows }}{% for %}" * 2


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{% for r in rows %}{{ r.a }}{{ loop.index }}{% endfor %}{{ r }}", ["rows", "r"]),
        ("{{ x }}{% set x = y %}{{ x }}", ["x", "y"]),
        ("{% macro m(a, b=c) %}{{ a }}{{ b }}{{ d }}{{ caller() }}{% endmacro %}{{ m(e) }}", ["c", "d", "e"]),
        ("{% call(u) m2(v) %}{{ u }}{{ w }}{% endcall %}", ["m2", "v", "w"]),
        ("{% with p = q %}{{ p }}{% endwith %}{{ p }}", ["q", "p"]),
        ("{% if t %}{% set s = 1 %}{% endif %}{{ s }}", ["t"]),
        ("{% for a, b in z if a > k %}{{ b }}{% else %}{{ o }}{% endfor %}", ["z", "k", "o"]),
        ("{% set ns = namespace(a=i) %}{% set ns.a = j %}", ["i", "j"]),
    ],
)
def test_names_bound_by_the_template_are_no_references(text: str, names: list[str]) -> None:
    assert [one.name for one in compile_template(text).references] == names


def test_condition_guards_its_body() -> None:
    found = compile_template("{% if a is defined %}{{ a.b }}{% else %}{{ c }}{% endif %}{{ a }}").references

    assert [(one.name, one.guarded) for one in found] == [("a", True), ("a", True), ("c", False), ("a", False)]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_offsets_survive_space_control_and_line_ends(newline: str) -> None:
    source = newline.join(
        [
            "  {%- if aa -%}",
            "  {{ bb.c }}",
            " {% raw %} {{ no }} {% endraw %}",
            "{# x #}",
            "  {% endif %}",
            "{{ dd }}",
            "",
        ]
    )

    found = compile_template(source).references

    assert [source[one.start : one.end] for one in found] == ["aa", "bb.c", "dd"]


def test_error_stands_on_the_failing_member_in_a_loop() -> None:
    source = "{% for r in rows %}\n- {{ r.a }} {{ r.b }}\n{% endfor %}"
    with pytest.raises(EvaluationError) as caught:
        render(source)

    assert source[caught.value.start : caught.value.end] == "r.b"
    assert caught.value.message == "`r` has no key `b`"


@pytest.mark.parametrize(
    ("text", "failing"),
    [
        ("{% include 'x' %}", "include"),
        ("{% extends 'x' %}", "extends"),
        ("{% block a %}{% endblock %}", "block"),
        ("{% import 'x' as y %}", "import"),
        ("{% fro a in b %}{% endfor %}", "fro"),
        ("a {% for a in b %} c", "{% for"),
        ("{% if x %}{% endfor %}", "endfor"),
        ("{% if a && b %}{% endif %}", "&&"),
        ("{{ a | uper }}", "uper"),
        ("{# a", "{#"),
    ],
)
def test_syntax_error_stands_on_the_mistake(text: str, failing: str) -> None:
    with pytest.raises(ExpressionSyntaxError) as caught:
        compile_template(text)

    assert text[caught.value.start : caught.value.end] == failing


@pytest.mark.parametrize(
    "text",
    [
        "{% for a in range(10000) %}{% for b in range(10000) %}{% endfor %}{% endfor %}",
        "{% for a in range(100000) %}" + "x" * 1000 + "{% endfor %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% set n = namespace(x='xxxxxxxxxx') %}{% for a in range(100) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
        "{% set n = namespace(x=[1]) %}{% for a in range(100) %}{% set n.x = n.x + n.x %}{% endfor %}",
        "".join(f"{{% for a{i} in [1] %}}" for i in range(30)) + "{% endfor %}" * 30,
    ],
    ids=["iterations", "static text", "recursion", "doubled text", "doubled list", "nested blocks"],
)
def test_template_that_would_not_end_or_fit_is_refused(text: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        render(text)
    assert caught.value.type == "limit"


@pytest.mark.parametrize(
    "text",
    ["{{ self }}", "{{ loop }}", "{{ cycler }}", "{{ lipsum }}", "{{ namespace() }}",
     "{% macro m() %}{% endmacro %}{{ m }}",
     "{% for a in rows %}{{ loop.__class__ }}{% endfor %}", "{{ namespace(_a=1)._a }}",
     "{{ self._TemplateReference__context }}"],
)  # fmt: skip
def test_what_jinja_works_with_is_out_of_reach(text: str) -> None:
    with pytest.raises(EvaluationError):
        render(text)


@pytest.mark.parametrize(
    "body",
    ["{{ range(1000000) | list | length }}", "{{ (range(500000) | list + [x]) | length }}", "{{ range(900000)[0] }}"],
)
def test_large_lists_in_a_loop_are_counted_together(body: str) -> None:
    template = compile_template(f"{{% for x in range(1000) %}}{body}{{% endfor %}}")

    with pytest.raises(EvaluationError, match="more than 20,000,000 items in all"):
        template.evaluate(MappingScope({}))
