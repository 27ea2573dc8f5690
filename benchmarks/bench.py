"""One table: what Braid costs, each row beside its floor, measured in the same process and minutes.

    python benchmarks/bench.py [--only W1 W2] [--repetitions 7] [--quick] [--write] [--folder DIR]
    python benchmarks/bench.py --profile W2

Ratios come first: they are the same on a slower machine. Figures are medians of interleaved rounds, and a ratio is the
median of the ratios within a round. With `--write` the table goes to RESULTS.md.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from suite import fetching, keeping, looking_back, reading, shapes, starting, stepping, tracing, waiting
from suite.measuring import Row
from suite.sampling import Samples
from suite.setting import Setting
from suite.table import HEAD, cells, circumstances, line, markdown, write_section

RESULTS = Path(__file__).with_name("RESULTS.md")
PACKAGES = ("braidflow", "aiohttp", "msgspec", "pyyaml", "jinja2")
WORKLOADS: dict[str, Callable[[Setting], Iterator[Row]]] = {
    "W4 more items": stepping.many_items,
    "W4 memory": starting.memory_of_items,
    "W5": waiting.sleeps,
    "W6": starting.cold_start,
    "W6 commands": starting.small_commands,
    "W7": keeping.durable_steps,
    "W7 appends": keeping.appends,
    "W9": tracing.recorded_workflows,
    "W10": reading.files,
    "W11": looking_back.large_run,
    "W12": fetching.requests,
}
"""Those that are measured by themselves; the others are interleaved with each other."""
SHORT = [shape.workload for shape in stepping.SHAPES]


def rows(only: set[str], setting: Setting) -> Iterator[Row]:
    """In the order in which they are measured."""
    yield from stepping.short_shapes(only & set(SHORT), setting)
    for name, measure in WORKLOADS.items():
        if name.split()[0] in only:
            yield from measure(setting)


def profile(workload: str, setting: Setting) -> None:
    """Where the time of a shape goes, by package and by function."""
    shape = next(shape for shape in stepping.SHAPES if shape.workload == workload)
    run = setting.in_memory(setting.plan(workload, shape.text(shapes.ASYNC)))
    run()
    samples = Samples()
    samples.take(run)
    print(samples.table(shape.steps))


def measured(options: argparse.Namespace, setting: Setting) -> None:
    """Print the rows as they come, and the table; write it where that is asked for."""
    found = []
    for row in rows(set(options.only), setting):
        print(line(row), flush=True)
        found.append(row)
    found.sort(key=lambda row: int(row.workload[1:]))
    missed = sum(not target.met for row in found for target in row.targets)
    targets = sum(len(row.targets) for row in found)
    print(f"\n{targets - missed} of {targets} targets are met")
    if options.write:
        table = markdown(HEAD, map(cells, found))
        text = f"{circumstances(*PACKAGES)}\n{table}\n{targets - missed} of {targets} targets are met.\n"
        write_section(RESULTS, "Braid beside its floors", text)


def main() -> None:
    """Measure, or profile one shape."""
    every = sorted({*SHORT, *(name.split()[0] for name in WORKLOADS)}, key=lambda name: int(name[1:]))
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=every, default=every, metavar="W", help=" ".join(every))
    parser.add_argument("--repetitions", type=int, default=7, help="of what is short; what is long has 3 at most")
    parser.add_argument("--quick", action="store_true", help="leave out what takes long")
    parser.add_argument("--write", action="store_true", help="write RESULTS.md")
    parser.add_argument("--folder", type=Path, help="on the disk to measure; default: the folder for temporary files")
    parser.add_argument("--profile", choices=SHORT, help="where the time goes, instead")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        setting = Setting(Path(folder), options.repetitions, options.quick)
        shapes.write_steps(setting.folder)
        if options.profile:
            profile(options.profile, setting)
        else:
            measured(options, setting)


if __name__ == "__main__":
    sys.exit(main())
