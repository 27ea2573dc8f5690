"""What the kitchen of `diamond_graph.braid.yaml` can do."""

from __future__ import annotations

import asyncio
from typing import Any

_oven: list[str] = []
"""What is in the oven."""


async def bake(what: str, minutes: int) -> dict[str, Any]:
    """Bake; a minute takes a millisecond here. Two things at once would be a mistake of whoever plans."""
    if _oven:
        raise RuntimeError(f"the oven isn't free for {what}: {_oven[0]} is in it")
    _oven.append(what)
    try:
        await asyncio.sleep(minutes / 1000)
    finally:
        _oven.remove(what)
    return {"baked": what, "minutes": minutes}
