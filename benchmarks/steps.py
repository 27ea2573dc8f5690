"""What a step costs: µs for each step of an async no-op, beside a bare asyncio.Task with a semaphore.

    python benchmarks/steps.py [--repetitions 5] [--profile chain|parallel|foreach]

The shapes are interleaved, so that a slow moment of the machine hits all of them; figures are medians. A run is the
whole of `braid.run` for a plan that is loaded already: the start and end of the run are in it.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import gc
import pstats
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import braid

STEP = 'python: {call: "noop:noop"}'
LIMIT = 100
Seconds = tuple[float, float]
"""Of the processor and of the wall."""


def chain(steps: int) -> str:
    """One list."""
    return "\n".join(["name: chain", "steps:", *(f"  - {STEP}" for _ in range(steps))])


def parallel(branches: int) -> str:
    """One block with a branch for each step."""
    head = ["name: parallel", "steps:", "  - parallel:", f"      max_concurrency: {LIMIT}", "      branches:"]
    return "\n".join([*head, *(f"        - [{{{STEP}}}]" for _ in range(branches))])


def foreach(items: int) -> str:
    """One block with an item for each step."""
    head = ["name: foreach", "steps:", "  - foreach:", f"      items: '{{{{ range({items}) }}}}'"]
    return "\n".join([*head, f"      max_concurrency: {LIMIT}", "      steps:", f"        - {STEP}"])


SHAPES = {"chain": (chain, 1_000), "parallel": (parallel, 1_000), "foreach": (foreach, 10_000)}


async def noop() -> None:
    """Does nothing."""


async def bare(steps: int) -> None:
    """The same work without an engine."""
    semaphore = asyncio.Semaphore(LIMIT)

    async def one() -> None:
        async with semaphore:
            await noop()

    await asyncio.gather(*(asyncio.create_task(one()) for _ in range(steps)))


def timed(work: Callable[[], object]) -> Seconds:
    """One call; what earlier ones left behind is collected before."""
    gc.collect()
    processor, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - processor, time.perf_counter() - wall


def works(folder: Path) -> dict[str, tuple[Callable[[], object], int]]:
    """What is measured: name → (work, steps)."""
    (folder / "noop.py").write_text("async def noop():\n    pass\n")
    found: dict[str, tuple[Callable[[], object], int]] = {"asyncio": (lambda: asyncio.run(bare(10_000)), 10_000)}
    for name, (text, steps) in SHAPES.items():
        path = folder / f"{name}.braid.yaml"
        path.write_text(text(steps))
        plan = braid.load(path)

        def run(plan: braid.Workflow = plan) -> None:
            braid.run(plan, env={}, no_journal=True, raise_on_failure=True)

        found[name] = (run, steps)
    return found


def show(measured: dict[str, list[Seconds]]) -> None:
    """Medians, and ratios to the bare task."""
    medians = {
        name: [statistics.median(column) for column in zip(*runs, strict=True)] for name, runs in measured.items()
    }
    processor_bare, wall_bare = medians["asyncio"]
    print(f"{'µs a step':<10}{'CPU':>8}{'wall':>8}{'CPU ratio':>11}{'wall ratio':>12}")
    for name, (processor, wall) in medians.items():
        ratios = f"{processor / processor_bare:>11.1f}{wall / wall_bare:>12.1f}"
        print(f"{name:<10}{processor * 1e6:>8.1f}{wall * 1e6:>8.1f}{ratios}")


def profiled(work: Callable[[], object]) -> None:
    """Where the time goes, by function."""
    profile = cProfile.Profile()
    profile.runcall(work)
    pstats.Stats(profile).sort_stats("tottime").print_stats(45)


def main() -> None:
    """Measure, or profile one shape."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--profile", choices=SHAPES)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measures = works(Path(folder))
        for work, _ in measures.values():
            work()  # imports and compiled code
        if options.profile:
            profiled(measures[options.profile][0])
            return
        measured: dict[str, list[Seconds]] = {name: [] for name in measures}
        for _ in range(options.repetitions):
            for name, (work, steps) in measures.items():
                processor, wall = timed(work)
                measured[name].append((processor / steps, wall / steps))
        show(measured)


if __name__ == "__main__":
    main()
