"""The JSON Schema for editors agrees with the reader on what a workflow looks like."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from sample_kinds import Sample, sample_registry
from test_reader_dump import workflows

from braid.language import ast
from braid.language.document import read_document
from braid.language.dump import to_values
from braid.language.schema import workflow_json_schema
from braid.language.task_kind import TaskFields, TaskRegistry, registry

ROOT = Path(__file__).parents[3]
SCHEMA = workflow_json_schema(sample_registry())
VALIDATOR = jsonschema_rs.validator_for(SCHEMA)
GOOD = sorted([*ROOT.glob("examples/**/*.braid.yaml"), *ROOT.glob("tests/cases/good/**/*.braid.yaml")])


class Nested(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    key: str


class OtherFields(TaskFields):
    nested: Nested


class Other(Sample):
    name = "other"
    fields = OtherFields
    summary = "Has a `Nested` of its own, as `web` has."


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
        {"note": "hi", "timeout": "1h30m"},
        {"note": "hi", "timeout": "PT1H"},
        {"note": "hi", "timeout": "{{ inputs.t }}"},
        {"note": "hi", "timeout": 0},
        {"foreach": {"items": [1], "steps": [{"note": "a"}], "tolerate": "10%", "settle": True}},
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
        {"note": "hi", "id": "item"},
        {"note": "hi", "needs": "a"},
        {"note": "hi", "else": [{"note": "a"}]},
        {"note": "hi", "timeout": "30"},
        {"note": "hi", "timeout": "5s3m"},
        {"note": "hi", "fallback": {}},
        {"note": "hi", "schema": {"type": "text"}},
        {"steps": [{"note": "a"}], "pool": "p"},
        {"foreach": {"items": [1], "steps": [{"note": "a"}], "tolerate": 1}},
        {"web": {"url": "http://x", "headers": "{{ a }} and more"}},
    ],
    ids=str,
)
def test_it_refuses(step: dict[str, Any]) -> None:
    assert not fits(step)


def test_every_installed_kind_is_described_with_an_example_that_fits() -> None:
    schema = workflow_json_schema()
    definitions = schema["$defs"]

    assert registry.names()
    for name in registry.names():
        kind = definitions[f"kind_{name}"]
        assert kind["description"] == registry.get(name).summary
        assert "```yaml" in kind["markdownDescription"]
        assert definitions["step"]["properties"][name] == {"$ref": f"#/$defs/kind_{name}"}
        validator = jsonschema_rs.validator_for({"$ref": f"#/$defs/kind_{name}", "$defs": definitions})
        assert kind["examples"]
        assert all(validator.is_valid(example) for example in kind["examples"])


def test_everything_that_it_refers_to_is_in_it() -> None:
    # An editor must fetch nothing.
    schema = workflow_json_schema()
    references = set(re.findall(r'"\$ref": "([^"]*)"', json.dumps(schema)))

    assert references
    for reference in references:
        found = schema
        assert reference.startswith("#/")
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]


def test_every_key_is_described() -> None:
    def undescribed(schema: Any, place: str) -> Iterator[str]:
        if isinstance(schema, dict):
            for key, value in (schema.get("properties") or {}).items():
                named = isinstance(value, dict) and ("description" in value or "$ref" in value)
                if schema.get("additionalProperties") is False and not named:
                    yield f"{place}/{key}"
            for key, value in schema.items():
                yield from undescribed(value, f"{place}/{key}")

    assert not list(undescribed(workflow_json_schema(), ""))


def test_structs_of_one_name_keep_apart() -> None:
    kinds = {kind.name: kind for kind in (Other(), sample_registry().get("web"))}

    definitions = workflow_json_schema(TaskRegistry(added=kinds))["$defs"]

    assert {frozenset(definitions[name]["properties"]) for name in ("Nested", "Nested_")} == {
        frozenset({"key"}),
        frozenset({"token", "header"}),
    }
