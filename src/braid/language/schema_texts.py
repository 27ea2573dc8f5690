"""What a JSON Schema can say of text in a workflow file: names, durations, expressions."""

from __future__ import annotations

from typing import Any, Final

from braid.language.names import EXPRESSION_WORDS, NAME_CHARS_MAX, RESERVED
from braid.language.text_formats import ITEM_NAMES

Schema = dict[str, Any]  # Any: a JSON Schema is a JSON object

_NUMBER = r"\d+(\.\d+)?\s*"
_UNITS = "".join(rf"({_NUMBER}{unit}\s*)?" for unit in ("w", "d", "h", "m", "s", "ms"))


def _iso(units: str) -> str:
    return "".join(rf"(\d+([.,]\d+)?[{unit}{unit.lower()}])?" for unit in units)


_DURATION = rf"(0+|(?=\d){_UNITS}|[Pp](?=[Tt]?\d){_iso('WD')}([Tt](?=\d){_iso('HMS')})?)"

EXPRESSION: Final = {"$ref": "#/$defs/expression"}
LONE_EXPRESSION: Final = {"$ref": "#/$defs/lone_expression"}


def name(pattern: str, **more: Any) -> Schema:  # Any: keywords of JSON Schema
    return {"type": "string", "pattern": pattern, "maxLength": NAME_CHARS_MAX, **more}


def identifier(*, taken: frozenset[str] = RESERVED) -> Schema:
    return name(
        "^[a-z_][a-z0-9_]*$",
        **{"not": {"enum": sorted(taken | EXPRESSION_WORDS)}},
        errorMessage="use lower-case letters, digits and `_`, no digit first",
    )


STEP_ID: Final = identifier()
NAME: Final = name("^[A-Za-z_][A-Za-z0-9_]*$", errorMessage="use letters, digits and `_`, no digit first")
POOL_NAME: Final = name("^[A-Za-z_][A-Za-z0-9_-]*$", errorMessage="use letters, digits, `_` and `-`, no digit first")
BRANCH_NAME: Final = name(r"^[^\s/~]([^/~]*[^\s/~])?$", errorMessage="give it a name without `/` and `~`")

FORMATS: Final[dict[str, Schema]] = {
    "expression": {"type": "string", "pattern": r"\S"},
    "braced": EXPRESSION,
    "identifier": identifier(taken=RESERVED - ITEM_NAMES),
    "percentage": {
        "type": "string",
        "pattern": r"^\s*(0*100(\.0+)?|\d{1,2}(\.\d+)?)\s*%\s*$",
        "examples": ["10%"],
        "errorMessage": "write a percentage: `10%`",
    },
    "rate": {
        "type": "string",
        "pattern": rf"^\s*0*[1-9]\d*\s*/\s*{_DURATION}\s*$",
        "examples": ["100/1m"],
        "errorMessage": "write a rate: `100/1m`",
    },
    "path": {"type": "string", "pattern": r"\S"},
    "duration": {"$ref": "#/$defs/duration"},
}
"""Format → what text of it looks like."""

DEFINITIONS: Final[dict[str, Schema]] = {
    "expression": {"type": "string", "pattern": r"\{\{", "description": "Text with `{{ … }}`."},
    "lone_expression": {
        "type": "string",
        "pattern": r"^\s*\{\{[\s\S]*\}\}\s*$",
        "description": "One `{{ … }}`, whose value keeps its type.",
    },
    "duration": {
        "anyOf": [
            {
                "type": "string",
                "pattern": rf"^\s*{_DURATION}\s*$",
                "examples": ["250ms", "30s", "5m", "1h30m", "2d"],
                "errorMessage": "write a duration: `250ms`, `30s`, `5m`, `1h30m`, `2d`, or ISO 8601",
            },
            EXPRESSION,
            {"const": 0},
        ],
    },
}
"""Those of `FORMATS` and of expressions that stand under `$defs`. `errorMessage` is for editors only."""


def single_word(words: tuple[str, ...]) -> Schema:
    """An expression, but no single word that isn't one of these: that would be a slip."""
    return {"anyOf": [{"enum": list(words)}, {"type": "string", "pattern": r"\S", "not": {"pattern": r"^\s*\w+\s*$"}}]}


def described(schema: Schema, text: str, markdown: str = "") -> Schema:
    """The schema with a description. Editors show `description` as plain text where it isn't taken for Markdown."""
    if not text:
        return dict(schema)
    shown = {"description": text}
    if markdown or "`" in text:
        shown["markdownDescription"] = markdown or text
    return {**shown, **schema}
