"""Secrets: where their values come from, and how they are kept out of everything that is kept."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from msgspec.structs import replace

from braid.execution.refusals import SecretsError
from braid.machine.outcome import Failure

Value = Any  # see braid.language.task_kind.Value

SECRET_CHARS_MIN = 4
"""A shorter secret can't be masked without tearing ordinary words apart."""

MASK = "***"


def resolve_secrets(
    names: Iterable[str],
    given: Mapping[str, str],
    environment: Mapping[str, str],
    folder: Path,
    secrets_dir: Path | None = None,
) -> dict[str, str]:
    """The values of the declared secrets: as given, else of the environment, else of `.env`, else of a file.

    Args:
        folder: The workflow's folder, where `.env` may lie.
        secrets_dir: Holds one file a secret, named like it (as Docker and Kubernetes mount them); one newline at its
            end isn't part of the secret.

    Raises:
        SecretsError: Names all that are missing or too short.
    """
    wanted = list(dict.fromkeys(names))
    found: dict[str, str] = {}
    for source in (given, environment):
        found.update({name: source[name] for name in wanted if name not in found and name in source})
    if len(found) < len(wanted):
        found = {**_dotenv(folder / ".env", wanted), **found}
    if secrets_dir is not None:
        for name in wanted:
            if name not in found and (secrets_dir / name).is_file():
                found[name] = (secrets_dir / name).read_text("utf-8").removesuffix("\n").removesuffix("\r")
    problems = [problem for name in wanted if (problem := _problem(name, found.get(name)))]
    if problems:
        raise SecretsError(problems)
    return found


def _dotenv(path: Path, wanted: list[str]) -> dict[str, str]:
    if not path.is_file():
        return {}
    from dotenv import dotenv_values

    values = dotenv_values(path, interpolate=False)
    return {name: value for name in wanted if (value := values.get(name)) is not None}


def _problem(name: str, value: str | None) -> str:
    if not value:
        return (
            f"the secret `{name}` has no value: set the environment variable {name}, or write {name}=… into `.env` "
            "beside the workflow"
        )
    if len(value) < SECRET_CHARS_MIN:
        return (
            f"the secret `{name}` is shorter than {SECRET_CHARS_MIN} characters: it couldn't be kept out of reports "
            "without tearing ordinary words apart"
        )
    return ""


class Masker:
    """Replaces the values of secrets by `***`, in texts, bytes, keys and whatever holds them.

    The common disguises are known too: percent-encoded, base64 (as in basic authentication, when it stands alone), and
    escaped as in JSON.
    """

    def __init__(self, secrets: Mapping[str, str]) -> None:
        disguises = {form for value in secrets.values() for form in _forms(value) if len(form) >= SECRET_CHARS_MIN}
        longest_first = sorted(disguises, key=len, reverse=True)
        self._text = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None
        self._bytes = (
            re.compile(b"|".join(re.escape(form.encode("utf-8", "surrogateescape")) for form in longest_first))
            if longest_first
            else None
        )

    @property
    def active(self) -> bool:
        """There is something to mask."""
        return self._text is not None

    def text(self, text: str) -> str:
        """The text without secrets."""
        return text if self._text is None else self._text.sub(MASK, text)

    def value(self, value: Value) -> Value:
        """The value without secrets; containers that hold some are copied, others are the same object."""
        if self._text is None or self._bytes is None:
            return value
        match value:
            case str():
                return self._text.sub(MASK, value)
            case bytes():
                return self._bytes.sub(MASK.encode(), value)
            case list():
                return [self.value(item) for item in value]
            case dict():
                return {self.value(key): self.value(item) for key, item in value.items()}
            case _:
                return value

    def failure(self, failure: Failure) -> Failure:
        """The failure, its causes and details, without secrets."""
        if self._text is None:
            return failure
        return replace(
            failure,
            message=self.text(failure.message),
            details=self.value(dict(failure.details)),
            cause=self.failure(failure.cause) if failure.cause else None,
            errors=tuple(self.failure(error) for error in failure.errors),
            seen=tuple(replace(each, value=self.value(each.value)) for each in failure.seen),
        )


def _forms(secret: str) -> set[str]:
    raw = secret.encode("utf-8", "surrogateescape")
    return {
        secret,
        quote(raw, safe=""),
        quote(raw),
        quote_plus(raw),
        base64.b64encode(raw).decode().rstrip("="),
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
    }
