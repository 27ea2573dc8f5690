"""Problems for programs: JSON, SARIF for code scanning, and the annotations of GitHub workflows."""

from __future__ import annotations

from collections.abc import Sequence

from braid.cli.terminal import json_text
from braid.diagnostics import Diagnostic, to_json


def formatted(found: Sequence[Diagnostic], format_: str) -> str:
    """All problems in one of the formats of `braid check --format` but `text`."""
    match format_:
        case "sarif":
            from importlib.metadata import version

            from braid.diagnostics.sarif import to_sarif

            return json_text(to_sarif(found, version("braidflow")))
        case "github":
            from braid.diagnostics.github import to_github

            return to_github(found)
        case _:
            return json_text(to_json(found))
