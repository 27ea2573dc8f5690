"""DBOS: steps of a workflow with a system database in SQLite, which is how it runs without a server."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from pathlib import Path

from dbos import DBOS
from peer import LIMIT, report, shape

STEPS = 1_000


@DBOS.step()
async def noop() -> None:
    """Does nothing."""


@DBOS.workflow()
async def chain() -> None:
    """Steps in turn."""
    for _ in range(STEPS):
        await noop()


@DBOS.workflow()
async def fan_out() -> None:
    """Steps at once, as many at a time as a semaphore lets in."""
    semaphore = asyncio.Semaphore(LIMIT)

    async def one() -> None:
        async with semaphore:
            await noop()

    await asyncio.gather(*[one() for _ in range(STEPS)])


def main() -> None:
    """Measure one of them."""
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{Path(folder) / 'dbos.sqlite'}"
        DBOS(config={"name": "bench", "system_database_url": database, "run_admin_server": False, "log_level": "ERROR"})
        DBOS.launch()
        logging.disable()
        asyncio.run(report("dbos", "durable: SQLite", STEPS, chain if shape() == "chain" else fan_out))
        DBOS.destroy()


main()
