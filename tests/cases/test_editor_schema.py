"""The JSON Schema for editors admits what is right, and refuses every mistake that a schema can see.

A file is right to a schema when all its mistakes are of a kind that a schema can't see; which these are is written
here, by the codes that the reader gives. What is found later, with the meaning of the file, no schema sees.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from braid.diagnostics import DiagnosticsError
from braid.language.document import Document, read_document
from braid.language.reader import read_workflow
from braid.language.schema import workflow_json_schema

ROOT = Path(__file__).parents[2]
CASES = Path(__file__).parent
GOOD = sorted(
    [*ROOT.glob("examples/**/*.braid.yaml"), *CASES.glob("good/**/*.braid.yaml"), *CASES.glob("runs/*.braid.yaml")]
)
BROKEN = sorted(CASES.glob("broken_*/**/*.braid.yaml"))

UNSEEN = {
    "bad-code": "Python has a grammar of its own",
    "bad-default": "a schema can't say that one value of a file fits another",
    "default-is-constant": "a default may be any text elsewhere",
    "duplicate-id": "ids of steps at different depths can't be compared",
    "interpolation-refused": "braces in code may be an f-string's",
    "unknown-schema-keyword": "the standard takes every key for a remark",
}
"""Code of the reader → why a schema can't see such a mistake."""

VALIDATOR = jsonschema_rs.validator_for(workflow_json_schema())


def document_of(file: Path) -> Document | None:
    """The file's values; None for what isn't even YAML, about which a schema says nothing."""
    try:
        return read_document(file.read_bytes(), file.name)
    except DiagnosticsError:
        return None


READABLE = [(file, document) for file in BROKEN if (document := document_of(file))]


def codes(document: Document) -> set[str]:
    return {found.code for found in read_workflow(document)[1] if found.severity == "error"}


def name(value: Any) -> str:
    return value.name.removesuffix(".braid.yaml") if isinstance(value, Path) else ""


@pytest.mark.parametrize("file", GOOD, ids=name)
def test_it_admits_every_good_file(file: Path) -> None:
    document = document_of(file)
    assert document

    assert not [f"{each.instance_path} {each.message}" for each in VALIDATOR.iter_errors(document.root.to_value())]


@pytest.mark.parametrize(("file", "document"), READABLE, ids=name)
def test_it_refuses_exactly_the_files_with_a_mistake_that_it_can_see(file: Path, document: Document) -> None:
    seen = codes(document) - set(UNSEEN)

    told = [f"{each.instance_path} {each.message}"[:200] for each in VALIDATOR.iter_errors(document.root.to_value())]
    assert bool(told) == bool(seen), (seen, told)


@pytest.mark.parametrize(("file", "document"), READABLE, ids=name)
def test_it_refuses_exactly_the_steps_with_a_mistake_that_it_can_see(file: Path, document: Document) -> None:
    # Of a file with many mistakes one would do; so each step stands in a file of its own, too.
    values = document.root.to_value()
    steps = values.get("steps") if isinstance(values, dict) else None
    for step in steps if isinstance(steps, list) else ():
        alone = read_document(json.dumps({"name": "alone", "steps": [step]}), file.name)
        seen = codes(alone) - set(UNSEEN)

        told = [f"{each.instance_path} {each.message}"[:200] for each in VALIDATOR.iter_errors(alone.root.to_value())]
        assert bool(told) == bool(seen), (step, seen, told)


def test_both_classes_have_files_and_no_code_is_listed_in_vain() -> None:
    found = [codes(document) for _, document in READABLE]
    met = set().union(*found)

    assert len([each for each in found if each - set(UNSEEN)]) >= 40
    assert len([each for each in found if each and not each - set(UNSEEN)]) >= 3
    assert set(UNSEEN) - met <= {"unknown-schema-keyword"}
