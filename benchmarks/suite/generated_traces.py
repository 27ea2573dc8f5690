"""Prints traces of the shapes of the real ones, one JSON object a line; needs the package wfcommons, no network."""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Iterator
from typing import Any

import numpy
from wfcommons import WorkflowGenerator
from wfcommons.wfchef.recipes import EpigenomicsRecipe, GenomeRecipe, MontageRecipe

SECONDS = 100.0
RECIPES = (("1000genome", GenomeRecipe, 54), ("epigenomics", EpigenomicsRecipe, 43), ("montage", MontageRecipe, 1738))
"""With the numbers of steps: the least that a recipe can do, where that is more than the real one has."""


def simple_traces() -> Iterator[dict[str, Any]]:
    """A chain and a fork that joins, for which no recipe is needed."""
    yield _trace("chain-5", {number: [number - 1] if number else [] for number in range(5)})
    yield _trace("forkjoin-10", {0: [], **{number: [0] for number in range(1, 9)}, 9: list(range(1, 9))})


def _trace(name: str, parents: dict[int, list[int]]) -> dict[str, Any]:
    tasks = [
        {"id": str(number), "seconds": SECONDS, "parents": [str(parent) for parent in needs]}
        for number, needs in parents.items()
    ]
    return {"name": name, "tasks": tasks}


def generated_traces() -> Iterator[dict[str, Any]]:
    """Of WfCommons' recipes, with a fixed seed."""
    for name, recipe, steps in RECIPES:
        random.seed(1)
        numpy.random.seed(1)
        workflow = WorkflowGenerator(recipe.from_num_tasks(steps)).build_workflow()
        tasks = [
            {"id": node, "seconds": float(data["task"].runtime), "parents": sorted(workflow.predecessors(node))}
            for node, data in workflow.nodes(data=True)
        ]
        yield {"name": f"{name}-{len(tasks)}", "tasks": tasks}


def main() -> None:
    """Print them all."""
    logging.disable()
    for trace in (*simple_traces(), *generated_traces()):
        print(json.dumps(trace))


if __name__ == "__main__":
    main()
