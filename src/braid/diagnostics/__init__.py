"""Problems in what a person wrote: where they stand, what they are and the way out."""

from braid.diagnostics.diagnostic import Diagnostic, DiagnosticsError, Severity, to_json
from braid.diagnostics.limits import (
    ALIAS_NODES_MAX,
    DEPTH_MAX,
    DIAGNOSTICS_KEPT_MAX,
    DIAGNOSTICS_MAX,
    FILE_BYTES_MAX,
    INTEGER_DIGITS_MAX,
    LIMITS,
    NODES_MAX,
    SCALAR_CHARS_MAX,
    Limit,
)
from braid.diagnostics.rendering import render_text
from braid.diagnostics.source import Label, Source, Span
from braid.diagnostics.spelling import nearest

__all__ = [
    "ALIAS_NODES_MAX",
    "DEPTH_MAX",
    "DIAGNOSTICS_KEPT_MAX",
    "DIAGNOSTICS_MAX",
    "FILE_BYTES_MAX",
    "INTEGER_DIGITS_MAX",
    "LIMITS",
    "NODES_MAX",
    "SCALAR_CHARS_MAX",
    "Diagnostic",
    "DiagnosticsError",
    "Label",
    "Limit",
    "Severity",
    "Source",
    "Span",
    "nearest",
    "render_text",
    "to_json",
]
