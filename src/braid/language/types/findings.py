"""What can be wrong with a use of a value whose type is known, in the words of the author's file."""

from __future__ import annotations

from typing import Final, Literal, Protocol

import msgspec

from braid.language.types.lattice import ListOf, Type, members, words
from braid.language.types.members import keys_of, member

KEYS_SHOWN_MAX: Final = 10

Path = tuple[str | int, ...]


class Finding(msgspec.Struct, frozen=True):
    """One problem of an expression.

    Attributes:
        start, end: Offsets into the expression.
        root: The step, input or other name whose value it is about, as in `forecast` or `inputs.city`.
        near: What was probably meant; searched only when it is told.
    """

    code: str
    message: str
    start: int
    end: int
    label: str = ""
    help: str = ""
    severity: Literal["error", "warning"] = "error"
    root: Path = ()


class Names(Protocol):
    """The types of the names that an expression can see."""

    def named(self, name: str) -> Type:
        """`UNKNOWN` also where there is no such name, which another check tells."""

    def record(self, step: str) -> Type:
        """What `steps.ID` is."""


def shown(path: Path) -> str:
    """The path as an author writes it."""
    first, *rest = path
    parts = (f".{key}" if isinstance(key, str) and key.isidentifier() else f"[{key!r}]" for key in rest)
    return str(first) + "".join(parts)


def root_of(path: Path) -> Path:
    """The part of a path that names a value made in one place: `forecast`, `inputs.city`, `steps.forecast`."""
    return path[:2] if path[0] in ("inputs", "vars", "steps") else path[:1]


def no_member(path: Path, kind: Type, key: str | int, start: int, end: int) -> Finding:
    """`path` certainly has no `key`."""
    name, root = shown(path), root_of(path)
    kinds = [each for each in members(kind) if each.kind != "null"]
    if not kinds:
        return Finding("always-null", f"`{name}` is always null", start, end, label=f"it has no `{key}`", root=root)
    if all(each.kind in ("object", "date") for each in kinds) and isinstance(key, str):
        known = list(dict.fromkeys(keys_of(kind)))
        return Finding(
            "unknown-member", f"`{name}` has no `{key}`", start, end, help=_meant(path, key, known), root=root
        )
    if isinstance(key, int) and len(kinds) == 1 and isinstance(kinds[0], ListOf):
        count = len(kinds[0].items or ())
        help = f"it has {count} items, from `{name}[0]` to `{name}[{count - 1}]`" if count else "it is empty"
        return Finding("unknown-member", f"`{name}` has no item {key}", start, end, help=help, root=root)
    what = words(kind)
    help = ""
    if isinstance(key, str) and all(isinstance(each, ListOf) for each in kinds):
        item = member(kinds[0], 0)[0]
        if len(kinds) == 1 and key in keys_of(item):
            help = f"its items have one: `{name}[0].{key}`, or `{name} | map(attribute='{key}')` for all of them"
        else:
            help = f"take one of its items, such as `{name}[0]`"
    lacking = "no items" if isinstance(key, int) else f"no `{key}`"
    return Finding("unknown-member", f"`{name}` is {what}: it has {lacking}", start, end, help=help, root=root)


def _meant(path: Path, key: str, known: list[str]) -> str:
    from braid.diagnostics import nearest

    close = nearest(key, known)
    if close is not None:
        return f"did you mean `{shown((*path, close))}`?"
    if not known:
        return "it is an empty object"
    listed = ", ".join(f"`{name}`" for name in known[:KEYS_SHOWN_MAX])
    return f"it has {listed}{', …' if len(known) > KEYS_SHOWN_MAX else ''}"


def may_be_null(path: Path, whole: str, start: int, end: int) -> Finding:
    """`path` may be null, and then using it fails; `whole` is all that the author wrote of it."""
    name = shown(path)
    return Finding(
        "may-be-null",
        f"`{name}` may be null here",
        start,
        end,
        help=f"say what to use then: `{whole} | default(…)`",
        severity="warning",
        root=root_of(path),
    )


def not_called(path: Path, start: int, end: int) -> Finding:
    """`path` is a method, which is no value until it is called."""
    name = str(path[-1])
    return Finding(
        "unknown-member",
        f"`{name}` is a method of `{shown(path[:-1])}`, not a value",
        start,
        end,
        help=f"call it: `{shown(path)}()`",
        root=root_of(path),
    )
