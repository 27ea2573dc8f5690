"""Problems in what a person wrote: where they stand, what they are and the way out."""

from typing import TYPE_CHECKING, Any

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
from braid.diagnostics.source import Label, Source, Span
from braid.diagnostics.spelling import nearest

if TYPE_CHECKING:
    from braid.diagnostics.rendering import render_text

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


def __getattr__(name: str) -> Any:  # Any: whatever has this name
    if name != "render_text":
        raise AttributeError(f"module 'braid.diagnostics' has no attribute {name!r}")
    from braid.diagnostics.rendering import render_text  # 2 ms; a file without problems doesn't need it

    return render_text
