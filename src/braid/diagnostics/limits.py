"""The limits of what is read from a workflow file (law 10), each written once."""

from __future__ import annotations

from typing import Final

import msgspec


class Limit(msgspec.Struct, frozen=True):
    """A bound with a name, a default and a unit, as the reference lists it."""

    name: str
    default: int
    unit: str
    meaning: str


FILE_BYTES_MAX: Final = 32 * 1024 * 1024
SCALAR_CHARS_MAX: Final = 1024 * 1024
# Low enough that every later stage may walk a document by plain recursion.
DEPTH_MAX: Final = 100
NODES_MAX: Final = 500_000
ALIAS_NODES_MAX: Final = 200_000
INTEGER_DIGITS_MAX: Final = 1_000
DIAGNOSTICS_KEPT_MAX: Final = 1_000
DIAGNOSTICS_MAX: Final = 100

LIMITS: Final = (
    Limit("FILE_BYTES_MAX", FILE_BYTES_MAX, "bytes", "size of one workflow file"),
    Limit("SCALAR_CHARS_MAX", SCALAR_CHARS_MAX, "characters", "length of one text in a file"),
    Limit("DEPTH_MAX", DEPTH_MAX, "levels", "nesting of lists and mappings, aliases followed"),
    Limit("NODES_MAX", NODES_MAX, "nodes", "keys, values, lists and mappings of one file"),
    Limit("ALIAS_NODES_MAX", ALIAS_NODES_MAX, "nodes", "nodes that aliases repeat, counted at each use"),
    Limit("INTEGER_DIGITS_MAX", INTEGER_DIGITS_MAX, "digits", "length of one whole number in a file"),
    Limit("DIAGNOSTICS_KEPT_MAX", DIAGNOSTICS_KEPT_MAX, "diagnostics", "problems after which reading ends"),
    Limit("DIAGNOSTICS_MAX", DIAGNOSTICS_MAX, "diagnostics", "problems shown as text; the rest is counted"),
)
