"""A nursery whose engine has a planted fault: it acts before the journal has what it acts on."""

from __future__ import annotations

from braid.execution.executor import Executor
from braid.testing.prove_nursery import serve


async def go_on(executor: Executor) -> None:
    while executor.outcome is None:
        if not executor._inbox:
            await executor._arrival()
            continue
        batch, executor._inbox = executor._inbox, []
        executor._handle(batch)
        await executor._kept(batch)


if __name__ == "__main__":
    Executor._go_on = go_on  # type: ignore[method-assign]  # the fault
    serve()
