"""What generated workflows may hold, and what is known at each place while one is being written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Profile:
    """What generated workflows may hold. The default: everything whose result doesn't hang on who comes first."""

    failures: bool = True
    jumps: bool = True
    returns: bool = True
    waits: bool = False
    settles: bool = True
    pools: bool = True
    draws: bool = False
    """`uuid()` and `random()`: they follow from the run and the place, which another interpreter doesn't know."""
    moments: bool = False
    """`now()`: what it gives hangs on how long things took."""
    kinds: tuple[str, ...] = (
        "parallel",
        "parallel",
        "foreach",
        "foreach",
        "graph",
        "if",
        "switch",
        "loop",
        "try",
        "group",
        "call",
        "delay",
    )


COMPARABLE = Profile()
"""Results are the same for any limits and any order of completion."""
EVERYTHING = Profile(waits=True)
"""With waits for some branches, and handlers that ask which failure came first: compare only where every limit is 1."""
CALM = Profile(failures=False, jumps=False, returns=False)
"""Nothing fails and nothing jumps: every step of every block runs."""


@dataclass(frozen=True, slots=True)
class Known:
    """A step that an expression may name. Not certain: it may not have run, so a reference needs a default."""

    id: str
    type: str
    certain: bool = True

    @property
    def reference(self) -> str:
        return self.id if self.certain else f"({self.id} | default(0))"


@dataclass(frozen=True, slots=True)
class Place:
    """What is true where a list stands."""

    known: tuple[Known, ...] = ()
    numbers: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    depth: int = 0
    breakable: bool = False
    returnable: bool = False
    targets: tuple[str, ...] = ()

    def deeper(self, **changes: Any) -> Place:  # Any: dataclasses.replace's own
        return replace(self, depth=self.depth + 1, **changes)

    def with_numbers(self, *numbers: str) -> Place:
        return replace(self, numbers=self.numbers + numbers)

    def fenced(self) -> Place:
        """No jump leads out of here."""
        return replace(self, breakable=False, targets=(), returnable=False)
