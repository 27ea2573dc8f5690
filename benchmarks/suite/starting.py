"""W6: how long a person waits for a workflow of three steps, and the memory of large ones."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from suite import shapes
from suite.fresh import BRAID, as_installed, bytes_of, in_memory, mega, peak_of, timed_command
from suite.measuring import Measure, Row, Target, at_most, interleaved, median, median_ratio
from suite.setting import Setting

FLOOR = [sys.executable, "-c", "import asyncio"]
FLOORS_MAX = 2.5
BYTES_MAX = 60e6
SMALL = """\
name: small
inputs: {cities: {type: array, items: {type: string}, default: [Lima, Oslo]}}
steps:
  - id: long
    filter: {items: "{{ inputs.cities }}", where: item | length > 3}
  - id: page
    template: "{% for city in long %}{{ city }} {% endfor %}"
  - write_file: {path: page.txt, content: "{{ page }}"}
"""
SMALL_COMMANDS = {
    "braid check FILE": (["check", "FILE"], "click, yaml, jinja2", 3.0),
    "braid --help": (["--help"], "click", 1.5),
}
"""Command → its words, the modules of its floor, and how many floors it may take."""
ITEMS = 1_000_000
ITEMS_LITTLE = 10_000
RESULT_BYTES = 8
"""A collected result of a step that gives nothing: a pointer."""
BYTES_AN_ITEM_MAX = 150
BYTES_UNCOLLECTED_MAX = 80e6


def cold_start(setting: Setting) -> Iterator[Row]:
    """`braid run`, with a journal and without one."""
    file = setting.folder / "three.braid.yaml"
    file.write_text(shapes.chain(3))
    kept = [BRAID, "run", "--quiet", "--state", str(setting.state), str(file)]
    commands = {
        "braid run": kept,
        "braid run --no-journal": [BRAID, "run", "--quiet", "--no-journal", str(file)],
    }
    environment = as_installed(setting.folder / "compiled")
    measures: dict[str, Measure] = {"floor": lambda: timed_command(FLOOR, environment)}
    for name, command in commands.items():
        measures[name] = lambda command=command: timed_command(command, environment)
    for measure in measures.values():
        measure()  # compiles
    rounds = interleaved(measures, 3 * setting.repetitions)
    floor = rounds["floor"]
    for name, command in commands.items():
        peak, ratio = bytes_of(peak_of(command, environment)), median_ratio(rounds[name], floor)
        yield Row(
            workload="W6",
            what=f"cold start of 3 steps, `{name}`",
            ratio=ratio,
            figure=f"{median(rounds[name]) * 1e3:.0f} ms, {mega(peak)}",
            floor=f"{median(floor) * 1e3:.0f} ms: python -c 'import asyncio'",
            repetitions=3 * setting.repetitions,
            targets=[
                at_most(ratio, FLOORS_MAX, "≤ 2.5 × the floor"),
                at_most(peak, BYTES_MAX, "< 60 MB"),
            ],
        )
    setting.forget()


def small_commands(setting: Setting) -> Iterator[Row]:
    """What people and editors wait for again and again, beside the imports that it can't do without."""
    file = setting.folder / "small.braid.yaml"
    file.write_text(SMALL)
    environment = as_installed(setting.folder / "compiled")
    for name, (command, modules, floors_max) in SMALL_COMMANDS.items():
        words = [BRAID, *(str(file) if word == "FILE" else word for word in command)]
        floor = [sys.executable, "-c", f"import {modules}"]
        measures: dict[str, Measure] = {
            "floor": lambda floor=floor: timed_command(floor, environment),
            "braid": lambda words=words: timed_command(words, environment),
        }
        for measure in measures.values():
            measure()  # compiles
        rounds = interleaved(measures, 3 * setting.repetitions)
        ratio = median_ratio(rounds["braid"], rounds["floor"])
        yield Row(
            workload="W6",
            what=f"cold `{name}`",
            ratio=ratio,
            figure=f"{median(rounds['braid']) * 1e3:.0f} ms",
            floor=f"{median(rounds['floor']) * 1e3:.0f} ms: python -c 'import {modules}'",
            repetitions=3 * setting.repetitions,
            targets=[at_most(ratio, floors_max, f"≤ {floors_max:g} × the floor")],
        )


def memory_of_items(setting: Setting) -> Iterator[Row]:
    """Peaks of processes that run side by side: memory doesn't depend on their speed."""
    items = ITEMS // 10 if setting.quick else ITEMS
    texts = {
        "little": shapes.foreach(ITEMS_LITTLE),
        "list": shapes.foreach(items),
        "none": shapes.foreach(items, collect="none"),
    }
    running = {}
    for name, text in texts.items():
        file = setting.folder / f"memory-{name}.braid.yaml"
        file.write_text(text)
        running[name] = peak_of(in_memory(file))
    peak = {name: bytes_of(process) for name, process in running.items()}
    each = (peak["list"] - peak["little"]) / (items - ITEMS_LITTLE) - RESULT_BYTES
    yield _memory_row(
        f"foreach, {items:,} items",
        f"{each:.0f} bytes an item beyond its result; {mega(peak['list'])} in all",
        at_most(each, BYTES_AN_ITEM_MAX, "< 150 bytes an item"),
    )
    yield _memory_row(
        f"foreach, {items:,} items, `collect: none`",
        f"{mega(peak['none'])} in all",
        at_most(peak["none"], BYTES_UNCOLLECTED_MAX, "< 80 MB"),
    )


def _memory_row(what: str, figure: str, target: Target) -> Row:
    return Row(workload="W4", what=f"memory of {what}", ratio=None, figure=figure, targets=[target])
