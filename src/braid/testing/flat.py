"""Flat blocks: one parallel or foreach of single `work` steps, and an oracle that is no interpreter.

For them what must come out follows from the order in which tasks ended alone, so joins can be judged in any order of
completion, where the reference interpreter can't.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from braid.machine.events import Event, TaskFailed, TaskSucceeded

Value = Any  # plain values of a workflow file, see language.task_kind.Value
BLOCK = "block"


@dataclass(frozen=True, slots=True)
class FlatParallel:
    """`failing`: indexes of branches whose task fails. `wait`: None for all, or how many successes."""

    count: int
    limit: int
    failing: frozenset[int] = frozenset()
    wait: int | None = None
    settle: bool = False
    tolerate: int | None = None
    named: bool = False

    def values(self) -> dict[str, Value]:
        """The workflow; its output tells the block's output and which inner steps can be seen after it."""
        branches = [
            [{"id": f"t{index}", "work": {"value": index, "fail": 9 if index in self.failing else 0}}]
            for index in range(self.count)
        ]
        block: dict[str, Value] = {
            "max_concurrency": self.limit,
            "branches": {f"b{index}": branch for index, branch in enumerate(branches)} if self.named else branches,
        }
        if self.wait is not None:
            block["wait"] = self.wait
        if self.settle:
            block["settle"] = True
        if self.tolerate is not None:
            block["tolerate"] = self.tolerate
        seen = {f"t{index}": f"{{{{ t{index} | default('absent') }}}}" for index in range(self.count)}
        return {
            "name": "flat",
            "steps": [{"id": BLOCK, "parallel": block}],
            "output": {"block": f"{{{{ {BLOCK} }}}}", "seen": seen},
        }

    def branch_of(self, address: str) -> int:
        return int(address.split("/")[1].removeprefix("b"))


@st.composite
def flat_parallels(draw: st.DrawFn, *, failures: bool = True) -> FlatParallel:
    count = draw(st.integers(1, 6))
    failing = draw(st.frozensets(st.integers(0, count - 1))) if failures else frozenset()
    settle = draw(st.booleans())
    return FlatParallel(
        count=count,
        limit=draw(st.integers(1, count + 1)),
        failing=failing,
        wait=None if settle else draw(st.none() | st.integers(1, count)),
        settle=settle,
        tolerate=draw(st.none() | st.integers(0, count)) if settle else None,
        named=draw(st.booleans()),
    )


@dataclass(slots=True)
class Verdict:
    """What must have come of a flat block. `type` and `cause` when it failed."""

    ok: dict[int, Value] = field(default_factory=dict)
    failed: list[int] = field(default_factory=list)
    type: str | None = None
    cause: int | None = None

    def output(self, flat: FlatParallel) -> Value:
        """The block's output, with errors left out of settled results."""
        if flat.settle:
            results: list[Value] = [self._settled(index, flat) for index in range(flat.count)]
        else:
            results = [self.ok.get(index) for index in range(flat.count)]
        return {f"b{index}": result for index, result in enumerate(results)} if flat.named else results

    def _settled(self, index: int, flat: FlatParallel) -> Value:
        status = "ok" if index in self.ok else "failed"
        name = f"b{index}" if flat.named else None
        return {"status": status, "value": self.ok.get(index), "index": index, "name": name}


def verdict(flat: FlatParallel, events: Sequence[Event]) -> Verdict:
    """Judge by the order in which tasks ended; what ended after the decision doesn't count."""
    judged = Verdict()
    for event in events:
        match event:
            case TaskSucceeded():
                judged.ok[flat.branch_of(event.address)] = event.value
            case TaskFailed():
                judged.failed.append(flat.branch_of(event.address))
            case _:
                continue
        if _is_decided(flat, judged):
            break
    return judged


def _is_decided(flat: FlatParallel, judged: Verdict) -> bool:
    failures = len(judged.failed)
    if flat.wait is not None:
        if flat.count - failures < flat.wait:
            judged.type = "wait"
        return judged.type is not None or len(judged.ok) == flat.wait
    if flat.settle:
        if flat.tolerate is not None and failures > flat.tolerate:
            judged.type = "tolerate"
    elif failures:
        judged.type, judged.cause = "branch", judged.failed[0]
    return judged.type is not None
