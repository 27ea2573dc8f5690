"""Types of expressions, of steps and of schemas, and what conditions say of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from braid.language.types.findings import Finding
from braid.language.types.json_schema import from_schema
from braid.language.types.lattice import (
    DATE,
    FLOAT,
    INT,
    NULL,
    TEXT,
    UNKNOWN,
    ListOf,
    ObjectOf,
    Type,
    union,
    words,
)
from braid.language.types.python_source import Module, returned_by
from braid.language.types.run_values import settled
from braid.language.types.trees import type_of_expression
from braid.testing.typed import typed

ROW = ObjectOf({"city": TEXT, "degrees": INT})
NAMES: Mapping[str, Type] = {
    "count": INT,
    "name": TEXT,
    "day": DATE,
    "row": ROW,
    "rows": ListOf(ROW),
    "pair": ListOf(items=[INT, TEXT]),
    "maybe": union((NULL, ROW)),
    "nothing": NULL,
    "either": union((INT, TEXT)),
    "tried": ListOf(settled(ROW, None)),
}


class Names:
    def named(self, name: str) -> Type:
        return NAMES.get(name, UNKNOWN)

    def record(self, step: str) -> Type:
        return UNKNOWN


def examined(source: str) -> tuple[str, list[Finding]]:
    found: list[Finding] = []
    kind = type_of_expression(source, Names(), {}, found)
    return repr(kind), found


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("row.city", "text"),
        ("row['degrees']", "int"),
        ("rows[0].degrees", "int"),
        ("rows[count].city", "text"),
        ("pair[1]", "text"),
        ("pair[-2]", "int"),
        ("name[0]", "text"),
        ("name[1:]", "text"),
        ("rows[1:]", "list[{city: text, degrees: int}]"),
        ("count + 1", "int"),
        ("count / 2", "float"),
        ("count ~ name", "text"),
        ("name * count", "text"),
        ("day - day", "float"),
        ("rows + rows", "list[{city: text, degrees: int}]"),
        ("count > 1 and count < 3", "bool"),
        ("either + 1", "int"),
        ("unknown + 1", "unknown"),
        ("[count, name]", "[int, text]"),
        ("{'a': count}", "{a: int}"),
        ("name.upper()", "text"),
        ("name.split(',') | first", "text"),
        ("rows | map(attribute='city') | join(', ')", "text"),
        ("rows | map(attribute='degrees') | list", "list[int]"),
        ("rows | length", "int"),
        ("rows | last", "{city: text, degrees: int}"),
        ("rows | group_by('city')", "{…}"),
        ("(rows | group_by('city')).Lima | first", "{city: text, degrees: int}"),
        ("row | combine({'n': 1})", "{city: text, degrees: int, n: int}"),
        ("row | omit('city')", "{degrees: int}"),
        ("name | int", "int"),
        ("name | int(default='?')", "int | '?'"),
        ("maybe | default(row)", "{city: text, degrees: int}"),
        ("maybe.city | default('?')", "text"),
        ("nothing | default(3)", "int"),
        ("maybe or row", "{city: text, degrees: int}"),
        ("row if count > 1", "{city: text, degrees: int} | null"),
        ("count if maybe is none else maybe.degrees", "int"),
        ("(rows | selectattr('city', 'eq', 'Lima') | list)[0].degrees", "int"),
        ("(tried | selectattr('status', '==', 'ok') | list)[0].value.city", "text"),
        ("count is even", "bool"),
        ("now()", "date"),
        ("range(count)", "list[int]"),
    ],
)
def test_an_expression_has_this_type(source: str, kind: str) -> None:
    assert examined(source) == (kind, [])


@pytest.mark.parametrize(
    "source",
    [
        "maybe.city | default('?')",
        "maybe.city is defined",
        "maybe is none",
        "maybe.city if maybe",
        "maybe.city if maybe is not none",
        "maybe.city if maybe != none else ''",
        "'' if maybe is none else maybe.city",
        "'' if not maybe else maybe.city",
        "maybe and maybe.city",
        "maybe is none or maybe.city",
        "not (maybe is none) and maybe.degrees > 3",
        "maybe is mapping and maybe.city",
        "maybe.city if maybe.city is defined",
        "maybe.degrees if maybe and maybe.city == 'Lima'",
        "maybe.city if maybe is none else ''",
        "(row if count > 1).city",
        "maybe.city if maybe | default(false)",
        "maybe.city if count > 1 and maybe",
        "tried[0].value.city if tried[0].status == 'ok'",
        "tried[0].value.city if tried[0].status in ['ok']",
        "tried[0].error.message if tried[0].status == 'failed'",
        "'' if tried[0].status != 'ok' else tried[0].value.city",
        "tried[0].value.city if tried[0].value",
        "either.upper() if either is string else either + 1",
        "unknown.a.b[0] + 1",
        "rows | map('length') | sum",
        "name in rows",
        "either | length",
    ],
)
def test_nobody_is_warned_of_what_was_asked_or_is_unknown(source: str) -> None:
    assert examined(source)[1] == []


@pytest.mark.parametrize(
    ("source", "code", "place"),
    [
        ("row.citty | upper", "unknown-member", "row.citty"),
        ("1 + rows[0].degree", "unknown-member", "rows[0].degree"),
        ("rows.city ~ ''", "unknown-member", "rows.city"),
        ("pair[2] ~ ''", "unknown-member", "pair[2]"),
        ("count.value ~ ''", "unknown-member", "count.value"),
        ("name.upcase()", "unknown-member", "name.upcase"),
        ("(row | omit('city')).city", "unknown-member", "(row | omit('city')).city"),
        ("nothing.x ~ ''", "always-null", "nothing.x"),
        ("nothing + 1", "wrong-operand", "nothing"),
        ("name + 1", "wrong-operand", "name"),
        ("1 + name", "wrong-operand", "name"),
        ("-name", "wrong-operand", "name"),
        ("name > count", "wrong-operand", "name"),
        ("count | length", "wrong-operand", "count"),
        ("rows | upper", "wrong-operand", "rows"),
        ("(name | length) | upper", "wrong-operand", "name | length"),
        ("row | first", "wrong-operand", "row"),
        ("name is even", "wrong-operand", "name"),
        ("'a' in count", "wrong-operand", "count"),
        ("count[0:1]", "wrong-operand", "count"),
        ("rows[name]", "wrong-operand", "name"),
        ("maybe.city ~ ''", "may-be-null", "maybe"),
        ("maybe.degrees + 1", "may-be-null", "maybe"),
        ("tried[0].value.city ~ ''", "may-be-null", "tried[0].value"),
        ("tried[0].value.city if count else 0", "may-be-null", "tried[0].value"),
        ("rows | map(attribute='cty') | list", "unknown-member", "rows | map(attribute='cty')"),
        ("rows | selectattr('cty', 'eq', 1)", "unknown-member", "rows | selectattr('cty', 'eq', 1)"),
    ],
)
def test_what_goes_wrong_is_told_at_its_place(source: str, code: str, place: str) -> None:
    _, found = examined(source)

    assert [(each.code, source[each.start : each.end]) for each in found] == [(code, place)]


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "string"}, "date | bytes | text"),
        ({"type": "integer"}, "int | float"),
        ({"type": ["boolean", "null"]}, "bool | null"),
        ({"enum": ["a", "b"]}, "'a'|'b'"),
        ({"const": None}, "null"),
        ({"type": "array", "items": {"type": "boolean"}}, "list[bool]"),
        ({"type": "object", "properties": {"a": {"type": "null"}}}, "{a?: null, …}"),
        (
            {"type": "object", "properties": {"a": {"type": "null"}}, "required": ["a"], "additionalProperties": False},
            "{a: null}",
        ),
        ({"properties": {"a": {"type": "null"}}}, "unknown"),
        ({"$ref": "#/$defs/x", "type": "string"}, "unknown"),
        ({"anyOf": [{"type": "null"}, {"type": "boolean"}]}, "null | bool"),
        (True, "unknown"),
    ],
)
def test_a_schema_says_this_of_values(schema: Any, kind: str) -> None:
    assert repr(from_schema(schema)) == kind


@pytest.mark.parametrize(
    ("steps", "kind"),
    [
        ("{id: x, set: {a: 1, b: '{{ 1 + 1 }}'}}", "{a: int, b: int}"),
        ("{id: x, log: hello}", "null"),
        ("{id: x, shell: ls}", "{stdout: text, stderr: text, exit_code: int}"),
        ("{id: x, shell: ls, output: '{{ result.exit_code }}', fallback: {value: none}}", "int | 'none'"),
        ("{id: x, foreach: {items: [1, 2], steps: [{set: '{{ item * 2 }}'}]}}", "list[int]"),
        ("{id: x, foreach: {items: [1], as: n, steps: [{continue: n > 1}, {set: '{{ n }}'}]}}", "list[int | null]"),
        ("{id: x, foreach: {items: [1], collect: none, steps: [{set: 1}]}}", "null"),
        ("{id: x, parallel: {branches: {a: [{set: 1}], b: [{set: b}]}}}", "{a: int, b: 'b'}"),
        ("{id: x, parallel: {branches: [[{set: 1}], [{set: b}]]}}", "[int, 'b']"),
        ("{id: x, parallel: {wait: any, branches: [[{set: 1}], [{set: 2}]]}}", "[int | null, int | null]"),
        ("{id: x, parallel: {wait: 2, branches: [[{set: 1}], [{set: 2}]]}}", "[int, int]"),
        ("{id: x, parallel: {merge: concat, branches: [[{set: [1]}], [{set: [b]}]]}}", "list[int | 'b']"),
        ("{id: x, parallel: {merge: object, branches: [[{set: {a: 1}}], [{set: {b: 2}}]]}}", "{a: int, b: int}"),
        ("{id: x, parallel: {merge: branches | length, branches: [[{set: 1}]]}}", "int"),
        ("{id: x, graph: [{id: a, set: 1}, {id: b, if: a > 1, set: 2}]}", "{a: int, b: int | null}"),
        ("{id: x, if: inputs.n, then: [{set: 1}]}", "int | null"),
        ("{id: x, if: inputs.n, then: [{set: 1}], else: [{fail: no}]}", "int"),
        ("{id: x, switch: {cases: [{when: inputs.n, steps: [{set: 1}]}], default: [{set: a}]}}", "int | 'a'"),
        ("{id: x, try: {steps: [{set: 1}], catch: [{steps: [{set: a}]}]}}", "int | 'a'"),
        ("{id: x, loop: {max: 3, steps: [{set: '{{ iteration }}'}]}}", "int"),
        ("{id: x, steps: [{set: 1}, {if: inputs.n, set: 2}]}", "int | null"),
        ("{id: x, map: {items: [1, 2], to: {n: '{{ item }}', i: '{{ index }}'}}}", "list[{n: int, i: int}]"),
        ("{id: x, filter: {items: [1, 2], where: item > 1}}", "list[int]"),
        ("{id: x, reduce: {items: [1], initial: 0, to: '{{ acc }}'}}", "unknown"),
        ("{id: x, read_file: a.csv}", "list[{…}]"),
        ("{id: x, read_file: a.txt}", "text"),
        ("{id: x, read_file: a.json}", "unknown"),
        ("{id: x, shell: a, output: '{{ result.stdout | from_json }}', schema: {type: boolean}}", "bool"),
        ("{id: x, set: '{{ x | default(0) + 1 }}'}", "unknown"),
        ('{id: x, python: {code: \'return {"a": len(b), "c": [b]}\'}}', "{a: int, c: [unknown]}"),
    ],
)
def test_the_output_of_a_step_has_this_type(steps: str, kind: str) -> None:
    check = typed(f"name: t\ninputs: {{n: {{type: boolean}}}}\nsteps:\n  - {steps}\n")

    assert repr(check.types.step("x")) == kind


MODULE = Module(
    """
