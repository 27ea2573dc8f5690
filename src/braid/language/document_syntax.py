"""libyaml's complaints in the words of a person who writes workflows."""

from __future__ import annotations

import yaml

from braid.diagnostics import Diagnostic, Source, Span


def explain(error: yaml.YAMLError, source: Source) -> Diagnostic:
    mark = getattr(error, "problem_mark", None)
    offset = mark.index if mark else 0
    return Diagnostic("yaml-syntax", str(getattr(error, "problem", error)), Span(source, offset, offset + 1))
