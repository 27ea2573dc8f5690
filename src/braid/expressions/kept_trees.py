"""Syntax trees of what was analysed a moment ago: parsing again would take most of the time of who reads them too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from braid.expressions.limits import PROGRAMS_MAX

Parsed = Any  # Any: Jinja's node and the pairs of brackets; Jinja is loaded only by who needs it


class KeptTrees:
    """Trees by source, kept only while somebody wants them: each takes some kilobytes."""

    def __init__(self) -> None:
        self._wanted = 0
        self._by_source: dict[tuple[str, bool], Parsed] = {}

    def keep(self, source: str, template: bool, parsed: Parsed) -> None:
        """Keep the tree of an expression or template, if there is room."""
        if self._wanted and len(self._by_source) < PROGRAMS_MAX:
            self._by_source[source, template] = parsed

    def get(self, source: str, template: bool) -> Parsed | None:
        """The tree, if it was kept."""
        return self._by_source.get((source, template))

    @contextmanager
    def wanted(self) -> Iterator[None]:
        """While this lasts, trees are kept."""
        self._wanted += 1
        try:
            yield
        finally:
            self._wanted -= 1
            if not self._wanted:
                self._by_source.clear()


kept_trees = KeptTrees()
"""Those of this process."""
