"""What the programs of this folder share; each runs in an environment of its own and prints one JSON object.

    python with_NAME.py SHAPE    `chain`: steps in turn; `fan-out`: steps at once, 100 of them at a time

Steps do nothing. What is compiled or connected once is made before; what a run of the workflow takes is timed.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections.abc import Awaitable, Callable
from importlib.metadata import version

LIMIT = 100
FLOOR_STEPS = 1_000
Run = Callable[[], Awaitable[object]]


async def noop() -> None:
    """Does nothing."""


async def chain_floor(steps: int = FLOOR_STEPS) -> None:
    """An asyncio.Task a step."""
    for _ in range(steps):
        await asyncio.create_task(noop())


async def fan_out_floor(steps: int = FLOOR_STEPS) -> None:
    """The same with a semaphore."""
    semaphore = asyncio.Semaphore(LIMIT)

    async def one() -> None:
        async with semaphore:
            await noop()

    await asyncio.gather(*[asyncio.create_task(one()) for _ in range(steps)])


FLOORS = {"chain": chain_floor, "fan-out": fan_out_floor}


async def seconds(run: Run) -> float:
    """Of one run; what earlier ones left behind is collected before."""
    gc.collect()
    began = time.perf_counter()
    await run()
    return time.perf_counter() - began


async def report(package: str, what: str, steps: int, run: Run) -> None:
    """Measure a run after one that is not counted, with the floor beside it, and print both for a step."""
    floor = FLOORS[shape()]
    await run()
    await floor()
    print(
        json.dumps(
            {
                "version": version(package),
                "what": what,
                "steps": steps,
                "floor": await seconds(floor) / FLOOR_STEPS,
                "step": await seconds(run) / steps,
            }
        )
    )


def shape() -> str:
    """Which workload is asked for."""
    return sys.argv[1]
