"""The types of what the engine itself gives: failures, records of steps, `branch`, `run`, settled results."""

from __future__ import annotations

from typing import Final

from braid.language.types.lattice import (
    DATE,
    FLOAT,
    INT,
    NULL,
    PERHAPS_NULL,
    TEXT,
    UNKNOWN,
    ListOf,
    ObjectOf,
    Texts,
    Type,
    union,
)


def _failure(cause: Type) -> ObjectOf:
    return ObjectOf(
        {
            "type": TEXT,
            "message": TEXT,
            "step": TEXT,
            "address": TEXT,
            "attempts": INT,
            "cause": cause,
            "details": ObjectOf({}, rest=UNKNOWN),
            "errors": ListOf(ObjectOf({}, rest=UNKNOWN)),
        },
        optional=frozenset({"details", "errors"}),
    )


# Three deep: a failure is hardly ever asked for the cause of its cause's cause.
FAILURE: Final = _failure(union((PERHAPS_NULL, _failure(union((PERHAPS_NULL, _failure(UNKNOWN)))))))
"""`error` in expressions."""

STATUS: Final = Texts(frozenset({"succeeded", "failed", "cancelled", "skipped"}))

BRANCH: Final = ObjectOf({"index": INT, "name": UNKNOWN, "count": INT, "parent": UNKNOWN})
"""`branch`. Whether it has a name and a parent depends on blocks that may be far away."""

# What isn't among these is told where references are checked, as are names in `inputs`, `vars`, `secrets` and `env`.
RUN: Final = ObjectOf({"id": TEXT, "workflow": TEXT, "started_at": DATE}, rest=UNKNOWN)
TEXTS: Final = ObjectOf({}, rest=TEXT)
"""`secrets` and `env`."""


def record(output: Type) -> ObjectOf:
    """`steps.ID`."""
    return ObjectOf(
        {
            "output": union((output, PERHAPS_NULL)),
            "status": STATUS,
            "error": union((PERHAPS_NULL, FAILURE)),
            "attempts": INT,
            "started_at": DATE,
            "duration": FLOAT,
            "reason": TEXT,
        },
        rest=UNKNOWN,
    )


def settled(value: Type, name: str | None) -> Type:
    """One result of a block that settles: what went well, what failed, what was cancelled."""
    named: Type = NULL if name is None else Texts(frozenset({name}))
    shared = {"index": INT, "name": named}
    failed = ObjectOf({"status": Texts(frozenset({"failed"})), "value": NULL, "error": FAILURE, **shared})
    cancelled = ObjectOf({"status": Texts(frozenset({"cancelled"})), "value": NULL, "error": NULL, **shared})
    well = ObjectOf({"status": Texts(frozenset({"ok"})), "value": value, "error": NULL, **shared})
    return union((well, failed, cancelled))
