"""Prefect: async tasks of a flow, with the server that its own tests start, on this machine and in SQLite."""

from __future__ import annotations

import asyncio
import logging
import os
import tempfile

STEPS = 100


def main() -> None:
    """Measure one of them; the settings must be there before the import."""
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {
            "DO_NOT_TRACK": "1",
            "PREFECT_HOME": home,
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
            "PREFECT_LOGGING_LEVEL": "CRITICAL",
            "PREFECT_LOGGING_TO_API_ENABLED": "false",
        }
        import prefect
        from peer import LIMIT, report, shape
        from prefect.testing.utilities import prefect_test_harness

        @prefect.task
        async def noop() -> None:
            pass

        @prefect.flow
        async def chain() -> None:
            for _ in range(STEPS):
                await noop()

        @prefect.flow
        async def fan_out() -> None:
            semaphore = asyncio.Semaphore(LIMIT)

            async def one() -> None:
                async with semaphore:
                    await noop()

            await asyncio.gather(*[one() for _ in range(STEPS)])

        logging.disable()
        with prefect_test_harness(server_startup_timeout=120):
            asyncio.run(report("prefect", "durable: its server", STEPS, chain if shape() == "chain" else fan_out))


main()
