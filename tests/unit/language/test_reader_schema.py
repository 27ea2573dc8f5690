"""The JSON Schema for editors agrees with the reader on what a workflow looks like."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from sample_kinds import sample_registry
from test_reader_dump import workflows

from braid.language import ast
from braid.language.document import read_document
from braid.language.dump import to_values
from braid.language.schema import workflow_json_schema
from braid.language.task_kind import registry

ROOT = Path(__file__).parents[3]
SCHEMA = workflow_json_schema(sample_registry())
VALIDATOR = jsonschema_rs.validator_for(SCHEMA)
GOOD = sorted([*ROOT.glob("examples/**/*.braid.yaml"), *ROOT.glob("tests/cases/good/**/*.braid.yaml")])


def fits(step: dict[str, Any]) -> bool:
    return VALIDATOR.is_valid({"name": "x", "steps": [step]})


def test_it_is_a_json_schema() -> None:
    jsonschema_rs.meta.validate(SCHEMA)
    jsonschema_rs.meta.validate(workflow_json_schema())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(workflows())
def test_it_admits_every_workflow_that_the_reader_admits(workflow: ast.Workflow) -> None:
    errors = [f"{error.instance_path} {error.message}" for error in VALIDATOR.iter_errors(to_values(workflow))]

    assert not errors


@pytest.mark.parametrize("file", GOOD, ids=lambda file: file.name)
def test_it_admits_every_good_file(file: Path) -> None:
    document = read_document(file.read_text(encoding="utf-8"), file.name)

    errors = list(jsonschema_rs.validator_for(workflow_json_schema()).iter_errors(document.root.to_value()))

    assert not [f"{error.instance_path} {error.message}" for error in errors]


@pytest.mark.parametrize(
    "step",
    [
        {"web": {"url": "http://x"}},
        {"web": {"url": "{{ x }}", "tries": "{{ n }}", "codes": "{{ codes }}", "headers": {"a": "{{ b }}"}}},
        {"note": "hi"},
        {"note": {"text": "hi", "level": "{{ l }}"}},
        {"put": {"a": [1]}},
        {"each_item": {"items": [1], "where": "item > 1"}},
        {"try": {"steps": [{"note": "a"}], "catch": {"steps": [{"note": "b"}]}}},
        {"if": "x", "then": [{"note": "a"}], "else": [{"note": "b"}]},
        {"graph": [{"note": "a", "needs": "b"}]},
        {"break": None},
        {"goto": "a"},
    ],
    ids=str,
)
def test_it_admits(step: dict[str, Any]) -> None:
    assert fits(step)


@pytest.mark.parametrize(
    "step",
    [
        {"web": {}},
        {"web": {"url": "http://x", "tries": 9}},
        {"web": {"url": "http://x", "method": "FETCH"}},
        {"web": {"url": "http://x", "colour": "red"}},
        {"note": "hi", "put": 1},
        {"note": "hi", "timeout": "soon"},
        {"note": "hi", "retry": {"attempts": 0}},
        {"note": "hi", "id": "a-b"},
        {"unheard": 1},
        {"then": [{"note": "a"}]},
        {"parallel": {"branches": [], "wait": 0}},
        {"parallel": {"branches": [[]]}},
        {"code": {}},
    ],
    ids=str,
)
def test_it_refuses(step: dict[str, Any]) -> None:
    assert not fits(step)


def test_every_installed_kind_has_its_shape_with_a_description() -> None:
    definitions = workflow_json_schema()["$defs"]

    assert registry.names()
    for name in registry.names():
        if f"step_{name}" in definitions:
            assert definitions[f"step_{name}"]["properties"][name]["description"]
