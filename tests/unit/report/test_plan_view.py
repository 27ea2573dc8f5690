"""What `braid plan` says of a workflow."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from braid.diagnostics.terminal_text import columns
from braid.language.load import load_plan
from braid.language.plan import Plan
from braid.report.plan_tree import plan_tree, steps_of
from braid.report.plan_view import plan_json, plan_text

GOOD = sorted((Path(__file__).parents[2] / "cases" / "good").glob("*.braid.yaml"))

DIAMOND = """\
name: diamond
max_concurrency: 7
inputs: {city: {type: string}, n: {type: integer, default: 3}}
secrets: [TOKEN]
pools: {api: {limit: 2, rate: 100/1m}}
graph:
  - {id: last, set: '{{ left + right }}'}
  - {id: left, set: '{{ top + 1 }}'}
  - {id: right, set: '{{ top + 2 }}'}
  - {id: top, set: 1}
  - {id: alone, shell: echo, pool: api, timeout: 5s, retry: 2}
"""


def plan_of(text: str, folder: Path | None = None) -> Plan:
    return load_plan(text, folder=folder, name="w.braid.yaml")


def lines_of(text: str) -> list[str]:
    return plan_text(plan_of(text)).splitlines()


def test_a_graph_shows_its_waves_whatever_the_order_of_its_steps() -> None:
    assert any(line.endswith("waves: top, alone → left, right → last") for line in lines_of(DIAMOND))


def test_what_a_run_needs_stands_before_the_tree() -> None:
    lines = lines_of(DIAMOND)
    assert lines[2:6] == [
        "input   city (string; required)",
        "input   n (integer; 3 when absent)",
        "secret  TOKEN",
        "pool    api: 2 at once, 100 starts in 1m 00s",
    ]


def test_steps_that_touch_the_outside_are_marked_and_listed() -> None:
    lines = lines_of(DIAMOND)
    (alone,) = (line for line in lines if "alone  shell" in line)
    assert "up to 2 attempts (exponential from 1s), timeout 5s, pool api, acts on the outside" in alone
    assert lines[-1] == "acts on the outside: alone"
    assert lines_of("name: w\nsteps:\n  - set: 1\n")[-1] == "nothing here touches the outside"


def test_a_blocks_own_limit_is_shown_over_the_files() -> None:
    text = "name: w\nmax_concurrency: 7\nsteps:\n" + "".join(
        f"  - parallel: {{{own}branches: {{a: [{{set: 1}}], b: [{{set: 2}}]}}}}\n"
        for own in ("", "max_concurrency: 2, ")
    )
    first, second = (line for line in lines_of(text) if "parallel" in line)
    assert "2 branches, at most 7 at once" in first
    assert "2 branches, at most 2 at once" in second


def test_workflows_that_call_each_other_are_shown_once(tmp_path: Path) -> None:
    for name, other in (("a", "b"), ("b", "a")):
        (tmp_path / f"{name}.braid.yaml").write_text(
            f"name: {name}\nsteps:\n  - set: 1\n  - if: 'false'\n    call: {{workflow: {other}.braid.yaml}}\n"
        )

    text = plan_text(load_plan(tmp_path / "a.braid.yaml"))
    assert text.count("set-1") == 2
    assert text.count("call") == 2


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.name.partition(".")[0])
def test_every_kind_of_step_has_its_line_and_its_json(path: Path) -> None:
    plan = load_plan(path)

    keys = [step.node.key for step in steps_of(plan_tree(plan))]
    text, document = plan_text(plan), json.dumps(plan_json(plan))
    assert keys
    for key in keys:
        assert f"─ {key}" in text
        assert f'"key": "{key}"' in document
    assert all(columns(line) <= 40 for line in plan_text(plan, 40).splitlines())


def test_json_names_kind_line_limits_and_effect() -> None:
    (graph,) = plan_json(plan_of(DIAMOND))["steps"]
    (alone,) = (step for step in graph["bodies"][0]["steps"] if step["key"] == "alone")
    assert graph["max_concurrency"] == 7
    assert (alone["kind"], alone["line"], alone["effect"], alone["timeout"]) == ("shell", 11, "writes", "5s")
    assert alone["retry"]["attempts"] == 2


def test_structures_with_expressions_are_shown_as_they_were_written() -> None:
    text = "name: w\ninputs: {n: {type: integer}}\nsteps:\n  - return: {a: ['{{ inputs.n }}', 2]}\n"
    assert any('return-1, value {"a": ["{{ inputs.n }}", 2]}' in line for line in lines_of(text))
