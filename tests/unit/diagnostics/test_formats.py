"""Diagnostics for code scanning (SARIF) and for GitHub workflows."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest

from braid.diagnostics import Diagnostic, Label, Source, Span
from braid.diagnostics.fix import Edit, Fix
from braid.diagnostics.github import to_github
from braid.diagnostics.sarif import to_sarif

SOURCE = Source("flows/a b.braid.yaml", "name: x\nsteps:\n  - log: {{ y }}\n")
SPAN = Span(SOURCE, SOURCE.text.index("{{"), SOURCE.text.index("}}") + 2)
FULL = Diagnostic(
    "unquoted-expression", "100% wrong\r\nhere", SPAN, label="at: this, place", help="write it", notes=("a note",),
    related=(Label(Span(SOURCE, 0, 4), "first"),), fix=Fix("put quotes", (Edit(SPAN, '"{{ y }}"'),)),
)  # fmt: skip
BARE = Diagnostic("no-such-file", "there is none", None, severity="warning")


def of(**properties: Any) -> dict[str, Any]:  # Any: JSON Schema
    """An object with all of these properties; a name that ends in `_` is optional."""
    named = {name.rstrip("_").replace("schema", "$schema"): schema for name, schema in properties.items()}
    required = [name.replace("schema", "$schema") for name in properties if not name.endswith("_")]
    return {"type": "object", "required": required, "properties": named, "additionalProperties": False}


def some(item: dict[str, Any], least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": item, "minItems": least}


TEXT = {"type": "string", "minLength": 1}
COUNT = {"type": "integer", "minimum": 1}
MESSAGE = of(text=TEXT, markdown_=TEXT)
REGION = of(startLine=COUNT, startColumn=COUNT, endLine=COUNT, endColumn=COUNT)
ARTIFACT = of(uri={"type": "string", "format": "uri-reference", "pattern": "^[^ <>]+$"})
PLACE = of(artifactLocation=ARTIFACT, region=REGION)
REPLACEMENT = of(deletedRegion=REGION, insertedContent=of(text={"type": "string"}))
CHANGE = of(artifactLocation=ARTIFACT, replacements=some(REPLACEMENT, 1))
RESULT = of(
    ruleId=TEXT,
    ruleIndex={"type": "integer", "minimum": 0},
    level={"enum": ["none", "note", "warning", "error"]},
    message=MESSAGE,
    locations_=some(of(physicalLocation=PLACE, message_=MESSAGE)),
    relatedLocations_=some(of(id={"type": "integer", "minimum": 0}, physicalLocation=PLACE, message=MESSAGE)),
    fixes_=some(of(description=MESSAGE, artifactChanges=some(CHANGE, 1))),
)
RULE = of(id=TEXT, name=TEXT, shortDescription_=MESSAGE, fullDescription_=MESSAGE, help_=MESSAGE)
RUN = of(
    tool=of(driver=of(name=TEXT, version=TEXT, rules=some(RULE))),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    results=some(RESULT),
)
SARIF = of(schema={"type": "string", "format": "uri"}, version={"const": "2.1.0"}, runs=some(RUN, 1))
"""What section 3 of the standard asks for, of the parts that are used here."""


@pytest.mark.parametrize("found", [[], [FULL], [BARE], [FULL, BARE, FULL]])
def test_sarif_has_the_structure_that_the_standard_asks_for(found: list[Diagnostic]) -> None:
    document = json.loads(json.dumps(to_sarif(found, "1.2.3")))

    errors = jsonschema_rs.Draft202012Validator(SARIF, validate_formats=True).iter_errors(document)
    assert [(list(error.instance_path), error.message) for error in errors] == []


def test_each_sarif_result_points_to_its_rule() -> None:
    (run,) = to_sarif([FULL, BARE], "1")["runs"]

    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["no-such-file", "unquoted-expression"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    assert rules[1]["shortDescription"]["text"] == "A value that begins with `{{` is not quoted."
    assert "Right:\n\n```yaml" in rules[1]["help"]["markdown"]


def test_sarif_gives_places_in_characters_and_names_as_uris() -> None:
    (run,) = to_sarif([FULL], "1")["runs"]
    place = run["results"][0]["locations"][0]["physicalLocation"]

    assert place["artifactLocation"]["uri"] == "flows/a%20b.braid.yaml"
    assert place["region"] == {"startLine": 3, "startColumn": 10, "endLine": 3, "endColumn": 17}


def test_a_github_command_has_the_place_and_all_that_is_said() -> None:
    assert to_github([FULL]) == (
        "::error file=flows/a b.braid.yaml,line=3,endLine=3,col=10,endColumn=17,title=braid%3A unquoted-expression::"
        "100%25 wrong%0D%0Ahere%0Aat: this, place%0Afirst (flows/a b.braid.yaml:1:1)%0Anote: a note%0Ahelp: write it"
    )


def test_a_github_command_escapes_what_would_end_a_property() -> None:
    source = Source("a,b:c%d\n.yaml", "x")

    shown = to_github([Diagnostic("c", "m", Span(source, 0, 1))])
    assert shown.startswith("::error file=a%2Cb%3Ac%25d%0A.yaml,line=1,")
    assert "\n" not in shown


def test_a_github_command_without_a_place_has_a_title_only() -> None:
    assert to_github([BARE]) == "::warning title=braid%3A no-such-file::there is none"


def test_a_place_of_several_lines_has_no_columns_on_github() -> None:
    shown = to_github([Diagnostic("c", "m", Span(SOURCE, 0, 12))])

    assert "line=1,endLine=2,title" in shown
