"""An answer to one question about a run, for people and for programs."""

from __future__ import annotations

from typing import Any

import msgspec

from braid.report.progress_view import Line


class Answer(msgspec.Struct, frozen=True):
    """One answer.

    Attributes:
        question: `failed`, `cancelled`, `skipped`, `retried`, `fallback`, `kept`, `rerun`, `blocked`, `slow`.
        lines: The answer for people; it needs no heading.
        data: The answer for programs.
    """

    question: str
    lines: list[Line]
    data: dict[str, Any]  # Any: JSON

    def to_json(self) -> dict[str, Any]:  # Any: JSON
        """An element of `answers` in `why --json`."""
        return {"question": self.question, **self.data}
