"""What a workload is given: a folder of its own, and how often to measure."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import braid

REPETITIONS_OF_LONG_MAX = 3
"""What takes tens of seconds is not repeated more often: the whole table must come within ten minutes."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Attributes:
    folder: Has the module of the steps.
    repetitions: Of what is short.
    quick: Leave out what takes long.
    """

    folder: Path
    repetitions: int = 7
    quick: bool = False

    @property
    def repetitions_of_long(self) -> int:
        """Of what takes tens of seconds."""
        return min(self.repetitions, REPETITIONS_OF_LONG_MAX)

    def plan(self, name: str, text: str) -> braid.Plan:
        """A workflow file in the folder, loaded."""
        path = self.folder / f"{name}.braid.yaml"
        path.write_text(text)
        return braid.load(path)

    def in_memory(self, plan: braid.Plan) -> Callable[[], braid.RunResult]:
        """Its whole run without a journal, start and end included."""
        return lambda: braid.run(plan, env={}, no_journal=True, raise_on_failure=True)

    def journaled(self, plan: braid.Plan, durability: str) -> Callable[[], braid.RunResult]:
        """Its whole run with a new journal."""

        def run() -> braid.RunResult:
            return braid.run(plan, env={}, state=self.state, durability=durability, raise_on_failure=True)

        return run

    @property
    def state(self) -> Path:
        """The folder of the journal."""
        return self.folder / "state"

    def forget(self) -> None:
        """Delete the journal."""
        shutil.rmtree(self.state, ignore_errors=True)
