"""The rows as text, and the page of results."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from suite.measuring import Row

HEAD = ("", "workload", "ratio to floor", "Braid", "sync steps", "floor", "target", "rounds")
TITLE = "# Results of the benchmarks\n"


def cells(row: Row) -> tuple[str, ...]:
    """A row in the order of the head."""
    targets = "; ".join(f"{target.text} {'✓' if target.met else '✗ missed'}" for target in row.targets)
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
    return row.workload, row.what, ratio, row.figure, row.sync, row.floor, targets, str(row.repetitions)


def line(row: Row) -> str:
    """A row on its way, for a terminal."""
    _, what, ratio, figure, sync, floor, targets, _ = cells(row)
    parts = [f"{row.workload:<4}{ratio:>7}  {what}: {figure}"]
    parts += [f"sync {sync}"] if sync else []
    parts += [f"floor {floor}"] if floor else []
    parts += [f"target {targets}"] if targets else []
    return "; ".join(parts)


def markdown(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table."""
    rule = ["---"] * len(head)
    return "\n".join(f"| {' | '.join(one)} |" for one in (head, rule, *lines)) + "\n"


def circumstances(*packages: str) -> str:
    """Machine, versions and date."""
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}{', ' if versions else ''}"
        f"{versions}. Load at the start of writing: {os.getloadavg()[0]:.1f}.\n"
    )


def _processor() -> str:
    if sys.platform == "linux":
        for entry in Path("/proc/cpuinfo").read_text().splitlines():
            if entry.startswith("model name"):
                return entry.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def write_section(page: Path, heading: str, text: str) -> None:
    """Put a section in the place of the one with the same heading, or at the end."""
    sections = page.read_text().split("\n## ") if page.exists() else [TITLE]
    section = f"{heading}\n\n{text}"
    for index, found in enumerate(sections[1:], start=1):
        if found.startswith(f"{heading}\n"):
            sections[index] = section
            break
    else:
        sections.append(section)
    page.write_text("\n## ".join(one.rstrip("\n") + "\n" for one in sections))
