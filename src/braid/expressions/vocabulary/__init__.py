"""The filters and tests of the language. Importing a module registers what it defines."""

from braid.expressions.vocabulary import (
    checks,
    codecs,
    lists,
    mappings,
    numbers,
    paths,
    regexes,
    selection,
    texts,
    times,
)
from braid.expressions.vocabulary.registry import FILTERS, TESTS, Entry

__all__ = [
    "FILTERS",
    "TESTS",
    "Entry",
    "checks",
    "codecs",
    "lists",
    "mappings",
    "numbers",
    "paths",
    "regexes",
    "selection",
    "texts",
    "times",
]
