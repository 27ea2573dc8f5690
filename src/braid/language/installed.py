"""The entry points of the task kinds that are installed."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any, Protocol

import msgspec

GROUP = "braid.tasks"


class EntryPoint(Protocol):
    """What we use of an `importlib.metadata.EntryPoint`."""

    @property
    def value(self) -> str:
        """`module:class`."""

    def load(self) -> Any:  # Any: a class, of whatever kind
        """Import it."""


class OwnPoint(msgspec.Struct, frozen=True):
    """An entry point of Braid itself."""

    value: str

    def load(self) -> Any:  # Any: as above
        module, _, name = self.value.partition(":")
        return getattr(import_module(module), name)


def own_points() -> dict[str, EntryPoint]:
    """Name → entry point of the kinds that come with Braid; empty where it isn't installed in a folder.

    Most files need no others, and `importlib.metadata`, which knows all, takes 18 ms to import.
    """
    for folder in sys.path:
        try:
            names = os.listdir(folder or os.curdir)
        except OSError:
            continue
        for name in names:
            if name.startswith("braidflow-") and name.endswith(".dist-info"):
                return _points_in(os.path.join(folder, name, "entry_points.txt"))
    return {}


def all_points() -> dict[str, EntryPoint]:
    """Name → entry point of every kind; a plug-in can't take the name of one of ours."""
    from importlib.metadata import entry_points

    return {**{point.name: point for point in entry_points(group=GROUP)}, **own_points()}


def _points_in(path: str) -> dict[str, EntryPoint]:
    points: dict[str, EntryPoint] = {}
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
    except OSError:
        return points
    inside = False
    for line in lines:
        name, given, value = line.partition("=")
        if line.startswith("["):
            inside = line.strip() == f"[{GROUP}]"
        elif inside and given and not name.startswith(("#", ";")):
            points[name.strip()] = OwnPoint(value.strip())
    return points
