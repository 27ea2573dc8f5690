"""W10: reading and checking files."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import yaml

import braid
from suite import shapes
from suite.measuring import Measure, Row, Seconds, Target, at_most, interleaved, median, median_ratio, micro, timed
from suite.setting import Setting

STEPS = (100, 1_000, 10_000, 50_000)
STEPS_LONG_MIN = 10_000
COMPARED_WITH = 1_000
"""In smaller files, what a file costs whatever its size counts too much."""
GROWTH_MAX = 1.3
SECONDS_MAX = {10_000: 2.0, 50_000: 10.0}
SHAPES: dict[str, Callable[[int, int], str]] = {
    "that do nothing": lambda steps, salt: shapes.chain(steps),
    "that each refer to the one before": shapes.referring,
}


def files(setting: Setting) -> Iterator[Row]:
    """Each kind of file in each size."""
    for kind, text_of in SHAPES.items():
        for measured in (
            [steps for steps in STEPS if steps < STEPS_LONG_MIN],
            [COMPARED_WITH, *(steps for steps in STEPS if steps >= STEPS_LONG_MIN)],
        ):
            yield from _sizes(kind, text_of, measured, setting)


def _sizes(kind: str, text_of: Callable[[int, int], str], sizes: list[int], setting: Setting) -> Iterator[Row]:
    repetitions = setting.repetitions if sizes[-1] < STEPS_LONG_MIN else setting.repetitions_of_long
    sizes = sizes[:-1] if setting.quick and len(sizes) > 2 else sizes
    measures: dict[str, Measure] = {}
    for steps in sizes:
        path = setting.folder / f"read-{steps}.braid.yaml"
        measures[f"{steps}"] = _loaded(path, partial(text_of, steps))
        measures[f"{steps} floor"] = lambda path=path: timed(lambda: _parse(path))
    measures[f"{sizes[0]}"]()
    rounds = interleaved(measures, repetitions)
    for steps in sizes:
        if steps == COMPARED_WITH and sizes[0] == COMPARED_WITH:
            continue
        whole, floor = rounds[f"{steps}"], rounds[f"{steps} floor"]
        figure = f"{median(whole):.3f} s, {micro(median(whole) / steps)} a step"
        targets: list[Target] = []
        if steps in SECONDS_MAX:
            growth = _growth(whole, steps, rounds[f"{COMPARED_WITH}"])
            figure += f", {growth:.2f} × that of {COMPARED_WITH:,}"
            targets.append(at_most(median(whole), SECONDS_MAX[steps], f"≤ {SECONDS_MAX[steps]:.0f} s"))
            targets.append(at_most(growth, GROWTH_MAX, f"≤ 1.3 × a step of {COMPARED_WITH:,}"))
        yield Row(
            workload="W10",
            what=f"read and check {steps:,} steps {kind}",
            ratio=median_ratio(whole, floor),
            figure=figure,
            floor=f"{micro(median(floor) / steps)} a step: libyaml's events",
            repetitions=repetitions,
            targets=targets,
        )


def _loaded(path: Path, text_of: Callable[[int], str]) -> Measure:
    salts = itertools.count(1)

    def measure() -> Seconds:
        # A text of its own: compiled expressions are kept by their source, those of small files all of them.
        path.write_text(text_of(next(salts)))
        return timed(lambda: braid.load(path))

    return measure


def _growth(whole: Sequence[Seconds], steps: int, compared: Sequence[Seconds]) -> float:
    return median_ratio([one.each(steps) for one in whole], [one.each(COMPARED_WITH) for one in compared])


def _parse(path: Path) -> None:
    with path.open() as file:
        for _ in yaml.parse(file, Loader=yaml.CSafeLoader):
            pass
