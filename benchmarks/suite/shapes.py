"""The workflows that are measured, as texts of files, and the steps they call."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path

LIMIT = 100
ASYNC = "bench_steps:noop"
SYNC = "bench_steps:blocking_noop"
MODULE = """\
import asyncio
import os
import time


async def noop():
    pass


def blocking_noop():
    pass


async def sleep(seconds):
    await asyncio.sleep(seconds)


def blocking_sleep(seconds):
    time.sleep(seconds)


def last():
    if os.environ.get("BENCH_DIES"):
        os._exit(9)
"""
"""The module `bench_steps` of the workflow's folder."""

Parents = Mapping[str, Sequence[str]]
"""A graph: step → the steps it needs, each of which comes before it."""


def write_steps(folder: Path) -> None:
    """Put the steps where workflows of this folder find them."""
    (folder / "bench_steps.py").write_text(MODULE)


def step(call: str = ASYNC) -> str:
    """A step that does nothing."""
    return f'python: {{call: "{call}"}}'


def chain(steps: int, call: str = ASYNC) -> str:
    """One list."""
    return "\n".join(["name: chain", "steps:", *(f"  - {step(call)}" for _ in range(steps))])


def parallel(branches: int, steps: int = 1, limit: int = LIMIT, call: str = ASYNC) -> str:
    """One block."""
    head = ["name: parallel", "steps:", "  - parallel:", f"      max_concurrency: {limit}", "      branches:"]
    branch = ", ".join(f"{{{step(call)}}}" for _ in range(steps))
    return "\n".join([*head, *(f"        - [{branch}]" for _ in range(branches))])


def foreach(items: int, limit: int = LIMIT, call: str = ASYNC, collect: str = "list", then: str = "") -> str:
    """One block with an item for each step.

    Args:
        then: A step after it.
    """
    head = ["name: foreach", "steps:", "  - foreach:", f"      items: '{{{{ range({items}) }}}}'"]
    body = [f"      max_concurrency: {limit}", f"      collect: {collect}", "      steps:", f"        - {step(call)}"]
    return "\n".join([*head, *body, *([f"  - {then}"] if then else [])])


def sleeps(count: int, seconds: float, limit: int, call: str = "bench_steps:sleep") -> str:
    """Items that each take as long."""
    head = ["name: sleeps", "steps:", "  - foreach:", f"      items: '{{{{ range({count}) }}}}'"]
    body = [f"      max_concurrency: {limit}", "      steps:"]
    return "\n".join([*head, *body, f'        - python: {{call: "{call}", with: {{seconds: {seconds}}}}}'])


def delays(count: int, milliseconds: int, limit: int) -> str:
    """As `sleeps`, with the engine's own timers."""
    head = ["name: delays", "steps:", "  - foreach:", f"      items: '{{{{ range({count}) }}}}'"]
    return "\n".join([*head, f"      max_concurrency: {limit}", "      steps:", f"        - delay: {milliseconds}ms"])


def graph(parents: Parents, limit: int = LIMIT, call: str = ASYNC, seconds: Mapping[str, float] | None = None) -> str:
    """One graph.

    Args:
        seconds: What each step is given; its call must take it.
    """
    lines = ["name: graph", "graph:", f"  max_concurrency: {limit}", "  steps:"]
    for name, needs in parents.items():
        given = "" if seconds is None else f", with: {{seconds: {seconds[name]:.6f}}}"
        lines.append(f"    - {{id: {name}, needs: [{', '.join(needs)}], python: {{call: '{call}'{given}}}}}")
    return "\n".join(lines)


def layered(nodes: int, edges: int, layers: int = 20, seed: int = 1) -> dict[str, list[str]]:
    """A random graph: each node but those of the first layer needs at least one of the layer before it."""
    choose = random.Random(seed)
    width = nodes // layers
    parents: dict[str, set[int]] = {f"n{node}": set() for node in range(nodes)}
    later = range(width, nodes)

    def any_before(node: int) -> int:
        return (node // width - 1) * width + choose.randrange(width)

    for node in later:
        parents[f"n{node}"].add(any_before(node))
    missing = edges - len(later)
    while missing:
        node = choose.choice(later)
        before = parents[f"n{node}"]
        size = len(before)
        before.add(any_before(node))
        missing -= len(before) - size
    return {name: [f"n{node}" for node in sorted(before)] for name, before in parents.items()}


def referring(steps: int, salt: int = 1) -> str:
    """A list in which each step refers to the one before it, in expressions that no other salt has."""
    later = (f'  - {{id: s{n}, set: "{{{{ s{n - 1} + {salt} }}}}"}}' for n in range(1, steps))
    return "\n".join(["name: referring", "steps:", "  - {id: s0, set: 0}", *later])
