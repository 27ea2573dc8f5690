"""Why a run was not started."""

from __future__ import annotations

from collections.abc import Sequence


class InputsError(ValueError):
    """What was given for a run doesn't fit what the workflow takes; nothing ran.

    Attributes:
        problems: All of them, a line each.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class SecretsError(ValueError):
    """Declared secrets are missing or can't be used; nothing ran.

    Attributes:
        problems: All of them, a line each, with names and never values.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class ResumeError(ValueError):
    """A run can't go on as it was asked to; nothing ran. The message says why, and the way out."""
