"""New workflows and seeds for as long as asked: `python -m braid.testing.simulation_soak SECONDS`.

Whatever breaks a law is printed with the numbers that show it again:
`python -m braid.testing.simulation_soak --again GROUND WORKFLOW SEED`.
"""

from __future__ import annotations

import gc
import multiprocessing
import random
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass

from braid.testing.simulation_grounds import GROUNDS, Ground
from braid.testing.simulation_laws import SimulationFailedError, tried

SEEDS_PER_WORKFLOW = 4
"""Making a workflow costs as much as ten lives."""
WORKFLOWS_PER_BATCH = 3
WORKERS = 2


@dataclass(frozen=True, slots=True)
class Batch:
    """A few workflows of one kind, each with the same seeds."""

    ground: str
    workflows: tuple[int, ...]
    seeds: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a batch: so many triples held, and what failed."""

    triples: int
    failures: tuple[str, ...]


def ground_of(name: str) -> Ground:
    return next(ground for ground in GROUNDS if ground.name == name)


def try_batch(batch: Batch) -> Trial:
    """Try all triples of a batch; a workflow that fails is left at its first failure."""
    triples, failures = 0, []
    for workflow in batch.workflows:
        try:
            for _ in tried(ground_of(batch.ground), workflow, batch.seeds):
                triples += 1
        except SimulationFailedError as error:
            failures.append(str(error))
    return Trial(triples, tuple(failures))


def fixed_batches(first: int = 0) -> Iterator[Batch]:
    """Always the same ones, without end."""
    number = first
    while True:
        workflows = tuple(range(number, number + WORKFLOWS_PER_BATCH))
        for ground in GROUNDS:
            yield Batch(ground.name, workflows, tuple(range(SEEDS_PER_WORKFLOW)))
        number += WORKFLOWS_PER_BATCH


def trials(batches: Iterable[Batch], *, triples_wanted: int = 0, seconds: float = 0.0) -> Iterator[Trial]:
    """Try batches in several processes until there were enough triples and enough time has passed."""
    end = time.monotonic() + seconds
    done = 0
    source = iter(batches)
    # Spawned: pytest and its plugins have threads, which a fork would tear.
    context = multiprocessing.get_context("spawn")
    # Frames hold each other in rings; at its usual threshold the collector would be at them all the time.
    with ProcessPoolExecutor(WORKERS, context, gc.set_threshold, (50_000,)) as pool:
        open_: set[Future[Trial]] = set()
        while done < triples_wanted or time.monotonic() < end:
            while len(open_) < 2 * WORKERS:
                open_.add(pool.submit(try_batch, next(source)))
            ended, open_ = wait(open_, return_when=FIRST_COMPLETED)
            for future in ended:
                trial = future.result()
                done += trial.triples
                yield trial
        for future in open_:
            future.cancel()


def soak(seconds: float) -> int:
    """Print what fails; 1 when something did."""
    chance = random.SystemRandom()
    triples, failures = 0, 0
    for trial in trials(fixed_batches(chance.randrange(10**12)), seconds=seconds):
        triples += trial.triples
        failures += len(trial.failures)
        for failure in trial.failures:
            print(failure, flush=True)
    print(f"{triples:,} triples of workflow, seed and crash; {failures} workflows failed")
    return 1 if failures else 0


def again(ground: str, workflow: str, seed: str) -> int:
    """Try one workflow with one seed; the first broken law is raised with all that led to it."""
    count = sum(1 for _ in tried(ground_of(ground), int(workflow), [int(seed)]))
    print(f"{count} triples hold")
    return 0


def main(arguments: list[str]) -> int:
    match arguments:
        case ["--again", ground, workflow, seed]:
            return again(ground, workflow, seed)
        case [seconds]:
            return soak(float(seconds))
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
