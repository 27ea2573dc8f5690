"""Braid: in memory, or with its journal at `full` (the default) where a second argument says `durable`."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from peer import LIMIT, report, shape

import braid

STEPS = 1_000
STEP = 'python: {call: "bench_peer:noop"}'


def text() -> str:
    """Of the workflow's file."""
    if shape() == "chain":
        return "\n".join(["name: chain", "steps:", *(f"  - {STEP}" for _ in range(STEPS))])
    head = ["name: parallel", "steps:", "  - parallel:", f"      max_concurrency: {LIMIT}", "      branches:"]
    return "\n".join([*head, *(f"        - [{{{STEP}}}]" for _ in range(STEPS))])


async def main() -> None:
    """Measure one of them."""
    durable = "durable" in sys.argv
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "bench_peer.py").write_text("async def noop():\n    pass\n")
        file = Path(folder) / "peer.braid.yaml"
        file.write_text(text())
        plan = braid.load(file)

        async def run() -> None:
            await braid.arun(plan, env={}, no_journal=not durable, raise_on_failure=True)

        await report("braidflow", "durable: SQLite" if durable else "in memory", STEPS, run)


asyncio.run(main())
