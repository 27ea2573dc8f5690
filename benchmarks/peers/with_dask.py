"""Dask: futures of a cluster in this process; functions, on one worker with as many threads as the limit."""

from __future__ import annotations

import asyncio

import dask
from distributed import Client
from peer import LIMIT, report, shape

STEPS = 1_000


def noop(_: object) -> None:
    """Does nothing."""


async def main() -> None:
    """Measure one of them."""
    dask.config.set({"distributed.worker.memory.target": False, "distributed.admin.log-format": "%(message)s"})
    async with Client(
        processes=False, n_workers=1, threads_per_worker=LIMIT, dashboard_address=None, asynchronous=True
    ) as client:

        async def chain() -> None:
            future = client.submit(noop, None, pure=False)
            for _ in range(STEPS - 1):
                future = client.submit(noop, future, pure=False)
            await future

        async def fan_out() -> None:
            await client.gather(client.map(noop, range(STEPS), pure=False))

        await report("distributed", "in memory", STEPS, chain if shape() == "chain" else fan_out)


asyncio.run(main())
