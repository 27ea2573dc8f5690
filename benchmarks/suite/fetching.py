"""W12: a fan-out of HTTP requests to a server of another process on this machine."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator

import aiohttp

from suite.measuring import Measure, Row, at_least, interleaved, median, median_ratio, timed_each
from suite.setting import Setting

REQUESTS = 2_000
LIMIT = 100
SPEED_MIN = 0.7

_SERVER = """
import asyncio, sys
from aiohttp import web

async def answer(request):
    return web.json_response({"number": int(request.match_info["number"])})

async def main():
    application = web.Application()
    application.router.add_get("/{number}", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(site._server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)

asyncio.run(main())
"""


def requests(setting: Setting) -> Iterator[Row]:
    """`http` steps beside bare aiohttp."""
    command = [sys.executable, "-c", _SERVER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin
        assert server.stdout
        url = f"http://127.0.0.1:{server.stdout.readline().strip()}"
        try:
            yield _row(url, setting)
        finally:
            server.stdin.close()


def _row(url: str, setting: Setting) -> Row:
    plan = setting.plan("requests", _workflow(url))
    measures: dict[str, Measure] = {
        "aiohttp": timed_each(lambda: asyncio.run(_bare(url)), REQUESTS),
        "braid": timed_each(setting.in_memory(plan), REQUESTS),
    }
    for measure in measures.values():
        measure()
    rounds = interleaved(measures, setting.repetitions)
    speed = median_ratio(rounds["aiohttp"], rounds["braid"])
    return Row(
        workload="W12",
        what=f"{REQUESTS:,} requests, limit {LIMIT}",
        ratio=1 / speed,
        figure=f"{1 / median(rounds['braid']):,.0f} requests a second, {speed:.2f} of the floor's",
        floor=f"{1 / median(rounds['aiohttp']):,.0f} a second: aiohttp and a semaphore",
        repetitions=setting.repetitions,
        targets=[at_least(speed, SPEED_MIN, "≥ 0.7 of the floor's speed")],
    )


def _workflow(url: str) -> str:
    head = ["name: requests", "steps:", "  - foreach:", f"      items: '{{{{ range({REQUESTS}) }}}}'"]
    return "\n".join(
        [*head, f"      max_concurrency: {LIMIT}", "      steps:", f'        - http: "{url}/{{{{ item }}}}"']
    )


async def _bare(url: str) -> None:
    semaphore = asyncio.Semaphore(LIMIT)
    async with aiohttp.ClientSession() as session:

        async def one(number: int) -> object:
            async with semaphore, session.get(f"{url}/{number}") as response:
                return await response.json()

        found = await asyncio.gather(*(one(number) for number in range(REQUESTS)))
    assert found[-1] == {"number": REQUESTS - 1}
