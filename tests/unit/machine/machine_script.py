"""Machines without an event loop: a workflow as text, and a run in which the test chooses every event."""

from __future__ import annotations

from braid.language.load import load_plan
from braid.language.plan import Plan, Value
from braid.testing.script import Script
from braid.testing.work import work_registry


def plan_of(steps: str, head: str = "") -> Plan:
    """The plan of a workflow with these steps; `work` is a task that the test answers."""
    text = f"name: test\n{head}\nsteps:\n" + "\n".join(f"  {line}" for line in steps.strip("\n").splitlines()) + "\n"
    return load_plan(text, registry=work_registry())


def script(steps: str, head: str = "", *, max_concurrency: int | None = None, **inputs: Value) -> Script:
    """A run of them that has just started."""
    return Script(plan_of(steps, head), inputs, max_concurrency=max_concurrency)
