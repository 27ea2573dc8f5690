"""Changes of a file that take a problem away, as values."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from braid.diagnostics.source import Span


class Edit(msgspec.Struct, frozen=True):
    """A piece of a source, and the text that takes its place."""

    span: Span
    text: str


class Fix(msgspec.Struct, frozen=True):
    """What to change; the edits belong together: all or none.

    Attributes:
        title: What it does, in the past tense, for the person who asked for it: "put quotes round `{{ city }}`".
    """

    title: str
    edits: tuple[Edit, ...]


def applied(text: str, fixes: Iterable[Fix]) -> tuple[str, list[Fix]]:
    """The text with the fixes, and those that are in it: of two that touch the same place the first.

    Args:
        text: That of the source that all the spans are of.
    """
    taken: list[Edit] = []
    done: list[Fix] = []
    for fix in fixes:
        new = [edit for edit in fix.edits if edit not in taken]
        if not any(_overlap(one, other) for one in new for other in taken):
            taken += new
            done.append(fix)
    for edit in sorted(taken, key=lambda edit: edit.span.start, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text, done


def _overlap(one: Edit, other: Edit) -> bool:
    # Two insertions at one place overlap, too: nobody could say which comes first.
    if one.span.start == other.span.start:
        return True
    return one.span.start < other.span.end and other.span.start < one.span.end
