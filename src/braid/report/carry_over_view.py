"""What an edited workflow keeps and runs again, for people and programs."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from braid.diagnostics.terminal_text import columns
from braid.history.carry_over import AGAIN, KEPT, NEW, CarriedStep, CarryOver
from braid.report.text import clipped, counted, one_line

LINES_MAX: Final = 40
"""Lines of the table; `--json` has all steps."""
_WIDTH_DEFAULT: Final = 100
_ADDRESS_COLUMNS_MAX: Final = 48

_NUMBER = re.compile(r"(?<=/)\d+(?=/|$)")
_WORDS: Final = {KEPT: "keep", AGAIN: "again", NEW: "new"}


class _Row(msgspec.Struct):
    """Steps of the same place, fate and reason: items of one foreach, as a rule."""

    first: CarriedStep
    label: str
    count: int = 1


def carry_over_text(carried: CarryOver, *, width: int | None = None) -> str:
    """A line for each step, items of a foreach together, and a summary."""
    rows = _rows(carried)
    width = width or _WIDTH_DEFAULT
    left = min(max((columns(row.label) for row in rows), default=0), _ADDRESS_COLUMNS_MAX)
    lines = [_line(row, left, width) for row in rows[:LINES_MAX]]
    if len(rows) > LINES_MAX:
        lines.append(f"  … and {counted(len(rows) - LINES_MAX, 'line')} more; `--dry-run --json` has all")
    lines.append(_summary(carried))
    if carried.cut_short:
        lines.append("there were too many steps to look at all of them; those beyond run again")
    return "\n".join(lines)


def carry_over_json(run_id: str, carried: CarryOver) -> dict[str, Any]:  # Any: JSON
    """The document of `resume --dry-run --json`."""
    steps = [
        {"address": step.address, "kind": step.kind, "fate": step.fate, "reason": step.reason, "line": step.line}
        for step in carried.steps
    ]
    return {"run_id": run_id, "steps": steps}


def _rows(carried: CarryOver) -> list[_Row]:
    rows: dict[tuple[str, str, str], _Row] = {}
    for step in carried.steps:
        place = _NUMBER.sub("*", step.address)
        row = rows.get((place, step.fate, step.reason))
        if row is None:
            rows[place, step.fate, step.reason] = _Row(step, step.address)
        else:
            row.count += 1
            row.label = place
    return list(rows.values())


def _line(row: _Row, left: int, width: int) -> str:
    label = clipped(one_line(row.label), left)
    text = f"  {_WORDS[row.first.fate]:<5}  {label}{' ' * (left - columns(label))}"
    facts = [f"×{row.count:,}"] if row.count > 1 else []
    facts += [row.first.reason] if row.first.reason and row.first.fate != NEW else []
    return clipped(f"{text}  {', '.join(facts)}".rstrip(), width)


def _summary(carried: CarryOver) -> str:
    parts = [f"keeps {counted(carried.count(KEPT), 'result')}", f"runs {counted(carried.count(AGAIN), 'step')} again"]
    if carried.count(NEW):
        parts.append(f"{carried.count(NEW):,} new")
    return ", ".join(parts)
