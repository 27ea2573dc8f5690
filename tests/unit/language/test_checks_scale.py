"""Big files are checked in time that grows with their size, not with its square."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from braid.language.load import load

SECONDS_MAX = 5.0
"""For 10,000 steps; a file of that size takes about half of it on two shared cores."""


def listed(count: int) -> str:
    """Steps in a list: constants, texts, policies and conditions."""
    shapes = (
        '  - id: s{i}\n    set: {{a: "{{{{ inputs.x }}}}", b: "text {i}"}}',
        "  - id: s{i}\n    log: at {{{{ s{p} }}}} number {i}",
        '  - id: s{i}\n    set: "{{{{ s{p} }}}}"\n    retry: 2',
        '  - if: inputs.x > {few}\n    id: s{i}\n    set: "{{{{ s{p} }}}}"\n    fallback: {{value: 0}}',
    )
    lines = [shapes[i % 4].format(i=i, p=f"{i - 1}" if i % 4 else "0", few=i % 50) for i in range(count)]
    return "\n".join(["name: big", "inputs: {x: {default: 1}}", "steps:", *lines])


def chained(count: int) -> str:
    """A graph in which each step waits for the one before it: the most ancestors there can be."""
    lines = [f'  - id: s{i}\n    set: "{{{{ s{i - 1} }}}}"' if i else "  - id: s0\n    set: 1" for i in range(count)]
    return "\n".join(["name: big", "graph:", *reversed(lines)])


def wrong(count: int) -> str:
    """Every step misspells the one before it."""
    lines = [f'  - id: step_{i}\n    set: "{{{{ setp_{i} }}}}"' for i in range(count)]
    return "\n".join(["name: big", "steps:", *lines])


@pytest.mark.parametrize("made", [listed, chained])
def test_ten_thousand_steps_are_checked_in_seconds(made: Callable[[int], str]) -> None:
    text = made(10_000)
    started = time.process_time()
    loaded = load(text)

    assert time.process_time() - started < SECONDS_MAX
    assert loaded.diagnostics == []
    assert loaded.plan is not None


def test_a_file_full_of_mistakes_is_checked_in_seconds() -> None:
    text = wrong(1_000)
    started = time.process_time()
    loaded = load(text)

    assert time.process_time() - started < SECONDS_MAX
    assert len(loaded.diagnostics) == 1_000


def test_a_cycle_through_every_step_is_one_diagnostic() -> None:
    count = 2_000
    lines = [f'  - id: s{i}\n    set: "{{{{ s{(i + 1) % count} }}}}"' for i in range(count)]

    [cycle] = load("\n".join(["name: big", "graph:", *lines])).diagnostics

    assert cycle.code == "cycle"
    assert len(cycle.related) < 10
    assert len(cycle.message) < 1_000
