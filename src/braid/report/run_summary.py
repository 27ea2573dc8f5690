"""The last lines of a run."""

from __future__ import annotations

from braid.report.progress import Progress
from braid.report.text import counted, duration_text, one_line

SLOWEST_SECONDS_MIN = 0.1
"""A run whose slowest step took less isn't told which one it was."""


def summary(status: str, workflow: str, duration: float, progress: Progress) -> str:
    """`city-brief succeeded in 12.3s: 34 steps, 2 retries; slowest: gather/weather (4.2s)`."""
    totals = progress.totals
    facts = [counted(totals.ended, "step")]
    for number, word in ((totals.failed, "failed"), (totals.cancelled, "cancelled"), (totals.skipped, "skipped")):
        if number:
            facts.append(f"{number:,} {word}")
    if totals.retries:
        facts.append("1 retry" if totals.retries == 1 else f"{totals.retries:,} retries")
    text = f"{one_line(workflow)} {status} in {duration_text(duration)}: {', '.join(facts)}"
    seconds, address = totals.slowest
    return text if seconds < SLOWEST_SECONDS_MIN else f"{text}; slowest: {address} ({duration_text(seconds)})"
