"""Every code that the sources can give has a page, every page a code, and what the examples claim is so."""

from __future__ import annotations

import ast as syntax
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from braid.diagnostics import (
    ALIAS_NODES_MAX,
    FILE_BYTES_MAX,
    NODES_MAX,
    SCALAR_CHARS_MAX,
    Diagnostic,
    pages,
    render_text,
)
from braid.diagnostics.pages import Example, Page, read_page
from braid.language.load import check
from braid.language.reader import STEPS_MAX

CASES = Path(__file__).parents[2] / "cases"
SOURCES = Path(pages.__file__).parents[1]
CODES = pages.codes()

CODE_ARGUMENT = {
    "Diagnostic": 0, "Finding": 0, "report": 0, "report_beside": 0, "NameProblem": 0, "_Reason": 0, "_unreadable": 0,
    "refused": 0, "Mismatch": 2, "ShapeProblem": 5,
}  # fmt: skip
"""Calls that make a diagnostic, or what becomes one → which argument is its code."""

DEFAULT_CODES = {"wrong-type", "invalid-field", "wrong-operand"}
"""Of `Mismatch`, `FieldProblem` and `Typing.tell`, when no other is given."""

SYMBOLS = re.compile(r'^(?:REPEATED_EFFECT|DIFFERENT_RESULT|DIFFERENT_FILES|ENGINE_FAULT) = "(.*)"$', re.MULTILINE)
"""Codes that `braid prove` gives by their names."""

TYPE_ARGUMENT = {"Failure": 0, "_refused": 0, "_refuse": 1, "_parts": 0}
"""Calls that make a failure of a step → which argument is its type, which is shown where a code is."""

NO_FAILURES = {"value"}
"""Of an expression's error; the step fails as `expression`."""

WITHOUT_EXAMPLE = {
    # What was asked of a command, or met by it; no file could show it.
    "invalid-input", "missing-secret", "run-exists", "run-owned", "run-unknown", "not-resumed", "not-reused",
    "not-proven", "repeated-effect", "different-result", "different-files", "engine-fault", "not-mocked", "wrong-mock",
    "not-formatted",
    "journal-access", "journal-corrupt", "journal-full", "journal-locked", "journal-lost", "journal-version",
    "value-too-large",
    # Files that are too large for a page, and such as can't be read at all.
    "binary-file", "file-too-large", "forbidden-character", "no-such-file", "not-a-file", "not-utf-8",
    "permission-denied", "task-kind-broken", "text-too-long", "too-many-alias-nodes", "too-many-files",
    "too-many-nodes", "too-many-steps", "unreadable-file",
}  # fmt: skip

