"""JSON Schema of inputs and outputs, over jsonschema-rs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from braid.language.task_kind import Value

ERRORS_MAX = 20
"""Errors told for one value; the rest are counted."""

VALUE_CHARS_MAX = 200
"""Characters of an error's text: a message quotes the value, which may be a whole file."""


class SchemaError(Exception):
    """The schema itself is wrong.

    Attributes:
        message: What.
        path: Where in the schema.
    """

    def __init__(self, message: str, path: tuple[str | int, ...]) -> None:
        super().__init__(message)
        self.message = message
        self.path = path


Path = tuple[str | int, ...]


class JsonSchema:
    """A JSON Schema (draft 2020-12 unless `$schema` says otherwise), compiled when it is first used.

    `$ref` reaches into the schema itself only: a check must neither fetch nor read files. `default` is ignored, and
    formats are checked (`format: email`). Regular expressions run in linear time or under a backtracking limit.
    """

    __slots__ = ("_validator", "definition")

    def __init__(self, definition: dict[str, Value] | bool) -> None:
        self.definition = definition
        self._validator: Any = None  # Any: a jsonschema_rs validator, whose import is put off

    def errors(self, value: Value) -> list[str]:
        """What is wrong with the value, each with its place inside; empty when it fits.

        Dates are seen as ISO 8601 text and bytes as Base64 text, as in JSON.

        Raises:
            SchemaError: The schema itself is wrong; a checked file has none such.
        """
        return [text for _, text in self.placed_errors(value)]

    def placed_errors(self, value: Value) -> list[tuple[Path, str]]:
        """As `errors`, each with the keys and indexes that lead to its place.

        Raises:
            SchemaError: As `errors`.
        """
        try:
            errors = self._compiled().iter_errors(_as_json(value))
            found = [(tuple(error.instance_path), _described(error)) for error in errors]
        except (ValueError, RecursionError) as error:
            return [((), f"the value can't be checked: {error}")]
        if len(found) > ERRORS_MAX:
            return [*found[:ERRORS_MAX], ((), f"{len(found) - ERRORS_MAX} more")]
        return found

    def compile(self) -> None:
        """Make sure that the schema is one.

        Raises:
            SchemaError: It isn't.
        """
        self._compiled()

    def _compiled(self) -> Any:
        if self._validator is None:
            import jsonschema_rs  # 40 ms and more: only files that use schemas pay

            try:
                self._validator = jsonschema_rs.validator_for(
                    self.definition,
                    validate_formats=True,
                    offline=True,
                )
            except jsonschema_rs.ValidationError as error:
                raise SchemaError(_shortened(error.message), tuple(error.instance_path)) from None
            except (ValueError, RecursionError, jsonschema_rs.ReferencingError) as error:
                raise SchemaError(_shortened(str(error)), ()) from None
        return self._validator


def _described(error: Any) -> str:  # Any: jsonschema_rs.ValidationError
    place = _place(error.instance_path)
    message = _shortened(error.message)
    return f"at `{place}`: {message}" if place else message


def _place(path: Iterable[str | int]) -> str:
    text = ""
    for key in path:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
    return text


def _shortened(text: str) -> str:
    return text if len(text) <= VALUE_CHARS_MAX else f"{text[: VALUE_CHARS_MAX // 2]} … {text[-VALUE_CHARS_MAX // 2 :]}"


def _as_json(value: Value) -> Value:
    """The value as JSON would hold it; the value itself when nothing in it differs from JSON."""
    if isinstance(value, dict):
        return {str(key): _as_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_as_json(item) for item in value]
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, bytes):
        from base64 import b64encode

        return b64encode(value).decode()
    if isinstance(value, Decimal) and not value.is_finite():
        return str(value)
    return value
