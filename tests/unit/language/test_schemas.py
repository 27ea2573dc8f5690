"""JSON Schema of inputs and outputs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from braid.language.schemas import ERRORS_MAX, JsonSchema, SchemaError


def test_each_error_names_its_place() -> None:
    schema = JsonSchema({"type": "object", "properties": {"rows": {"items": {"type": "integer"}}}, "required": ["id"]})

    assert schema.errors({"rows": [1, "two"]}) == [
        '"id" is a required property',
        'at `rows[1]`: "two" is not of type "integer"',
    ] or schema.errors({"rows": [1, "two"]}) == [
        'at `rows[1]`: "two" is not of type "integer"',
        '"id" is a required property',
    ]


@pytest.mark.parametrize("value", [date(2026, 1, 5), b"bytes", {"deep": [date(2026, 1, 5)]}, Decimal("1.5"), 10**30])
def test_values_that_json_lacks_are_seen_as_json_writes_them(value: object) -> None:
    assert JsonSchema(True).errors(value) == []
    assert JsonSchema({"type": "null"}).errors(value) != []


def test_a_date_is_text() -> None:
    assert JsonSchema({"type": "string", "format": "date"}).errors(date(2026, 1, 5)) == []


def test_a_schema_that_is_none_is_refused_with_its_place() -> None:
    with pytest.raises(SchemaError) as caught:
        JsonSchema({"properties": {"a": {"type": "text"}}}).compile()

    assert caught.value.path == ("properties", "a", "type")


@pytest.mark.parametrize("reference", ["http://127.0.0.1:9/schema.json", "file:///etc/hostname"])
def test_nothing_is_fetched_for_a_reference(reference: str) -> None:
    with pytest.raises(SchemaError):
        JsonSchema({"$ref": reference}).compile()


def test_errors_and_their_texts_are_bounded() -> None:
    errors = JsonSchema({"items": {"type": "integer"}}).errors(["x" * 10_000] * 1_000)

    assert len(errors) == ERRORS_MAX + 1
    assert max(map(len, errors)) < 300