from dataclasses import dataclass
from typing import TypedDict

@dataclass
class Weight:
    kilograms: float
    unit: str

class Row(TypedDict):
    city: str

def weigh(boxes: list[float], /, unit: str = "kg", *, exact: bool) -> Weight: ...
async def rows(**more: int) -> list[Row] | None: ...
def stream() -> int:
    yield 1
@decorated
def changed(a): ...
def twice(a): ...
def twice(b): ...
"""
)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("weigh", "{kilograms: int | float, unit: text}"),
        ("rows", "list[{city: text}] | null"),
        ("stream", "unknown"),
    ],
)
def test_an_annotation_says_what_a_function_returns(name: str, kind: str) -> None:
    function = MODULE.function(name)

    assert function is not None
    assert repr(function.returns) == kind


def test_a_signature_is_read_with_its_defaults() -> None:
    function = MODULE.function("weigh")

    assert function is not None
    assert (function.required, function.optional, function.takes_any) == (("boxes", "exact"), ("unit",), False)


@pytest.mark.parametrize("name", ["changed", "twice", "dataclass", "missing"])
def test_what_may_be_another_function_in_the_run_has_no_signature(name: str) -> None:
    assert MODULE.function(name) is None


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("return 1", "int"),
        ("x = 1", "null"),
        ("if a:\n  return [1]\nraise ValueError", "[int]"),
        ("return x", "unknown"),
        ("def inner():\n  return 1\nreturn f'{x}'", "text"),
        ("return {**a}", "{…}"),
        ("raise ValueError", "unknown"),
        ("return (", "unknown"),
    ],
)
def test_literals_say_what_code_returns(code: str, kind: str) -> None:
    assert repr(returned_by(code)) == kind


def test_a_module_that_fails_when_it_is_imported_is_only_read(tmp_path: Path) -> None:
    (tmp_path / "tools.py").write_text("raise SystemExit\ndef total(a: int) -> int: ...\n")

    found = typed("name: t\nsteps: [{id: x, python: {call: 'tools:total', with: {b: 1}}}]\n", folder=tmp_path)

    assert [each.message for each in found.diagnostics()] == [
        "`total` needs the argument `a`",
        "`total` has no parameter `b`",
    ]
    assert repr(found.types.step("x")) == "int"


def test_a_long_chain_of_steps_is_typed_without_deep_recursion() -> None:
    backwards = [f"  - {{id: s{n}, set: '{{{{ s{n + 1} }}}}'}}" for n in range(5_000)]
    check = typed("\n".join(["name: t", "graph:", *backwards, "  - {id: s5000, set: {a: 1}}"]))

    assert check.diagnostics() == []
    assert repr(check.types.step("s0")) == "{a: int}"


def test_words_are_those_of_a_run() -> None:
    assert words(union((INT, FLOAT))) == "a number"
    assert words(union((TEXT, NULL, ListOf(INT)))) == "text, a list or null"
    assert words(from_schema({"type": "string"})) == "text"
