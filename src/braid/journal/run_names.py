"""Runs by the names that people give: an id, the beginning of one, or `last`."""

from __future__ import annotations

from typing import Final

from braid.diagnostics import nearest
from braid.journal.errors import JournalError
from braid.journal.protocol import Journal
from braid.journal.records import RunRecord

LAST: Final = "last"
_SHOWN_MAX = 5


class RunNameError(JournalError):
    """No run has this name, or several have; the message says which there are."""


def find_run(journal: Journal, name: str) -> RunRecord:
    """The run of a name: its id, a beginning of its id that no other run has, or `last`: the latest to begin.

    Raises:
        RunNameError: There is no such run, or more than one.
        JournalError: The journal can't be read.
    """
    if name != LAST and name and (exact := journal.run(name)) is not None:
        return exact
    records = list(journal.runs())
    if not records:
        raise RunNameError("there are no runs yet: `braid run FILE` makes one")
    if name == LAST:
        return records[0]
    found = [record for record in records if name and record.id.startswith(name)]
    if len(found) == 1:
        return found[0]
    if found:
        shown = ", ".join(record.id for record in found[:_SHOWN_MAX])
        more = f" and {len(found) - _SHOWN_MAX} more" if len(found) > _SHOWN_MAX else ""
        raise RunNameError(f"`{name}` begins the names of {len(found)} runs: {shown}{more}")
    close = nearest(name, [record.id for record in records])
    raise RunNameError(f"there is no run `{name}`; " + (f"did you mean `{close}`?" if close else "see `braid runs`"))