MADE: dict[str, Callable[[], bytes]] = {
    "binary-file": lambda: b"\x7fELF\0\0\0\0\xff",
    "file-too-large": lambda: b"#" * (FILE_BYTES_MAX + 1),
    "forbidden-character": lambda: b'name: shop\nsteps:\n  - log: "bell\x07"\n',
    "not-utf-8": lambda: "name: caf\u00e9".encode("latin-1"),
    "text-too-long": lambda: b"name: " + b"x" * (SCALAR_CHARS_MAX + 1),
    "too-many-alias-nodes": lambda: (
        b"name: &a [%s]\nvars: {x: [%s]}\nsteps: [{log: a}]\n"
        % (b"1, " * 999 + b"1", b"*a, " * (ALIAS_NODES_MAX // 1000) + b"*a")
    ),
    "too-many-nodes": lambda: b"name: [%s]\n" % (b"1, " * NODES_MAX),
    "too-many-steps": lambda: b"name: long\nsteps:\n" + b"  - log: a\n" * (STEPS_MAX + 1),
}


def emitted_codes() -> dict[str, set[str]]:
    """Code → the modules that can give it."""
    found: dict[str, set[str]] = {code: {"by default"} for code in DEFAULT_CODES}
    for path in SOURCES.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        module = path.relative_to(SOURCES).as_posix()
        codes = [*codes_in(syntax.parse(text)), *SYMBOLS.findall(text)]
        if module == "journal/errors.py":
            names = re.findall(r"^class (\w+)Error\(JournalError\)", text, re.MULTILINE)
            codes += ["-".join(re.findall("[A-Z][a-z]+", name)).lower() for name in names]
        for code in codes:
            found.setdefault(code, set()).add(module)
    return found


def failure_types() -> set[str]:
    """The types of failures of steps, whatever the step."""
    found: set[str] = set()
    for package in ("machine", "execution", "tasks"):
        for path in (SOURCES / package).rglob("*.py"):
            tree = syntax.parse(path.read_text(encoding="utf-8"))
            found.update(each for each in codes_in(tree, TYPE_ARGUMENT, "type") if re.fullmatch("[a-z-]+", each))
    return found - NO_FAILURES


def codes_in(tree: syntax.AST, argument: Mapping[str, int] = CODE_ARGUMENT, keyword: str = "code") -> Iterator[str]:
    for call in (node for node in syntax.walk(tree) if isinstance(node, syntax.Call)):
        name = call.func.id if isinstance(call.func, syntax.Name) else getattr(call.func, "attr", "")
        given = [each.value for each in call.keywords if each.arg == keyword]
        if name in argument:
            given += call.args[argument[name] :][:1]
        for value in given:
            yield from constants(value)
    for pair in (node for node in syntax.walk(tree) if isinstance(node, syntax.Assign)):
        # `code, message, label = "unknown-key", …`
        if isinstance(pair.targets[0], syntax.Tuple) and isinstance(pair.value, syntax.Tuple):
            for target, value in zip(pair.targets[0].elts, pair.value.elts, strict=False):
                if isinstance(target, syntax.Name) and target.id == "code":
                    yield from constants(value)


def constants(value: syntax.expr) -> Iterator[str]:
    branches = [value.body, value.orelse] if isinstance(value, syntax.IfExp) else [value]
    for branch in branches:
        if isinstance(branch, syntax.Constant) and isinstance(branch.value, str):
            yield branch.value


def diagnosed(example: Example, files: tuple[Example, ...], folder: Path) -> list[Diagnostic]:
    for file in files:
        (folder / file.file).write_text(file.text, encoding="utf-8")
    path = folder / "example.braid.yaml"
    path.write_text(example.text, encoding="utf-8")
    return check(path)


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    emitted = emitted_codes()

    assert {code: modules for code, modules in emitted.items() if code not in CODES} == {}
    assert set(CODES) - set(emitted) - failure_types() == set()


def test_every_type_of_failure_has_a_page() -> None:
    assert failure_types() - set(CODES) == set()
    assert all(read_page(code).summary.startswith("A step failed: ") for code in failure_types() - set(emitted_codes()))


@pytest.mark.parametrize("code", CODES)
def test_a_page_is_of_one_form(code: str) -> None:
    page = read_page(code)

    assert page.code == code
    assert page.summary.endswith(".")
    assert len(page.summary) <= 130
    assert page.parts
    if code not in WITHOUT_EXAMPLE | failure_types():
        roles = [part.role for part in page.parts if isinstance(part, Example) and part.role]
        assert roles == ["wrong", "right"]
        assert not isinstance(page.parts[-1], Example) or page.parts[-1].role == "right"


@pytest.mark.parametrize("code", [code for code in CODES if code not in WITHOUT_EXAMPLE | failure_types()])
def test_the_wrong_example_gets_exactly_its_code(code: str, tmp_path: Path) -> None:
    example, files = read_page(code).example("wrong")
    assert example

    found = diagnosed(example, files, tmp_path)

    assert {each.code for each in found} == {code}, render_text(found)


@pytest.mark.parametrize("code", [code for code in CODES if read_page(code).example("right")[0]])
def test_the_right_example_has_no_problem(code: str, tmp_path: Path) -> None:
    example, files = read_page(code).example("right")
    assert example

    assert render_text(diagnosed(example, files, tmp_path)) == ""


@pytest.mark.parametrize("code", MADE)
def test_what_no_page_can_hold_gets_its_code_as_well(code: str) -> None:
    assert {each.code for each in check(MADE[code]())} == {code}


def test_every_code_that_a_file_can_get_has_a_case() -> None:
    expected = [
        path for folder in ("broken_syntax", "broken_meaning", "lints") for path in (CASES / folder).glob("*.txt")
    ]
    told = {
        code for path in expected for code in re.findall(r"^\w+\[([\w-]+)\]", path.read_text("utf-8"), re.MULTILINE)
    }

    assert set(CODES) - WITHOUT_EXAMPLE - failure_types() - told == set()
    assert len(expected) >= 120


def test_more_is_told_once_of_all_problems_errors_first() -> None:
    found = [Diagnostic(code, "m", None, severity="warning") for code in ("constant-text", "unheard-of")]
    found += [Diagnostic(code, "m", None) for code in ("cycle", "bad-id", "cycle", "bad-path")]

    assert pages.more_about(found) == "for more: braid explain cycle bad-id bad-path"
    assert pages.more_about(found, 40) == "for more: braid explain cycle bad-id"
    assert pages.more_about(found, 10) == "for more: braid explain cycle"
    assert pages.more_about(found[1:2]) == ""


def test_a_page_is_read_into_its_parts() -> None:
    page: Page = pages.parsed(
        "# a-code\n\nSums it\nup.\n\n```yaml other.yaml\na: 1\n```\n\n```yaml wrong\nb: 2\n```\n\nWhy.\n\n"
        "```yaml right\nc: 3\n```\n"
    )

    assert (page.code, page.summary) == ("a-code", "Sums it up.")
    assert page.example("wrong") == (
        Example("yaml", "b: 2\n", "wrong"),
        (Example("yaml", "a: 1\n", None, "other.yaml"),),
    )
    assert page.example("right")[0] == Example("yaml", "c: 3\n", "right")


@pytest.mark.parametrize("name", ["", "no-such-code", "../pages", "Unknown-Step"])
def test_there_is_no_page_for_what_is_no_code(name: str) -> None:
    assert not pages.has_page(name)
    with pytest.raises(KeyError):
        read_page(name)
