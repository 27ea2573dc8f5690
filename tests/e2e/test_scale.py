"""Runs with many branches and items end, and their memory follows what is in progress, not what has ended."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from pathlib import Path

import pytest

import braid
from braid.language.plan import Node
from braid.machine.frames import Frame
from braid.machine.outcome import Failure, StepRecord

LIMIT = 100
ITEMS = 100_000
LOOKS = 10
"""How often one run is looked into, evenly over its items."""
FRAMES_AN_ITEM = 2
"""Its step list and its step."""
FRAMES_BESIDE = 3
"""The run, its step list and the block."""
BLOCKS_MORE_MAX = 5_000
"""Memory blocks that 80,000 ended items may add. One object kept of each would add 80,000."""
BYTES_AN_ITEM_MAX = 40
"""That a run may need for each further item: two pointers in lists of items, and room for lists to grow."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "noop.py").write_text("async def noop(x=None):\n    return x\n")
    return tmp_path


def foreach(folder: Path, *, collect: str = "none") -> Path:
    path = folder / f"foreach-{collect}.braid.yaml"
    lines = [
        "name: wide",
        "inputs: {items: {type: array}}",
        "steps:",
        "  - foreach:",
        "      items: '{{ inputs.items }}'",
        f"      max_concurrency: {LIMIT}",
        f"      collect: {collect}",
        "      steps:",
        '        - python: {call: "noop:noop", with: {x: "{{ item }}"}}',
    ]
    path.write_text("\n".join(lines))
    return path


def frames_alive() -> int:
    """Frames of machines that something still holds."""
    gc.collect()
    return sum(isinstance(each, Frame) for each in gc.get_objects())


class Look:
    """An observer that looks, at even distances, at what is alive."""

    def __init__(self, every: int) -> None:
        self.frames: list[int] = []
        self.blocks: list[int] = []
        self.ended = 0
        self._every = every

    def step_started(self, address: str, node: Node, time: float) -> None:
        pass

    def step_finished(self, address: str, node: Node, record: StepRecord) -> None:
        self.ended += 1
        if self.ended % self._every == 0:
            frames = frames_alive()
            self.blocks.append(sys.getallocatedblocks())
            self.frames.append(frames)

    def step_retrying(self, address: str, node: Node, failure: Failure, attempt: int, due: float) -> None:
        pass

    def block_opened(self, address: str, node: Node, total: int, limit: int) -> None:
        pass


def test_a_thousand_branches_end(folder: Path) -> None:
    path = folder / "parallel.braid.yaml"
    head = ["name: many", "steps:", "  - id: all", "    parallel:", "      branches:"]
    branches = [f'        - [{{python: {{call: "noop:noop", with: {{x: {number}}}}}}}]' for number in range(1_000)]
    path.write_text("\n".join([*head, *branches, "output: '{{ all }}'"]))

    assert braid.run(path, raise_on_failure=True).output == list(range(1_000))


def test_memory_follows_the_window_and_not_the_items_that_ended(folder: Path) -> None:
    look = Look(every=ITEMS // LOOKS)
    # Tests before this one may have left frames to the collector, or in the traceback of a failure they caught.
    before = frames_alive()
    result = braid.run(foreach(folder), {"items": [0] * ITEMS}, observer=look)

    assert result.status == "succeeded"
    assert look.ended == ITEMS + 1
    assert len(look.frames) == LOOKS
    assert max(look.frames) - before <= LIMIT * FRAMES_AN_ITEM + FRAMES_BESIDE
    # From the second look on: until the first, caches filled, and the steps that are reported one by one were kept.
    assert max(look.blocks[1:]) - look.blocks[1] < BLOCKS_MORE_MAX


def test_results_are_all_that_grows_with_the_items(folder: Path) -> None:
    path = foreach(folder, collect="list")
    items = [0] * 5_000

    assert braid.run(path, {"items": items}, raise_on_failure=True).output == items


def test_the_peak_of_memory_grows_by_bytes_for_each_item(folder: Path) -> None:
    plan = braid.load(foreach(folder))

    def peak(items: int) -> int:
        given = [0] * items
        gc.collect()
        tracemalloc.start()
        braid.run(plan, {"items": given}, raise_on_failure=True)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(2_000)  # imports and caches
    assert peak(8_000) - peak(2_000) < 6_000 * BYTES_AN_ITEM_MAX
