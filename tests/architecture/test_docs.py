"""What the hand-written reference says about the code is what the code has."""

from __future__ import annotations

import ast as syntax
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from braid.diagnostics.limits import LIMITS
from braid.language import ast
from braid.language.plan import MAX_CONCURRENCY_DEFAULT

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "language.md").read_text(encoding="utf-8")
OWN_PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

STRUCTS: dict[str, type[msgspec.Struct]] = {
    cls.__name__: cls
    for cls in vars(ast).values()
    # `Task` has the keys of its kind, which docs/reference/tasks.md tells; `Part` has none.
    if isinstance(cls, type) and issubclass(cls, ast.Part) and cls not in (ast.Part, ast.Task)
}
FAILURE_SOURCES = ("machine", "execution")
TYPE_ARGUMENT = {"Failure": 0, "_refused": 0, "_refuse": 1, "_parts": 0}
"""Calls that make a failure → which argument is its type."""
NO_FAILURES = {"value"}  # of EvaluationError, which ends as an `expression`
LIMIT_MODULES = {
    "STEPS_MAX": "braid.language.step_reader",
    "NAME_CHARS_MAX": "braid.language.names",
    "CALLED_FILES_MAX": "braid.language.load",
    "CALL_DEPTH_MAX": "braid.machine.limits",
    "DURATION_SECONDS_MAX": "braid.expressions.durations",
    "MESSAGE_CHARS_MAX": "braid.execution.failures",
    "SECRET_CHARS_MIN": "braid.execution.secrets",
}


def table_after(mark: str) -> dict[str, list[str]]:
    """First cell, without its backticks → the other cells, of the table that follows `<!-- mark -->`."""
    _, found, rest = PAGE.partition(f"<!-- {mark} -->\n")
    assert found, f"docs/reference/language.md has no table marked `<!-- {mark} -->`"
    rows = rest.split("\n\n", 1)[0].splitlines()[2:]
    cells = [re.split(r"(?<!\\)\|", row.strip().strip("|")) for row in rows]
    return {first.strip().strip("`"): [cell.strip() for cell in others] for first, *others in cells}


def shown(field: msgspec.structs.FieldInfo) -> str:
    """A field's default as the tables write it."""
    if field.required:
        return "required"
    default: Any = field.default  # Any: of any field
    if default is msgspec.NODEFAULT or default in (None, msgspec.UNSET, {}, []):
        return "none"
    return str(default).lower() if isinstance(default, bool) else str(default)


# Where "nothing given" has a meaning that is better said by its name.
MEANT = {("Workflow", "max_concurrency"): "10", ("Parallel", "wait"): "all"}


@pytest.mark.parametrize("name", STRUCTS)
def test_table_of_keys_is_that_of_the_syntax_tree(name: str) -> None:
    common = {field.name for field in msgspec.structs.fields(ast.Step)}
    own = [
        field
        for field in msgspec.structs.fields(STRUCTS[name])
        if field.name != "origin"
        and (name == "Step" or not issubclass(STRUCTS[name], ast.Step) or field.name not in common)
    ]

    told = {key: cells[0] for key, cells in table_after(f"keys: {name}").items()}

    assert told == {field.encode_name: MEANT.get((name, field.encode_name), shown(field)) for field in own}


def test_default_limit_is_the_one_told() -> None:
    assert str(MAX_CONCURRENCY_DEFAULT) == MEANT["Workflow", "max_concurrency"]


def test_every_common_key_and_control_has_a_section() -> None:
    headings = {line.removeprefix("## ").lower() for line in PAGE.splitlines() if line.startswith("## ")}
    names = {
        "steps": "group",
        "then": "if, then, else",
        "break": "break and continue",
        "continue": "break and continue",
    }

    assert {names.get(keyword, keyword) for keyword in ast.CONTROLS} <= headings


def test_limits_have_the_values_told() -> None:
    told = {name: int(cells[0].replace(",", "")) for name, cells in table_after("limits").items()}

    assert told == {
        **{limit.name: limit.default for limit in LIMITS},
        **{name: int(getattr(importlib.import_module(module), name)) for name, module in LIMIT_MODULES.items()},
    }


def failure_types(tree: syntax.AST) -> Iterator[str]:
    for call in (node for node in syntax.walk(tree) if isinstance(node, syntax.Call)):
        name = call.func.id if isinstance(call.func, syntax.Name) else getattr(call.func, "attr", "")
        index = TYPE_ARGUMENT.get(name, len(call.args))
        for value in (*call.args[index : index + 1], *(each.value for each in call.keywords if each.arg == "type")):
            if isinstance(value, syntax.Constant) and isinstance(value.value, str):
                yield value.value


def test_failure_types_of_the_engine_are_told() -> None:
    told = set(table_after("failure types"))
    made = {
        type_
        for package in FAILURE_SOURCES
        for path in (ROOT / "src" / "braid" / package).rglob("*.py")
        for type_ in failure_types(syntax.parse(path.read_text(encoding="utf-8")))
    }

    assert made - NO_FAILURES == told


def test_links_of_the_pages_lead_somewhere() -> None:
    assert [dead for page in OWN_PAGES for dead in dead_links(page)] == []


def dead_links(page: Path) -> Iterator[str]:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        linked = (page.parent / path).resolve() if path else page
        if not linked.exists() or (anchor and anchor not in anchors(linked)):
            yield f"{page.relative_to(ROOT)}: {target}"


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes of the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_index_names_every_page_of_the_reference() -> None:
    folder = ROOT / "docs" / "reference"
    index = (folder / "README.md").read_text(encoding="utf-8")

    missing = [page.name for page in folder.glob("*.md") if page.name != "README.md" and f"]({page.name})" not in index]

    assert missing == []


def test_make_targets_that_pages_name_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {
        target
        for page in OWN_PAGES
        for target in re.findall(r"(?:^|`)make ([a-z]+)(?:`|  |$)", page.read_text(encoding="utf-8"), re.MULTILINE)
    }

    assert {"demo", "test"} <= named <= targets


def test_folders_and_files_that_pages_name_exist() -> None:
    named = {
        path
        for page in OWN_PAGES
        for path in re.findall(r"`((?:src|tests|docs|examples|benchmarks)/[\w./-]+)`", page.read_text(encoding="utf-8"))
    }

    assert named
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []
