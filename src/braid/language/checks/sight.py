"""What can be seen at one place of a workflow: definitely, or maybe and why not for sure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

import msgspec

from braid.diagnostics import Span
from braid.language.checks.places import Place
from braid.language.values import Compiled

SUGGESTIONS_MAX = 50
"""Unknown names in one check for which a known one is searched: each search looks at all names of the file."""


class Maybe(msgspec.Struct, frozen=True):
    """A name that may have no value.

    Attributes:
        reason: Why, as a clause: "it is skipped when its `if` is false".
        span: What decides it.
        conditions: The conditions that must hold for there to be a value; None when it isn't up to conditions.
    """

    reason: str
    span: Span | None = None
    conditions: frozenset[str] | None = None


class Definite:
    """A name that has a value."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "DEFINITE"


DEFINITE = Definite()
Sight = Definite | Maybe


def weakened(sight: Sight, by: Maybe) -> Sight:
    """The same, where one more thing may be in the way. The first reason is kept: it is nearest to the step."""
    if isinstance(sight, Definite):
        return by
    if sight.conditions is None or by.conditions is None:
        return sight if sight.conditions is None else Maybe(sight.reason, sight.span, None)
    return Maybe(sight.reason, sight.span, sight.conditions | by.conditions)


class View:
    """The step ids that are visible: a chain of step lists, like the scopes of a run.

    `own` is what the list itself has so far; when its block ends, what it keeps of that goes to the list around it.
    """

    __slots__ = ("own", "parent")

    def __init__(self, parent: View | None, own: dict[str, Sight] | None = None) -> None:
        self.parent = parent
        self.own: dict[str, Sight] = {} if own is None else own

    def find(self, name: str) -> Sight | None:
        view: View | None = self
        while view is not None:
            sight = view.own.get(name)
            if sight is not None:
                return sight
            view = view.parent
        return None

    def names(self) -> Iterator[str]:
        view: View | None = self
        while view is not None:
            yield from view.own
            view = view.parent


class Site(NamedTuple):
    """A value with expressions, where it stands.

    Attributes:
        value: As compiled.
        place: The step that it belongs to; None at the top of the file.
        names: Names that mean something in it only (`error`, `result`, …).
    """

    value: Compiled
    place: Place | None
    names: Collection[str]


class Viewpoint(msgspec.Struct, frozen=True):
    """Where an expression stands.

    Attributes:
        view: The steps that are visible.
        names: Further names that mean something here (`branch`, `error`, the item of a foreach).
        tested: Ids that a condition around asks about.
        conditions: Conditions that hold here.
        place: The step that the expression belongs to; None at the top of the file.
        at_end: At the top of the file: it is evaluated after the steps, not before.
    """

    view: View
    names: Mapping[str, Sight] = msgspec.field(default_factory=dict)
    tested: frozenset[str] = frozenset()
    conditions: frozenset[str] = frozenset()
    place: Place | None = None
    at_end: bool = False

    def has(self, name: str, sight: Maybe) -> bool:
        """Whether a condition around makes sure of a name that is in doubt elsewhere."""
        if name in self.tested:
            return True
        return sight.conditions is not None and sight.conditions <= self.conditions
