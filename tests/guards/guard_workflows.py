"""Workflows of steps that do nothing, or waste something on purpose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import braid

LIMIT = 100
MODULE = """\
kept = []


async def noop():
    pass


def nothing():
    pass


async def five_calls_more():
    nothing()
    nothing()
    nothing()
    nothing()
    nothing()


async def calls_that_grow():
    kept.append(None)
    for _ in range(len(kept) // 20):
        nothing()


async def large():
    kept.append(None)
    return str(len(kept)).zfill(1_000)
"""


def chain(steps: int, function: str = "noop") -> list[str]:
    """One list."""
    return ["steps:", *(f"  - {_step(function)}" for _ in range(steps))]


def parallel(branches: int, function: str = "noop", limit: int = LIMIT) -> list[str]:
    """One block with a branch for each step."""
    head = ["steps:", "  - parallel:", f"      max_concurrency: {limit}", "      branches:"]
    return [*head, *(f"        - [{{{_step(function)}}}]" for _ in range(branches))]


def foreach(items: int, function: str = "noop", limit: int = LIMIT, collect: str = "list") -> list[str]:
    """One block with an item for each step."""
    head = ["steps:", "  - foreach:", f"      items: '{{{{ range({items}) }}}}'", f"      max_concurrency: {limit}"]
    return [*head, f"      collect: {collect}", "      steps:", f"        - {_step(function)}"]


def graph(steps: int, function: str = "noop") -> list[str]:
    """Each step needs two of those before it."""
    lines = ["graph:", f"  max_concurrency: {LIMIT}", "  steps:"]
    for number in range(steps):
        needs = sorted({f"n{before}" for before in (number // 2, number - 7) if 0 <= before < number})
        lines.append(f"    - {{id: n{number}, needs: [{', '.join(needs)}], {_step(function)}}}")
    return lines


def referring(steps: int) -> list[str]:
    """Each step refers to the one before it."""
    later = (f'  - {{id: s{n}, set: "{{{{ s{n - 1} + 1 }}}}"}}' for n in range(1, steps))
    return ["steps:", "  - {id: s0, set: 0}", *later]


Shape = Callable[..., Sequence[str]]


def written(folder: Path, lines: Sequence[str]) -> Path:
    """A workflow file, beside the module of its steps."""
    (folder / "guarded.py").write_text(MODULE)
    path = folder / "guarded.braid.yaml"
    path.write_text("\n".join(["name: guarded", *lines, ""]))
    return path


def run(plan: braid.Plan) -> None:
    """In memory."""
    braid.run(plan, env={}, no_journal=True, raise_on_failure=True)


def _step(function: str) -> str:
    return f'python: {{call: "guarded:{function}"}}'
