"""Lints run where they are asked for, in files without errors, and can be silenced; the cases show each of them."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

import braid
from braid.diagnostics import Diagnostic
from braid.language.lints.lint import LINTS
from braid.language.load import check, load

IDLE = "name: x\npools: {p: 1}\nsteps:\n  - set: 1\n    pool: p"


def codes(text: str) -> list[str]:
    return [each.code for each in check(f"name: x\n{text}\n")]


def at_line(diagnostics: list[Diagnostic], code: str) -> list[int]:
    return [each.span.line for each in diagnostics if each.code == code and each.span is not None]


def test_lints_are_warnings() -> None:
    [found] = check("name: x\ninputs: {a: {type: string}}\nsteps: [{log: x}]\n")

    assert (found.code, found.severity) == ("unused-input", "warning")


def test_a_file_with_errors_gets_no_lints() -> None:
    """What looks unused may be what the mistake was to use."""
    assert codes("inputs: {city: {type: string}}\nsteps: [{log: '{{ inputs.ctiy }}'}]") == ["unknown-input"]


def test_loading_without_lints_does_without_them() -> None:
    assert load("name: x\ninputs: {a: {type: string}}\nsteps: [{log: x}]\n").diagnostics == []


def test_a_run_does_not_import_them(tmp_path: Path) -> None:
    (tmp_path / "x.braid.yaml").write_text("name: x\ninputs: {a: {default: 1}}\nsteps: [{log: x}]\n")
    program = f"import sys, braid; braid.run({str(tmp_path / 'x.braid.yaml')!r}, no_journal=True)\n"
    program += "print([name for name in sys.modules if 'lints' in name])"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert ended.stdout.strip() == "[]"


def test_called_files_are_linted_too(tmp_path: Path) -> None:
    (tmp_path / "inner.braid.yaml").write_text("name: inner\ninputs: {a: {default: 1}}\nsteps: [{log: x}]\n")
    (tmp_path / "outer.braid.yaml").write_text("name: outer\nsteps: [{call: inner.braid.yaml}]\n")

    [found] = check(tmp_path / "outer.braid.yaml")

    assert found.span is not None
    assert Path(found.span.source.name).name == "inner.braid.yaml"


def test_a_called_file_allows_for_itself_only(tmp_path: Path) -> None:
    unused = "name: x\ninputs: {a: {default: 1}}"
    (tmp_path / "inner.braid.yaml").write_text(f"{unused}   # braid: allow(unused-input)\nsteps: [{{log: x}}]\n")
    (tmp_path / "outer.braid.yaml").write_text(f"{unused}\nsteps: [{{call: inner.braid.yaml}}]\n")

    [found] = check(tmp_path / "outer.braid.yaml")

    assert found.span is not None
    assert Path(found.span.source.name).name == "outer.braid.yaml"


@pytest.mark.parametrize("lints", [False, True])
def test_a_warning_that_is_no_lint_can_be_allowed(lints: bool) -> None:
    plain = load(f"{IDLE}\n", lints=lints)
    allowed = load(f"{IDLE}   # braid: allow(idle-pool)\n", lints=lints)

    assert [each.code for each in plain.diagnostics] == ["idle-pool"]
    assert allowed.diagnostics == []
    assert allowed.plan is not None
    assert allowed.plan.warnings == ()


def test_a_run_says_nothing_of_allowances_that_are_not_needed() -> None:
    """Which ones those are only the lints can tell."""
    assert load(f"{IDLE}   # braid: allow(unused-step)\n").diagnostics != []
    assert [each.code for each in load(f"{IDLE}   # braid: allow(unused-step)\n").diagnostics] == ["idle-pool"]


def test_an_error_can_not_be_allowed() -> None:
    assert codes("steps: [{log: '{{ nobody }}'}]   # braid: allow(unknown-step)") == ["unknown-step"]


def test_a_comment_is_about_its_line_or_the_next() -> None:
    text = "steps:\n{}  - set: 1{}\n{}  - log: x"

    assert codes(text.format("", "", "")) == ["unused-step"]
    assert codes(text.format("", "   # braid: allow(unused-step)", "")) == []
    assert codes(text.format("  # braid: allow(unused-step)\n\n  # More.\n", "", "")) == []
    assert codes(text.format("", "", "  # braid: allow(unused-step)\n")) == ["unused-step", "unused-allow"]


def test_one_allowance_covers_all_of_its_line() -> None:
    assert codes("steps: [{set: 1}, {set: 2}, {log: x}]   # braid: allow(unused-step)") == []


def test_what_looks_like_an_allowance_in_a_text_is_none() -> None:
    text = "steps:\n  - set: 1\n  - log: |\n      # braid: allow(unused-step)\n  - log: 'a # braid: allow(unused-step)'"

    assert codes(text) == ["unused-step"]


def test_useless_allowances_are_warned_of_at_the_code() -> None:
    found = check("name: x\nsteps:\n  - log: x   # braid: allow(unused-step, nothing)\n")

    assert [(each.code, each.span.text if each.span else "") for each in found] == [
        ("unused-allow", "unused-step"),
        ("unknown-allow", "nothing"),
    ]


def test_the_python_api_lints_as_the_command_does(tmp_path: Path) -> None:
    file = tmp_path / "x.braid.yaml"
    file.write_text("name: x\ninputs: {a: {type: string}}\nsteps: [{log: x}]\n")

    assert [each.code for each in braid.check(file)] == ["unused-input"]


def test_a_workflow_built_in_python_is_linted() -> None:
    built = braid.Workflow(name="x", steps=[braid.Task(kind="set", body=1), braid.Task(kind="log", body="x")])

    assert [each.code for each in check(built)] == ["unused-step"]


def test_lints_of_large_files_take_about_as_long_as_their_check() -> None:
    steps = [f"  - id: s{n}\n    http: {{url: 'http://x/{{{{ inputs.a }}}}', method: POST}}" for n in range(1500)]
    steps += [f"  - {{id: p{n}, set: 1}}" for n in range(1500)]
    text = "\n".join(["name: x", "inputs: {a: {type: string}}", "defaults: {retry: 3}", "steps:", *steps, ""])

    def seconds(lints: bool) -> float:
        began = time.process_time()
        load(text, lints=lints)
        return time.process_time() - began

    assert min(seconds(True) for _ in range(3)) < 2.5 * min(seconds(False) for _ in range(3))


def test_every_lint_says_which_code_it_gives() -> None:
    assert [lint.__name__ for lint in LINTS if not (lint.__doc__ or "").startswith("`")] == []
