"""What a person gets wrong in YAML, and what they are told."""

import pytest

from braid.diagnostics import ALIAS_NODES_MAX, DEPTH_MAX, INTEGER_DIGITS_MAX, Diagnostic, DiagnosticsError
from braid.language.document import read_document


def problems(text: str | bytes) -> tuple[Diagnostic, ...]:
    with pytest.raises(DiagnosticsError) as caught:
        read_document(text, "f.yaml")
    return caught.value.diagnostics


# Each: the file, the code, line and column of the place, a part of the help.
SLIPS = [
    ("a:\n\t- b\n", "tab-indentation", 2, 1, "two spaces"),
    ("a:\n  b: 1\n\tc: 2\n", "tab-indentation", 3, 1, "two spaces"),
    ("a: b\n\tc: d", "tab-indentation", 2, 1, "two spaces"),
    ("a: note: this\n", "second-colon", 1, 8, 'write "note: this"'),
    ("a:b\nc: d\n", "missing-space", 1, 2, "write `a: b`"),
    ("- b\n-c\n", "missing-space", 2, 1, "write `- c`"),
    ("s:\n  - id: a\n  -id: b\n", "missing-space", 3, 3, "write `- id: b`"),
    ("a: {b:1}\n", "missing-space", 1, 5, "write `b: 1`"),
    ("steps\n  - x: 1\n", "missing-colon", 1, 1, "write `steps:`"),
    ("name: x\nsteps\n  - x: 1\n", "missing-colon", 2, 1, "write `steps:`"),
    ("a: 1\nthis is text\nb: 2\n", "missing-colon", 2, 1, "after `|`"),
    ("a: b\n  c: d\n", "bad-indentation", 2, 3, "same column"),
    ("a:\n    b: 1\n  c: 2\n", "bad-indentation", 3, 3, "same column"),
    ("a: 1\n- b\n", "bad-indentation", 2, 1, "same column"),
    ("- a\nb: 1\n", "bad-indentation", 2, 1, "same column"),
    ("  a: 1\nb: 2\n", "bad-indentation", 2, 1, "same column"),
    ("a: 'x\nb: 1\n", "unclosed-quote", 1, 4, "close it"),
    ("a: [x\n", "unclosed-bracket", 1, 4, "`]`"),
    ("a: {x: 1\nb: 2\n", "unclosed-bracket", 1, 4, "`}`"),
    ("a: @b\n", "reserved-start", 1, 4, 'write "@b"'),
    ("a: `b`\n", "reserved-start", 1, 4, 'write "`b`"'),
    ("a: %b # c\n", "reserved-start", 1, 4, 'write "%b"'),
    ("- *.py\n", "reserved-start", 1, 3, 'write "*.py"'),
    ("a: > x\n", "reserved-start", 1, 4, "on the lines below"),
    ("a: }\n", "reserved-start", 1, 4, 'write "}"'),
    ("if: 'a' in x\n", "text-after-value", 1, 9, "write \"'a' in x\""),
    ("items: [1, 2] | length\n", "text-after-value", 1, 15, 'write "[1, 2] | length"'),
    ('a: "C:\\dir"\n', "unknown-escape", 1, 7, "backslash"),
    ("a: - b\n", "list-in-line", 1, 4, "[a, b]"),
    ("%FOO\n---\na: b\n", "directive", 1, 1, "remove"),
    ("--- a\n--- b\n", "several-documents", 2, 1, "remove"),
    ("a: x\n...\nb: 1\n", "several-documents", 3, 1, "remove"),
    ("a: {{ x }}\n", "unquoted-expression", 1, 4, 'write "{{ x }}"'),
    ("a: {{ x }} and\n", "unquoted-expression", 1, 4, 'write "{{ x }} and"'),
    ('a: {{ x["k"] }} # c\n', "unquoted-expression", 1, 4, "write '{{ x[\"k\"] }}'"),
    ("a: [{{ x }}, 1]\n", "unquoted-expression", 1, 5, 'write "{{ x }}"'),
    ("{{ x }}: 1\n", "unquoted-expression", 1, 1, 'write "{{ x }}"'),
    ("a: {url: http://x/{{ a }}}\n", "unquoted-expression", 1, 10, 'write "http://x/{{ a }}"'),
    ("a: 1\na: 2\n", "duplicate-key", 2, 1, "rename"),
    ("1: a\n", "key-not-text", 1, 1, 'write "1"'),
    ("true: a\n", "key-not-text", 1, 1, 'write "true"'),
    ("? [a]\n: b\n", "key-not-text", 1, 3, "key: value"),
    ("a: !x b\n", "tag", 1, 4, "not x"),
    ("a: &k !!python/object:os.system b\n", "tag", 1, 7, "remove"),
    ("a: &foo b\nc: *fop\n", "unknown-anchor", 2, 4, "did you mean `*foo`"),
    ("a: &x [*x]\n", "alias-in-itself", 1, 8, ""),
    ("a: {<<: 1}\n", "bad-merge", 1, 5, "*anchor"),
    ("a: 1e999\n", "number-too-large", 1, 4, "quote"),
    ("a: " + "1" * (INTEGER_DIGITS_MAX + 1), "number-too-large", 1, 4, "quote"),
    ("", "empty-file", 1, 1, "braid new"),
    ("# only a comment\n", "empty-file", 1, 1, "braid new"),
    ("---\n", "empty-file", 1, 1, "braid new"),
    ("a: 1\nb: \x07\n", "forbidden-character", 2, 4, "\\x07"),
    ("a: \x00", "forbidden-character", 1, 4, "remove"),
    ("a: \ud800", "forbidden-character", 1, 4, "remove"),
    ("\ufeff\ufeffa: 1", "forbidden-character", 1, 1, "remove"),
    (b"\xef\xbb\xbfa: 1\n\xc3\xa9: \xe9\n", "not-utf-8", 2, 4, "`é`"),
    ("a: b".encode("utf-16"), "not-utf-8", 1, 1, "UTF-8"),
    ("a: b".encode("utf-16-le"), "not-utf-8", 1, 1, "UTF-8"),
    (b"\x7fELF\0\0\0\xff\0", "binary-file", 1, 8, "workflow file"),
]


@pytest.mark.parametrize(("text", "code", "line", "column", "advice"), SLIPS)
def test_a_slip_is_named_with_its_place_and_the_way_out(
    text: str | bytes, code: str, line: int, column: int, advice: str
) -> None:
    (found,) = problems(text)

    assert found.span is not None
    assert (found.code, found.span.line, found.span.column) == (code, line, column)
    assert advice in found.help


def test_all_problems_are_found_at_once() -> None:
    text = "1: a\nb: {{ x }} y\nc: !t d\ne: {{ z[0] }}\nb: *nope\n"

    assert [(one.code, one.span.line if one.span else 0) for one in sorted(problems(text), key=place)] == [
        ("key-not-text", 1), ("unquoted-expression", 2), ("tag", 3), ("unquoted-expression", 4),
        ("duplicate-key", 5), ("unknown-anchor", 5),
    ]  # fmt: skip


def place(found: Diagnostic) -> int:
    return found.span.start if found.span else -1


def test_a_duplicate_key_shows_both_places() -> None:
    (found,) = problems("a: 1\nb: 2\na: 3\n")

    assert [label.span.line for label in found.related] == [1]


def test_depth_is_bounded_exactly() -> None:
    deepest = read_document("[" * DEPTH_MAX + "]" * DEPTH_MAX, "f").root.to_value()
    for _ in range(DEPTH_MAX - 1):
        (deepest,) = deepest
    assert deepest == []

    (found,) = problems("[" * (DEPTH_MAX + 1) + "]" * (DEPTH_MAX + 1))
    assert found.code == "too-deep"


def test_depth_is_bounded_through_aliases() -> None:
    chain = "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, DEPTH_MAX + 1))

    assert problems("a0: &a0 []\n" + chain)[0].code == "too-deep"


def test_what_aliases_repeat_is_bounded() -> None:
    laughs = "a0: &a0 [" + "x," * 9 + "]\n"
    laughs += "".join(f"a{i}: &a{i} [{f'*a{i - 1},' * 9}]\n" for i in range(1, 9))

    (found,) = problems(laughs)
    assert found.code == "too-many-alias-nodes"
    assert f"{ALIAS_NODES_MAX:,}" in found.message
